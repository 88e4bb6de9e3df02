"""Apps and credentials as text for a terminal. A new secret is shown this once."""

from functions.core.apps import App
from functions.core.times import format_time
from functions.operate.connection import StackConnection
from functions.operate.registry.credentials import Issued
from functions.operate.registry.keeping import keeping_texts
from functions.operate.registry.registration import Registration
from functions.store.rows.credentials import Credential


def app_text(app: App) -> str:
    """The registration of an app, with its settings."""
    rules = [
        "departures from the standard are rejected" if app.strict else "departures from the standard are warnings",
        f"house rules: {app.house}" if app.house else "",
        "Caliper 1.0 is taken" if app.caliper_1_0 else "",
        "events without a session join the learner's" if app.auto_attach else "",
        f"bodies are signed by a key of {app.signed_by}" if app.signed_by else "",
        "another content under an id is refused" if app.unique_ids else "",
        f"idle after {app.idle[-1][1]:g} minutes" if app.idle else "",
        f"heartbeats within {app.heartbeat[-1][1]:g} minutes" if app.heartbeat else "",
    ]
    kept = keeping_texts(app.keeping)
    return (
        f"{app.name}\n"
        f"  app id         {app.app_id}\n"
        f"  speaks for     {', '.join(app.edapps)}\n"
        f"  judged         {'; '.join(rule for rule in rules if rule)}"
        + (f"\n  kept           {'; '.join(kept)}" if kept else "")
    )


def registration_text(registration: Registration, connection: StackConnection) -> str:
    """A new app with its secrets, and the commands to send and to fetch a token."""
    send = "-H 'Content-Type: application/json' -d @envelope.json"
    return (
        f"Registered {app_text(registration.app)}\n"
        f"  OAuth client   {registration.client_id}\n"
        f"  client secret  {registration.client_secret}\n"
        f"  sensor key     {registration.sensor_key}\n\n"
        "Secret and key are shown this once: keep them now.\n\n"
        "Send an envelope with the key:\n"
        f"  curl {connection.url}/caliper/event -H 'Authorization: Bearer {registration.sensor_key}' {send}\n"
        "Fetch a token, to send or to read:\n"
        f"  curl {connection.token_url} -u '{registration.client_id}:{registration.client_secret}' "
        "-d grant_type=client_credentials"
    )


def issued_text(issued: Issued) -> str:
    """A new credential with its secret."""
    credential = issued.credential
    client = f"OAuth client   {credential.client_id}\n" if credential.kind == "client" else ""
    name = "client secret " if credential.kind == "client" else "sensor key    "
    return f"{client}{name} {issued.secret}\nid             {credential.id}\nIt is shown this once: keep it now."


def state_of(credential: Credential, now_us: int) -> str:
    """`live`, `revoked`, or `ended`."""
    if credential.revoked_us is not None:
        return "revoked"
    return "ended" if credential.has_ended(now_us) else "live"


def credential_text(credential: Credential, now_us: int, *, last_used: str = "") -> str:
    """One line on a credential: id, kind, since when, state, day of its last use, label."""
    state = state_of(credential, now_us)
    if state == "revoked" and credential.revoked_us is not None:
        state = f"revoked {format_time(credential.revoked_us)}"
    elif credential.not_after_us is not None:
        state = f"{'ended' if state == 'ended' else 'live, ends'} {format_time(credential.not_after_us)}"
    used = f"last used {last_used_text(last_used)}" if last_used else "never used"
    created = f"since {format_time(credential.created_us)}"
    return f"{credential.id}  {credential.kind:6}  {created}  {state}  {used}  {credential.label}".rstrip()


def last_used_text(day: str) -> str:
    """`20260127` as it is shown: 2026-01-27; empty if it is."""
    return f"{day[:4]}-{day[4:6]}-{day[6:]}" if day else ""
