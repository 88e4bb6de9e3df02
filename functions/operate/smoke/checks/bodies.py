"""Bodies: few events and many, as large as is taken and larger, and those of no type or form that is taken."""

import gzip
from collections.abc import Iterator

from functions.core.caliper.envelope.request_body import MAX_BODY_BYTES
from functions.http.paths import VALIDATE
from functions.operate.smoke.report import Finding, compared
from functions.operate.smoke.trial import Trial

PATH = VALIDATE.template  # as events are sent, but nothing is stored
BELOW, ABOVE = MAX_BODY_BYTES - 100_000, MAX_BODY_BYTES + 100_000
EVENT_BYTES = 200_000  # under what one event may have


def check(trial: Trial) -> Iterator[Finding]:
    yield compared("1 event", "200", str(trial.send(trial.event())))
    yield compared("100 events in one request", "200", str(trial.send(*(trial.event() for _ in range(100)))))
    yield compared(f"{BELOW / 1e6:.1f} MB of JSON", "200", str(trial.post(PATH, large(trial, BELOW))))
    yield compared(f"{ABOVE / 1e6:.1f} MB of JSON", "413 too-large", str(trial.post(PATH, large(trial, ABOVE))))
    answer = trial.post(PATH, large(trial, BELOW), media_type="application/octet-stream")
    who = "by the service" if "code" in answer.json() else "by the gateway"
    yield compared(
        f"{BELOW / 1e6:.1f} MB of another type", "413 or 415", f"{answer}, {who}", holds=answer.status in (413, 415)
    )
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    headers["Authorization"] = f"Bearer {trial.token()}"
    compressed = gzip.compress(trial.envelope(trial.event()))
    answer = trial.web("POST", trial.url(PATH), headers=headers, body=compressed)
    yield compared("a compressed body", "415 compressed", str(answer))


def large(trial: Trial, size: int) -> bytes:
    """A valid envelope of about that many bytes."""
    padding = {"padding": "x" * (EVENT_BYTES - 1_000)}
    events = [trial.event(extensions=padding) for _ in range(size // EVENT_BYTES)]
    body = trial.envelope(*events)
    return body + b" " * (size - len(body))
