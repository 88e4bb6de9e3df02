"""Which grades an account of a whole run leaves out: those of its activities, its runs and what is part of them."""

import pytest

from functions.core.numbers.runs import fold_run
from functions.core.numbers.scores import children_of
from functions.core.timeline.entry import Entry
from tests.unit.core.numbers.reports import ATTEMPT, LESSON, QUESTION, attempted, completed, graded
from tests.unit.core.sessions.timelines import RUN, happened

OTHER = "https://app.example/lessons/2"
THIRD = "https://app.example/lessons/3"
OTHER_RUN = "urn:uuid:66666666-6666-4666-8666-000000000000"
METRICS = [("XP", "xpEarned"), ("QUESTION_RESULT", "totalQuestions"), ("MASTERY", "masteredUnits")]


def total(metric: str, *entries: Entry) -> float:
    return float(fold_run(entries).total(metric))


def grade_of(about: str, kind: str, run: str | None = None) -> Entry:
    target = {"id": about, "type": "AssessmentItem"}  # an IRI alone would be that of an Attempt
    return graded("9:30", kind, 1, object=target, extensions={"runId": run} if run else None)


@pytest.mark.parametrize(("kind", "metric"), METRICS)
def test_every_account_of_a_metric_leaves_out_the_grades_of_its_own_activity(kind: str, metric: str) -> None:
    accounts = [completed("9:00", activity=LESSON, run=None, **{metric: 10})]
    accounts.append(completed("9:10", activity=OTHER, run=None, **{metric: 20}))
    for reports in (accounts, accounts[::-1]):
        assert [total(metric, *reports, grade_of(about, kind)) for about in (LESSON, OTHER, THIRD)] == [30, 30, 31]


@pytest.mark.parametrize(("kind", "metric"), METRICS)
def test_every_account_of_a_metric_leaves_out_the_grades_of_its_own_run(kind: str, metric: str) -> None:
    accounts = [completed("9:00", activity=LESSON, run=RUN, **{metric: 10})]
    accounts.append(completed("9:10", activity=OTHER, run=OTHER_RUN, **{metric: 20}))
    runs = (RUN, OTHER_RUN, "urn:uuid:66666666-6666-4666-8666-111111111111")
    assert [total(metric, *accounts, grade_of(THIRD, kind, run)) for run in runs] == [30, 30, 31]


@pytest.mark.parametrize(("kind", "metric"), METRICS)
def test_an_account_of_one_metric_leaves_in_the_grades_of_another(kind: str, metric: str) -> None:
    for reported in ("xpEarned", "totalQuestions", "masteredUnits"):
        done = completed("9:00", activity=LESSON, run=None, **{reported: 10})
        assert total(metric, done, grade_of(LESSON, kind)) == (10 if reported == metric else 1)
    assert total(metric, completed("9:00", activity=LESSON, run=None, correctQuestions=0), grade_of(LESSON, kind)) == 1


@pytest.mark.parametrize(("kind", "metric"), METRICS)
def test_an_account_of_an_activity_leaves_out_the_grades_of_attempts_at_it(kind: str, metric: str) -> None:
    begun = attempted("9:05", "9:00", None)
    done = completed("9:20", activity=LESSON, run=None, **{metric: 10})
    assert total(metric, begun, done, graded("9:30", kind, 1)) == 10
    assert total(metric, attempted("9:05", "9:00", None, of=OTHER), done, graded("9:30", kind, 1)) == 11
    assert total(metric, done, graded("9:30", kind, 1)) == 11


@pytest.mark.parametrize(("kind", "metric"), METRICS)
def test_of_what_is_part_of_an_attempt_only_questions_are_accounted_for(kind: str, metric: str) -> None:
    begun = attempted("9:05", "9:00", None)
    part = happened("9:10", object={"id": QUESTION, "type": "AssessmentItem", "isPartOf": ATTEMPT})
    done = completed("9:20", activity=LESSON, run=None, **{metric: 10})
    assert total(metric, begun, part, done, grade_of(QUESTION, kind)) == (10 if kind == "QUESTION_RESULT" else 11)


def children(entry: Entry) -> dict[str, set[str]]:
    return dict(children_of([entry]))


def test_an_attempt_is_below_what_it_is_at_and_below_what_its_event_is_about() -> None:
    assert children(attempted("9:00", "9:00", None)) == {LESSON: {ATTEMPT}}
    submitted = {"id": ATTEMPT, "type": "Attempt", "assignable": LESSON}
    both = happened("9:00", type="AssessmentEvent", action="Submitted", object=OTHER, generated=submitted)
    assert children(both) == {LESSON: {ATTEMPT}, OTHER: {ATTEMPT}}
    bare = happened("9:00", type="AssessmentEvent", action="Submitted", object=OTHER, generated=ATTEMPT)
    assert children(bare) == {OTHER: {ATTEMPT}}
    itself = happened("9:00", type="AssessmentEvent", action="Submitted", object=submitted, generated=ATTEMPT)
    assert children(itself) == {LESSON: {ATTEMPT}}


def test_a_response_ties_its_attempt_to_its_question_and_to_what_the_attempt_is_at() -> None:
    response = {"id": "urn:x:r", "type": "Response", "attempt": {"id": ATTEMPT, "type": "Attempt", "isPartOf": OTHER}}
    question = {"id": QUESTION, "type": "AssessmentItem", "isPartOf": {"id": LESSON, "isPartOf": THIRD}}
    answered = happened("9:00", type="AssessmentItemEvent", action="Completed", object=question, generated=response)
    assert children(answered) == {QUESTION: {ATTEMPT}, LESSON: {QUESTION}, THIRD: {LESSON}, OTHER: {ATTEMPT}}


def test_what_names_no_identity_has_neither_children_nor_parents() -> None:
    assert children(happened("9:00", object={"type": "Document", "isPartOf": LESSON})) == {}
    assert children(happened("9:00", object={"id": LESSON, "isPartOf": {"type": "Document"}})) == {}
    assert children(happened("9:00", object=LESSON)) == {}
