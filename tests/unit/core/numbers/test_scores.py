"""What a learner earned: grades and completions, what cannot be judged, and what counts on which day."""

from typing import Any

import pytest

from functions.core.numbers.runs import fold_run, per_day
from functions.core.timeline.entry import Entry
from functions.core.times import format_time
from tests.unit.core.numbers.reports import ATTEMPT, LESSON, QUESTION, attempted, completed, graded
from tests.unit.core.sessions.timelines import LEARNER, RUN, clock_us, happened, resent

TYPE_IRIS = ["http://purl.imsglobal.org/caliper/", "https://purl.imsglobal.org/caliper/", "caliper:"]
ANONYMOUS = ["_:b0", *(base + "Attempt" for base in TYPE_IRIS)]


def total(metric: str, *entries: Entry) -> float:
    return float(fold_run(entries).total(metric))


def scored(clock: str | int, kind: str, score_given: Any, most: Any, **fields: Any) -> Entry:
    """A grade whose maxScore is sent as it is; `...` leaves it out."""
    score = {"type": "Score", "scoreType": kind, "scoreGiven": score_given} | (
        {} if most is ... else {"maxScore": most}
    )
    return graded(clock, kind, 1, generated=score, **fields)


@pytest.mark.parametrize(
    "most", ["", "ten", "1/2", "0x10", "NaN", "1e9999", 0, -1, "0", "-5", True, [10], {"value": 10}]
)
def test_a_grade_with_an_unreadable_or_no_positive_max_score_is_not_judged(most: Any) -> None:
    assert "totalQuestions" not in fold_run([scored("9:00", "QUESTION_RESULT", 34, most)]).totals
    assert fold_run([scored("9:00", "MASTERY", 34, most)]).totals == {}
    assert total("xpEarned", scored("9:00", "XP", 34, most)) == 34, "XP is not judged against a maximum"


@pytest.mark.parametrize("most", [None, ...])
def test_only_an_absent_or_null_max_score_means_the_default(most: Any) -> None:
    assert total("correctQuestions", scored("9:00", "QUESTION_RESULT", 1, most)) == 1
    assert total("correctQuestions", scored("9:00", "QUESTION_RESULT", 0.5, most)) == 0
    assert total("masteredUnits", scored("9:00", "MASTERY", 1, most)) == 1


@pytest.mark.parametrize(("score_given", "most"), [(5, "10"), ("5", 10), ("5", "10"), (" 5 ", "1e1"), ("5.0", "+10.")])
def test_a_quoted_number_is_read_as_that_number(score_given: Any, most: Any) -> None:
    numbers = fold_run([scored("9:00", "QUESTION_RESULT", score_given, most)]).as_dict()
    assert (numbers["totalQuestions"], numbers["correctQuestions"]) == (1, 0)
    assert total("masteredUnits", scored("9:00", "MASTERY", score_given, most)) == 0
    assert total("xpEarned", scored("9:00", "XP", score_given, most)) == 5
    assert total("xpEarned", completed("9:00", xpEarned=score_given)) == 5


def test_a_grade_that_is_not_judged_replaces_none() -> None:
    assert total("correctQuestions", graded("9:00", "QUESTION_RESULT", 1), scored("9:10", "QUESTION_RESULT", 0, 0)) == 1


@pytest.mark.parametrize(
    ("kind", "metric"), [("QUESTION_RESULT", "correctQuestions"), ("XP", "xpEarned"), ("MASTERY", "masteredUnits")]
)
def test_a_regrade_changes_the_result_on_the_day_of_the_first_grade(kind: str, metric: str) -> None:
    grades = [graded("9:00", kind, 0), graded(clock_us("9:00", "2026-01-28"), kind, 1)]
    days = {day: numbers.total(metric) for day, numbers in per_day(grades).items()}
    assert days == {"20260127": 1, "20260128": 0}
    days = {day: numbers.total(metric) for day, numbers in per_day(reversed(grades)).items()}
    assert days == {"20260127": 1, "20260128": 0}


def test_run_totals_and_accuracy_stay_within_what_can_be() -> None:
    odd = fold_run([completed("9:00", totalQuestions=10, correctQuestions=12)]).as_dict()
    assert (odd["totalQuestions"], odd["correctQuestions"], odd["accuracy"]) == (10, 10, 1)
    negative = fold_run([completed("9:00", totalQuestions=2, correctQuestions=-3, masteredUnits=-1, xpEarned=-1)])
    numbers = negative.as_dict()
    assert (numbers["correctQuestions"], numbers["accuracy"], numbers["masteredUnits"], numbers["xpEarned"]) == (
        0,
        0,
        0,
        0,
    )


def test_a_day_keeps_a_correction_of_another_days_work_so_that_days_add_up() -> None:
    entries = [completed("9:00", masteredUnits=3), completed(clock_us("9:00", "2026-01-28"), masteredUnits=-1)]
    assert [numbers.as_dict()["masteredUnits"] for numbers in per_day(entries).values()] == [3, -1]
    assert fold_run(entries).as_dict()["masteredUnits"] == 2


@pytest.mark.parametrize("name", ANONYMOUS)
def test_grades_of_what_has_no_identity_are_never_merged(name: str) -> None:
    grades = [graded(f"9:0{n}", "QUESTION_RESULT", n % 2, attempt=name) for n in range(4)]
    numbers = fold_run(grades).as_dict()
    assert (numbers["totalQuestions"], numbers["correctQuestions"]) == (4, 2)


@pytest.mark.parametrize("name", ANONYMOUS)
@pytest.mark.parametrize("slot", ["Attempt", "Response", "Score", "object"])
def test_what_has_no_identity_ties_no_question_to_an_activity(name: str, slot: str) -> None:
    """A chain of parts that leads over a blank node leads nowhere."""
    question = {"id": QUESTION, "type": "AssessmentItem"}
    generated: dict[str, Any] = {"id": "urn:x:r", "type": slot, "attempt": ATTEMPT}
    if slot == "Attempt":
        generated = {"id": name, "type": "Attempt", "assignable": LESSON}
    elif slot == "object":
        question = {"id": name, "type": "AssessmentItem"}
    else:
        generated["id"] = name
    answered = happened("9:00", type="AssessmentItemEvent", action="Completed", object=question, generated=generated)
    same_name = graded("9:10", "QUESTION_RESULT", 1, attempt=name)
    done = completed("9:20", totalQuestions=10, run=None)
    assert total("totalQuestions", answered, same_name, done) == 11


@pytest.mark.parametrize("name", ANONYMOUS)
def test_completions_of_what_has_no_identity_are_attempts_of_their_own(name: str) -> None:
    assert total("attempts", *(completed(f"9:0{n}", activity=name, xpEarned=n) for n in range(3))) == 3


def worked(*entries: Entry) -> tuple[float, float]:
    """Attempts, and seconds that they were active."""
    return total("attempts", *entries), total("active", *entries)


def with_attempt(slot: str, node: object, kind: str = "AssessmentEvent", clock: str = "9:00") -> Entry:
    if slot == "Response":
        return happened(
            clock, type="AssessmentItemEvent", action="Completed", generated={"type": "Response", "attempt": node}
        )
    if slot == "grade":
        score = {"type": "Score", "maxScore": 1, "scoreGiven": 1}
        return happened(clock, type="GradeEvent", action="Graded", object=node, generated=score)
    fields: dict[str, Any] = {"type": kind, "action": "Submitted", slot: node}
    return happened(clock, **fields)


SLOTS = ["generated", "object", "Response", "grade"]


@pytest.mark.parametrize("slot", SLOTS)
@pytest.mark.parametrize("kind", ["Attempt", *(base + "Attempt" for base in TYPE_IRIS), None])
@pytest.mark.parametrize("spelled", ["type", "@type"])
def test_an_attempt_is_one_wherever_it_stands_and_however_its_type_is_spelled(
    slot: str, kind: str | None, spelled: str
) -> None:
    node = {"@id" if spelled == "@type" else "id": ATTEMPT, "startedAtTime": format_time(clock_us("8:55"))}
    node["endedAtTime"] = format_time(clock_us("9:00"))
    if kind is not None:
        node[spelled] = kind
    elif slot == "object":
        return  # an assessment without a type stands there
    assert worked(with_attempt(slot, node)) == (1, 300)


@pytest.mark.parametrize(
    ("slot", "kind"),
    [
        ("generated", "AssessmentEvent"),
        ("generated", "AssignableEvent"),
        ("generated", "QuestionnaireEvent"),
        ("Response", ""),
        ("grade", ""),
    ],
)
def test_an_iri_is_an_attempt_where_only_an_attempt_may_stand(slot: str, kind: str) -> None:
    again = with_attempt(slot, ATTEMPT, kind, "9:30")
    assert total("attempts", with_attempt(slot, ATTEMPT, kind), again, attempted("9:45", "9:00", "9:45")) == 1
    assert total("attempts", with_attempt(slot, {"id": "urn:x:2"}, kind), attempted("9:45", "9:00", "9:45")) == 2


def test_an_iri_is_no_attempt_where_something_else_may_stand() -> None:
    assert total("attempts", with_attempt("generated", ATTEMPT, "ViewEvent")) == 0
    assert total("attempts", with_attempt("object", ATTEMPT)) == 0


@pytest.mark.parametrize("name", ANONYMOUS)
@pytest.mark.parametrize("slot", SLOTS)
def test_attempts_without_an_identity_are_one_an_event(name: str, slot: str) -> None:
    entries = []
    for hour in (9, 11, 13):
        node = {"id": name, "type": "Attempt", "startedAtTime": format_time(clock_us(f"{hour}:00"))}
        node["endedAtTime"] = format_time(clock_us(f"{hour}:05"))
        entries.append(with_attempt(slot, node, clock=f"{hour}:05"))
    assert worked(*entries) == (3, 900)


def test_the_attempt_of_an_award_is_none() -> None:
    awards = [graded("9:00", kind, 1, attempt=f"urn:x:{kind}") for kind in ("XP", "MASTERY")]
    assert total("attempts", *awards) == 0
    assert total("attempts", *awards, graded("9:00", "QUESTION_RESULT", 1)) == 1


def test_a_teachers_grade_tells_of_no_attempt_of_the_teacher() -> None:
    node = {
        "id": ATTEMPT,
        "type": "Attempt",
        "assignee": "urn:x:student",
        "startedAtTime": format_time(clock_us("8:00")),
    }
    node["endedAtTime"] = format_time(clock_us("9:00"))
    teacher = {"id": LEARNER, "type": "Person"}
    assert fold_run([resent(with_attempt("grade", node), actor=teacher)]).totals == {}
    assert worked(resent(with_attempt("grade", node | {"assignee": LEARNER}), actor=teacher)) == (1, 3600)


def test_work_in_a_learners_name_is_in_no_number() -> None:
    entries = [completed("9:00", xpEarned=5), attempted("9:45", "9:00", "9:45"), graded("9:50", "XP", 7)]
    canvas = {"entity_id": "21070000000000001", "real_user_id": "21070000000000002"}
    actor = {"id": LEARNER, "type": "Person", "extensions": {"com.instructure.canvas": canvas}}
    assert fold_run(resent(entry, actor=actor) for entry in entries) == fold_run([])
    assert per_day(resent(entry, actor=actor) for entry in entries) == {}
    canvas["real_user_id"] = "1"
    assert fold_run(resent(entry, actor=actor) for entry in entries).events == 3


def test_questions_under_a_run_that_accounts_for_itself_are_found_over_parts_of_parts() -> None:
    part = {"id": QUESTION, "type": "AssessmentItem", "isPartOf": {"id": "urn:x:quiz", "isPartOf": LESSON}}
    started = happened("9:00", type="AssessmentItemEvent", action="Started", object=part, generated=ATTEMPT)
    started = resent(started, generated={"id": ATTEMPT, "type": "Attempt"})
    done = completed("9:03", totalQuestions=10, run=RUN)
    assert total("totalQuestions", started, graded("9:02", "QUESTION_RESULT", 1), done) == 10
