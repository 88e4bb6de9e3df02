"""An example: an envelope of `examples/` as its sender would send it today, told as if it had just happened."""

import json
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

SPEED = 30  # the examples' minutes are shortened to seconds, so that the short idle timeout cuts none of their sessions
EXAMPLES = Path(__file__).parent / "examples"
TIMES = {"eventTime", "startedAtTime", "endedAtTime", "startDate", "endDate", "sendTime"}
# File, whether the LMS sends it with its key (else the app with a token), and whose shape it has.
SENT = (
    ("lesson.json", False, "a lesson as TimeBack's events reference describes it"),
    ("session.json", False, "a login and a logout"),
    ("timeback-profile.json", False, "time spent and an activity completed, as TimeBack's SDK sends them"),
    ("blackboard.json", True, "a question, as Blackboard sends it"),
    ("canvas.json", True, "a page view, as Canvas sends it"),
)


def example(name: str) -> dict[str, Any]:
    """The envelope in the file `name`, as it is written there."""
    envelope: dict[str, Any] = json.loads((EXAMPLES / name).read_text())
    return envelope


def shift_to_now(envelope: dict[str, Any]) -> dict[str, Any]:
    """The envelope with its last event now, and what came before it `SPEED` times closer."""
    last = max(_moment(event["eventTime"]) for event in envelope["data"])
    now = datetime.now(UTC)

    def json_value(value: Any, name: str = "") -> Any:
        if isinstance(value, dict):
            return {key: json_value(inner, key) for key, inner in value.items()}
        if isinstance(value, list):
            return [json_value(inner) for inner in value]
        if name in TIMES and isinstance(value, str):
            with suppress(ValueError):
                return _text(now - timedelta(seconds=(last - _moment(value)).total_seconds() / SPEED))
        return value

    shifted: dict[str, Any] = json_value(envelope)
    return shifted


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _text(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
