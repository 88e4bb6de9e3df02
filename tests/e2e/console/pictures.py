"""`make pictures`: screenshots of the console with the demonstration data, on a stack of their own."""

import sys
from datetime import UTC, datetime
from pathlib import Path

import httpx

from infra.local.console_link import console_link
from infra.local.lifecycle import down, up
from infra.local.report import Progress, Stopped, print_error
from infra.local.settings import config_from
from infra.local.workspace import Workspace
from infra.packaging.package import ROOT
from tests.e2e.conftest import Stack
from tests.e2e.console.driver import chromium, run
from tests.e2e.console.week import DAYS, LEARNER, misspelt, refused, week
from tests.e2e.receivers import Receiver, receiver

FOLDER = ROOT / "docs" / "pictures"
PICTURES = 7
SECRET = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="


def main() -> int:
    """0 if all pictures were taken, 1 if there is no browser, or what stopped the stack."""
    executable = chromium()
    if executable is None:
        print("There is no Chromium here: install it, such as by `apt-get install chromium`.", file=sys.stderr)
        return 1
    workspace = Workspace(ROOT / ".local" / "pictures")
    try:
        endpoint = up(workspace, config_from({}), Progress())
        with httpx.Client(timeout=60, trust_env=False) as http, receiver(SECRET) as warehouse:
            _take(Stack(endpoint, http), executable, warehouse)
    except Stopped as stopped:
        print_error(stopped)
        return 1
    finally:
        down(workspace)
    return 0


def _take(stack: Stack, executable: str, warehouse: Receiver) -> None:
    for envelope in [*week(), misspelt(), refused()]:
        assert stack.post("/caliper/event", envelope).status_code in (200, 400)
    stack.wait_for("the week", lambda: len(stack.rows("/sessions", actor=LEARNER)) == len(DAYS))
    stack.wait_for("the refused event", lambda: stack.rows("/rejections"))
    days = stack.get("/progress", actor=LEARNER).json()["days"]
    busiest = max(day["seconds"]["active"] for day in days)
    sessions = stack.rows("/sessions", actor=LEARNER)
    session = max(sessions, key=lambda session: session["numbers"]["seconds"]["active"])
    _send_on(stack, warehouse)
    FOLDER.mkdir(parents=True, exist_ok=True)
    answer = run(
        Path(__file__).with_name("pictures.mjs"),
        executable=executable,
        folder=str(FOLDER),
        links=[console_link(stack.endpoint) for _ in range(PICTURES)],
        learner=LEARNER,
        session=session["id"],
        day=f"{round(busiest / 60)} min",
    )
    assert answer["wrong"] == []
    print(f"{', '.join(answer['taken'])}: in {FOLDER.relative_to(ROOT)}")


def _send_on(stack: Stack, warehouse: Receiver) -> None:
    """A webhook whose target fails once: a test, then the week from the archive."""
    body = {"name": "Warehouse", "targetUrl": warehouse.url, "secret": SECRET, "active": True}
    body["description"] = "Time and results of the learners, for the nightly report"
    webhook_id = stack.post("/webhooks/", body).json()["webhook"]["id"]
    wanted = {"filterKey": "profile", "filterValue": "TimebackProfile", "filterType": "string", "filterOperator": "eq"}
    stack.post("/webhook-filters/", wanted | {"webhookId": webhook_id, "active": True})
    stack.post(f"/webhooks/{webhook_id}/test", {})
    stack.wait_for("the test", lambda: warehouse.taken)
    warehouse.first_statuses = [503]
    today = datetime.now(UTC).date().isoformat()
    stack.post(f"/webhooks/{webhook_id}/resend", {"fromDay": today, "toDay": today})

    def delivered() -> bool:
        listed = stack.get(f"/webhooks/{webhook_id}/attempts").json()["attempts"]
        return {attempt["status"] for attempt in listed if attempt["events"]} == {200, 503}

    stack.wait_for("the week at the warehouse", delivered)


if __name__ == "__main__":
    sys.exit(main())
