"""Of what is missing one finding is told, however many rules need it."""

import pytest

from tests.unit.core.caliper.samples import HOUSE, Json, judged, own
from tests.unit.core.caliper.test_house_rules import GRADED, LESSON_COMPLETED, LESSON_STARTED, LOGGED_IN, LOGGED_OUT

SIX = ("id", "type", "actor", "action", "object", "eventTime")
SAMPLES: dict[str, Json] = {
    "ActivityEvent": own("ActivityEvent"),
    "TimeSpentEvent": own("TimeSpentEvent"),
    "lesson started": LESSON_STARTED,
    "lesson completed": LESSON_COMPLETED,
    "graded": GRADED,
    "logged in": LOGGED_IN,
    "logged out": LOGGED_OUT,
}


@pytest.mark.parametrize("missing", [name for name in SIX if name != "type"])
@pytest.mark.parametrize("sample", SAMPLES)
def test_a_missing_property_of_the_six_is_told_once_and_rejects(sample: str, missing: str) -> None:
    event = {name: value for name, value in SAMPLES[sample].items() if name != missing}
    verdict = judged(event, app=HOUSE)
    assert not verdict.accepted
    codes = [finding.code for finding in verdict.findings if finding.pointer == f"/{missing}"]
    assert codes == ["required"]


@pytest.mark.parametrize("sample", SAMPLES)
def test_what_is_whole_has_no_error(sample: str) -> None:
    assert judged(SAMPLES[sample], app=HOUSE).accepted
