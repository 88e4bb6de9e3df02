"""What is looked at on many events together: their ids, times, IRIs and apps, at a third of the cost of one by one.

Certifying an event only gathers these; its certificate counts once `all_hold` has said so of everything gathered.
"""

from datetime import datetime

from functions.core.apps import App
from functions.core.caliper.values import is_canonical_time, is_event_id, is_iri

_IRI_CHARS = 2_048
_NEVER_IN_IRIS = '<>"{}|\\^`'
_IRI_BYTES = bytes(byte for byte in range(0x21, 0x7F) if chr(byte) not in _NEVER_IN_IRIS)
_NEVER_UNESCAPED = {'"', "\\"}  # nor control characters: JSON has them only behind a backslash
_TO_LOOK_FOR = tuple(sorted({*_NEVER_IN_IRIS, " ", "\x7f"} - _NEVER_UNESCAPED))
_USUAL_HEADS = ("urn:uuid:", "https://", "http://", "urn:tag:", "urn:instructure:")
_DIGITS = bytes.maketrans(b"123456789", b"0" * 9)
_HEX_DIGITS = bytes.maketrans(b"123456789abcdefABCDEF", b"0" * 21)
_TIME_SHAPE = b"0000-00-00T00:00:00.000Z\n"
_ID_SHAPE = b"urn:uui0:00000000-0000-0000-0000-000000000000\n"  # d is a hexadecimal digit, too
_SPEAKS_MAX = 4_096
_speaks: dict[tuple[tuple[str, ...], str], bool] = {}


class Batch:
    """Values gathered from events. The lists stay the same objects: certifiers hold on to their `append`."""

    def __init__(self) -> None:
        self.event_ids: list[str] = []
        self.times: list[str] = []
        self.iris: list[str] = []
        self.edapps: set[str] = set()

    def all_hold(self, app: App, *, escaped: bool) -> bool:
        """Whether each thing gathered is what it should be, and `app` may send for every edApp among them.

        `escaped`: whether there is a backslash in any of the events' bytes.
        """
        return (
            _are_event_ids(self.event_ids)
            and _are_times(self.times)
            and _are_iris(self.iris, escaped)
            and all(speaks_for(app, edapp) for edapp in self.edapps)
        )

    def forget(self) -> None:
        """Gather anew."""
        self.event_ids.clear()
        self.times.clear()
        self.iris.clear()
        self.edapps.clear()


def _lines(texts: list[str]) -> bytes:
    return "\n".join([*texts, ""]).encode("utf-8", "replace")


def _are_event_ids(texts: list[str]) -> bool:
    lines = _lines(texts)
    if lines.translate(_HEX_DIGITS) == _ID_SHAPE * len(texts):
        return lines.count(b"urn:uuid:") == len(texts)
    return all(map(is_event_id, texts))


def _are_times(texts: list[str]) -> bool:
    if _lines(texts).translate(_DIGITS) != _TIME_SHAPE * len(texts):
        return all(map(is_canonical_time, texts))
    try:
        for _ in map(datetime.fromisoformat, texts):
            pass
    except ValueError:
        return False
    return True


def _are_iris(texts: list[str], escaped: bool) -> bool:
    """Whether every one is an IRI of bearable length.

    What is ASCII and begins in one of the usual ways needs no regular expression, which would cost as much as parsing
    the event, as long as there is nothing in it that may not stand in an IRI.
    """
    joined = "\n".join([*texts, ""])
    doubtful = texts
    if joined.isascii() and (_are_iri_bytes(joined, len(texts)) if escaped else _nothing_wrong_in(joined)):
        doubtful = [text for text in texts if not text.startswith(_USUAL_HEADS)]
    if not all(map(is_iri, doubtful)):
        return False
    return len(joined) <= _IRI_CHARS or max(map(len, texts)) <= _IRI_CHARS


def _are_iri_bytes(joined: str, count: int) -> bool:
    """Whether only the separators are left when all that may stand in an IRI is taken away."""
    return len(joined.encode().translate(None, _IRI_BYTES)) == count


def _nothing_wrong_in(joined: str) -> bool:
    return not any(char in joined for char in _TO_LOOK_FOR)


def speaks_for(app: App, edapp: str) -> bool:
    """`app.speaks_for`, remembered: an app sends for the same few edApps all day."""
    key = (app.edapps, edapp)
    known = _speaks.get(key)
    if known is None:
        if len(_speaks) >= _SPEAKS_MAX:
            _speaks.clear()
        known = app.speaks_for(edapp) or app.speaks_for(edapp.strip())
        if len(edapp) <= 512:
            _speaks[key] = known
    return known
