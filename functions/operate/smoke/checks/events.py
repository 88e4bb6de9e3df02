"""Events on their whole way: accepted, their job completed, read again by ids that are hard on a path."""

import uuid
from collections.abc import Iterator
from urllib.parse import quote

from functions.http.paths import EVENTS, JOB_STATUS, TIMEBACK_EVENT
from functions.operate.smoke.report import Finding, compared
from functions.operate.smoke.trial import Trial

# What an id holds → whether it can be told from a path: HTTP APIs cut a path at `%3F` and decode `%25` twice.
HARD = {
    "colons and slashes": ("page/1", True),
    "#": ("page#1", True),
    "?": ("page?n=1", False),
    "%20": ("a%20b", False),
}


def check(trial: Trial) -> Iterator[Finding]:
    run = uuid.uuid4()
    ids = {what: f"https://smoke.example.org/{run}/{tail}" for what, (tail, _) in HARD.items()}
    answer = trial.send(*(trial.event(event_id) for event_id in ids.values()))
    began_us = trial.now_us()
    job = answer.json().get("jobId")
    if not job:
        yield compared("a job", "an id", str(answer), holds=False)
        return

    def state() -> str:
        body = trial.get(JOB_STATUS.of(jobId=job)).json()
        return str(body.get("job", body).get("state", body.get("state")))

    ended = trial.wait(lambda: job_state if (job_state := state()) in ("completed", "failed") else "")
    seconds = (trial.now_us() - began_us) / 1e6
    yield compared(
        "the job of 4 events", "completed", f"{ended or state()}, {seconds:.0f} s", holds=ended == "completed"
    )
    for what, event_id in ids.items():
        read = trial.get(f"{EVENTS.template}?id={quote(event_id, safe='')}")
        rows = read.json().get("events") or [{}]
        same = rows[0].get("event", {}).get("id") == event_id
        yield compared(f"an id with {what}, as a parameter", "200, that event", _said(read.status, same))
        by_path = trial.get(TIMEBACK_EVENT.of(externalId=event_id))
        same = event_id in by_path.body.decode(errors="replace")
        certain = HARD[what][1]
        holds = (by_path.status == 200 and same) or (not certain and by_path.status in (400, 404))
        expected = "200, that event" if certain else "200, that event, or 404"
        yield compared(f"an id with {what}, in the path", expected, _said(by_path.status, same), holds=holds)


def _said(status: int, same: bool) -> str:
    if status != 200:
        return str(status)
    return "200, that event" if same else "200, another event"
