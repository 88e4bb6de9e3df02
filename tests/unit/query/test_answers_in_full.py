"""Each answer as it was, of a learner's three days: every field, with its value, in the order in which it comes.

Where an answer is to change, write them anew and read the difference:
`.venv/bin/python -m tests.unit.query.test_answers_in_full > tests/fixtures/answers.json`.
"""

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.unit.query.test_costs_of_answers import (
    ADDRESS,
    ALIAS,
    CLASSMATE,
    COSTS,
    COURSE,
    EVENT,
    RUN,
    SESSION,
    Lived,
    lived,
)
from tests.unit.query.world import STUDENT

ANSWERS = Path(__file__).parents[2] / "fixtures" / "answers.json"
DAYS = "from=2026-03-02&to=2026-03-04"
ZONE = "timezone=America/New_York"
QUESTIONS = [
    *COSTS,
    f"/events?actor={STUDENT}&{DAYS}&limit=3",
    f"/events?id={EVENT}&order=desc&limit=1",
    f"/events?session={SESSION}&{DAYS}&order=desc",
    f"/events?run={RUN}&{DAYS}&type=AssessmentItemEvent&order=desc",
    f"/sessions?actor={STUDENT}&{DAYS}&order=desc&limit=2",
    f"/sessions?id={SESSION}&limit=1",
    f"/runs?actor={STUDENT}&{DAYS}&{ZONE}&limit=1",
    f"/runs?actor={STUDENT}&order=desc&limit=1",
    f"/progress?actor={STUDENT}&{DAYS}&{ZONE}",
    f"/courses?id={COURSE}&{DAYS}&quietDays=1",
    f"/courses?id={COURSE}&{ZONE}&limit=2",
    f"/volume?{DAYS}",
    f"/volume?{DAYS}&app=*",
    f"/arrivals?{DAYS}&limit=3",
    f"/rejections?{DAYS}&code=time&limit=1",
    "/rejections?code=other",
    f"/aliases?actor={ALIAS}",
    f"/caliper/events?sensor=urn:none&actorId={STUDENT}",
    f"/caliper/events?actorId={STUDENT}&startDate=2026-03-03&endDate=2026-03-04",
    f"/caliper/events?actorEmail={ADDRESS}&actorId={CLASSMATE}&limit=2&offset=2",
    f"/insights/1.0/users/{STUDENT}/overview?{ZONE}",
    f"/insights/1.0/users/{STUDENT}/sessions?limit=1&offset=1",
    "/insights/1.0/types?limit=2&offset=1",
    "/caliper/event",
    "/health",
    "/events?actor=x&order=up",
    "/events?actor=x&receivedFrom=2026-03-01&order=desc",
    "/courses?id=x&from=2020-01-01&to=2026-01-01",
    "/caliper/events?offset=100001",
    "/events?actor=x&app=urn:none",
    "/console/none/app.js",
    "/none",
]
ROWS = [f"/events?actor={STUDENT}&limit=2", f"/sessions?actor={STUDENT}", f"/runs?actor={STUDENT}&limit=1"]
ROWS += [f"/progress?actor={STUDENT}", f"/courses?id={COURSE}"]
ASKED_FOR = [(question, "") for question in QUESTIONS]
ASKED_FOR += [(question, kind) for question in ROWS for kind in ("text/csv", "application/x-ndjson")]


def answer_of(world: Lived, question: str, accept: str) -> Any:
    """Status, headers and body; of what is no JSON the lines."""
    path, _, query = question.replace("JOB", world.job).partition("?")
    answer = world.ask_raw(path, query, accept=accept)
    body = shortened(answer["json"]) if "json" in answer else answer["body"].splitlines()
    return {"status": answer["statusCode"], "headers": answer["headers"], "body": body}


def shortened(body: dict[str, Any]) -> dict[str, Any]:
    """An answer with of each event its id alone, and so of each row of a list from the third on."""
    short = dict(body)
    for name, rows in body.items():
        if isinstance(rows, list) and all(isinstance(row, dict) for row in rows):
            named = [
                {key: member["id"] if key in ("event", "item") else member for key, member in row.items()}
                for row in rows
            ]
            short[name] = [*named[:2], *map(_name, named[2:])]
    return short


def _name(row: dict[str, Any]) -> str:
    return str(next(row[key] for key in ("event", "item", "externalId", "id", "actor") if key in row))


@pytest.fixture(scope="module")
def world() -> Lived:
    world = lived()
    world.as_admin()
    return world


@pytest.fixture(scope="module")
def answers() -> dict[str, Any]:
    frozen: dict[str, Any] = json.loads(ANSWERS.read_text())
    return frozen


@pytest.mark.parametrize(("question", "accept"), ASKED_FOR)
def test_an_answer_is_as_it_was(world: Lived, answers: dict[str, Any], question: str, accept: str) -> None:
    now = answer_of(world, question, accept)
    assert now == answers[f"{question} {accept}".strip()]
    assert json.dumps(now) == json.dumps(answers[f"{question} {accept}".strip()]), "in another order"


def test_every_answer_that_is_kept_is_asked_for(answers: dict[str, Any]) -> None:
    assert answers.keys() == {f"{question} {accept}".strip() for question, accept in ASKED_FOR}


if __name__ == "__main__":
    of_admin = lived()
    of_admin.as_admin()
    everything = {
        f"{question} {accept}".strip(): answer_of(of_admin, question, accept) for question, accept in ASKED_FOR
    }
    json.dump(everything, sys.stdout, indent=1, ensure_ascii=False)
    print()
