"""`python -m tests.lake_demonstration`: answers the questions that ship over ten school days, into `docs/lake.md`.

The demonstration data are the pupils of `make school-day` (made from seeds: the same in each run), their events judged
and archived as the service does, loaded by the lake. Also draws `docs/pictures/lake.png`.
"""

import sys
from pathlib import Path
from typing import Any

import orjson
import pytest

from functions.core.caliper.validator.results import validate_item
from functions.core.times import DAY_US, parse_time
from functions.lake.asking import answer, make_views
from functions.lake.questions.named import questions
from functions.operate.lake.answer_text import written
from tests.bench.samples import LMS
from tests.e2e.day import Day, school_day
from tests.e2e.outcome import Json
from tests.lake_world import LakeWorld, lake_world
from tests.payloads import APP, V1P1, V1P2

PAGE = Path(__file__).resolve().parents[1] / "docs" / "lake.md"
PICTURE = PAGE.parent / "pictures" / "lake.png"
BEGIN, END = "<!-- answers: made from demonstration data -->", "<!-- end of answers -->"
DAYS, LEARNERS, IDLE_MS = 10, 4, 30 * 60_000
FIRST_END_US = parse_time("2026-03-02T15:00:00Z") or 0
APPS = {"timeback": APP, "lms": "https://lms.example.org", "reader": "https://reader.example.org"}
LINES = 6  # of each answer that are shown

type Answers = dict[str, tuple[list[str], list[tuple[Any, ...]]]]


def answers() -> Answers:
    """Names and rows of the answer to each question."""
    with pytest.MonkeyPatch.context() as patch, lake_world(patch) as world:
        for number in range(DAYS):
            ends_us = FIRST_END_US + number * DAY_US
            day = school_day(seed=number, learners=LEARNERS, idle_ms=IDLE_MS, ends_ms=ends_us // 1000, edapp=APP)
            _send(world, day, ends_us)
        world.feed()
        with world.opened() as lake:
            make_views(lake)
            answered = {name: answer(lake, question.sql) for name, question in questions().items()}
    return {name: (list(names), rows) for name, (names, rows) in answered.items()}


def _send(world: LakeWorld, day: Day, received_us: int) -> None:
    for pupil in day.pupils:
        accepted: list[Json] = []
        for event in [*pupil.events.values(), *pupil.refused]:
            findings = _findings(event, V1P2 if pupil.app == "timeback" else V1P1)
            if findings:
                rejected = any(finding["severity"] == "error" for finding in findings)
                kind: Any = "rejection" if rejected else "event"
                world.send(event, kind=kind, app=APPS[pupil.app], received_us=received_us, findings=findings)
            else:
                accepted.append(event)
        world.send(*accepted, app=APPS[pupil.app], received_us=received_us, auto_attach=pupil.app == "reader")


def _findings(event: Json, version: str) -> list[dict[str, str]]:
    return [finding.as_dict() for finding in validate_item(orjson.dumps(event), data_version=version, app=LMS).findings]


def with_answers(page: str, answers_of_lake: Answers) -> str:
    """The page with the answers between its marks."""
    parts = [BEGIN]
    for name, (names, rows) in answers_of_lake.items():
        more = f"… {len(rows) - LINES} more\n" if len(rows) > LINES else ""
        table = written(names, rows[:LINES], "table") if rows else "(none)\n"
        parts.append(f"**{questions()[name].title}** (`{name}`)\n\n```text\n{table}{more}```")
    parts.append(END)
    before, _, rest = page.partition(BEGIN)
    return before + "\n\n".join(parts) + rest.partition(END)[2]


def draw(answers_of_lake: Answers) -> None:
    """Minutes by day and subject, as stacked bars."""
    import matplotlib as mpl

    mpl.use("agg")  # before pyplot, which would look for a screen
    from matplotlib import pyplot as plt

    _, rows = answers_of_lake["minutes_by_day_and_subject"]
    days = sorted({row[0] for row in rows})
    figure, axes = plt.subplots(figsize=(8, 3.2), layout="constrained")
    below = [0.0] * len(days)
    for subject in sorted({row[1] for row in rows}):
        minutes = [sum(row[2] for row in rows if row[:2] == (day, subject)) for day in days]
        axes.bar([f"{day:%d %b}" for day in days], minutes, bottom=below, label=subject)
        below = [low + high for low, high in zip(below, minutes, strict=True)]
    axes.set_ylabel("minutes of learning")
    axes.set_xlabel("day (UTC)")
    axes.legend(fontsize="small")
    figure.savefig(PICTURE, dpi=110, metadata={"Software": None})


if __name__ == "__main__":
    answers_of_lake = answers()
    PAGE.write_text(with_answers(PAGE.read_text(), answers_of_lake))
    draw(answers_of_lake)
    sys.exit(0)
