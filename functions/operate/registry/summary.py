"""What the operator's commands say at a terminal: apps, credentials, and new secrets, shown this once."""

from functions.core.apps import App
from functions.core.times import format_time
from functions.operate.connection import Target
from functions.operate.registry.credentials import Issued
from functions.operate.registry.registration import Registration
from functions.store.rows.credentials import Credential


def app_text(app: App) -> str:
    """What is registered about an app."""
    rules = [
        "departures from the standard are rejected" if app.strict else "departures from the standard are warnings",
        f"house rules: {app.house}" if app.house else "",
        "Caliper 1.0 is taken" if app.caliper_1_0 else "",
        "events without a session join the learner's" if app.auto_attach else "",
        f"bodies are signed by a key of {app.signed_by}" if app.signed_by else "",
    ]
    return (
        f"{app.name}\n"
        f"  app id         {app.app_id}\n"
        f"  speaks for     {', '.join(app.edapps)}\n"
        f"  judged         {'; '.join(rule for rule in rules if rule)}"
    )


def registration_text(made: Registration, target: Target) -> str:
    """A new app with its secrets, and the commands to send and to fetch a token."""
    send = "-H 'Content-Type: application/json' -d @envelope.json"
    return (
        f"Registered {app_text(made.app)}\n"
        f"  OAuth client   {made.client_id}\n"
        f"  client secret  {made.client_secret}\n"
        f"  sensor key     {made.sensor_key}\n\n"
        "Secret and key are shown this once: keep them now.\n\n"
        "Send an envelope with the key:\n"
        f"  curl {target.url}/caliper/event -H 'Authorization: Bearer {made.sensor_key}' {send}\n"
        "Fetch a token, to send or to read:\n"
        f"  curl {target.token_url} -u '{made.client_id}:{made.client_secret}' "
        "-d grant_type=client_credentials"
    )


def issued_text(issued: Issued) -> str:
    """A new credential with its secret."""
    credential = issued.credential
    client = f"OAuth client   {credential.client_id}\n" if credential.kind == "client" else ""
    what = "client secret " if credential.kind == "client" else "sensor key    "
    return f"{client}{what} {issued.secret}\nid             {credential.id}\nIt is shown this once: keep it now."


def credential_text(credential: Credential, now_us: int) -> str:
    """One line on a credential: id, kind, since when, state, and what it is called."""
    ends_us = credential.not_after_us
    if credential.revoked_us is not None:
        state = f"revoked {format_time(credential.revoked_us)}"
    elif ends_us is None:
        state = "live"
    else:
        state = f"{'ended' if ends_us <= now_us else 'ends'} {format_time(ends_us)}"
    names = " ".join(filter(None, [credential.client_id, credential.label]))
    created = format_time(credential.created_us)
    return f"{credential.id}  {credential.kind:6}  {created}  {state}  {names}".rstrip()
