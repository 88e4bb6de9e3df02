"""What is looked at on many events together: their ids, times, IRIs and apps, at a third of the cost of one by one.

Certifying an event only gathers these; its certificate counts once `all_hold` has said so of everything gathered.
"""

from datetime import datetime

from functions.core.apps import App
from functions.core.caliper.values import is_canonical_time, is_event_id, is_iri

_IRI_CHARS = 2_048
_IRI_BYTES = bytes(byte for byte in range(0x21, 0x7F) if chr(byte) not in '<>"{}|\\^`')
_USUAL_HEADS = ("urn:uuid:", "https://", "http://", "urn:tag:", "urn:instructure:")
_DIGITS = bytes.maketrans(b"123456789", b"0" * 9)
_HEX_DIGITS = bytes.maketrans(b"123456789abcdefABCDEF", b"0" * 21)
_TIME_SHAPE = b"0000-00-00T00:00:00.000Z\n"
_ID_SHAPE = b"urn:uui0:00000000-0000-0000-0000-000000000000\n"  # d is a hexadecimal digit, too
_SPEAKS_MAX = 4_096
_speaks: dict[tuple[tuple[str, ...], str], bool] = {}

event_ids: list[str] = []
times: list[str] = []
iris: list[str] = []
edapps: set[str] = set()


def all_hold(app: App) -> bool:
    """Whether each thing gathered is what it should be, and `app` may send for every edApp among them."""
    return _are_event_ids() and _are_times() and _are_iris() and all(speaks_for(app, edapp) for edapp in edapps)


def forget() -> None:
    """Gather anew."""
    event_ids.clear()
    times.clear()
    iris.clear()
    edapps.clear()


def _lines(texts: list[str]) -> bytes:
    return "\n".join([*texts, ""]).encode("utf-8", "replace")


def _are_event_ids() -> bool:
    lines = _lines(event_ids)
    if lines.translate(_HEX_DIGITS) == _ID_SHAPE * len(event_ids):
        return lines.count(b"urn:uuid:") == len(event_ids)
    return all(map(is_event_id, event_ids))


def _are_times() -> bool:
    if _lines(times).translate(_DIGITS) != _TIME_SHAPE * len(times):
        return all(map(is_canonical_time, times))
    try:
        for _ in map(datetime.fromisoformat, times):
            pass
    except ValueError:
        return False
    return True


def _are_iris() -> bool:
    """Whether every one is an IRI of bearable length.

    What is ASCII and begins in one of the usual ways needs no regular expression, which would cost as much as parsing
    the event: once all that may stand in an IRI is taken away, only the separators are left.
    """
    joined = "\n".join([*iris, ""])
    doubtful = iris
    if joined.isascii() and len(joined.encode().translate(None, _IRI_BYTES)) == len(iris):
        doubtful = [text for text in iris if not text.startswith(_USUAL_HEADS)]
    if not all(map(is_iri, doubtful)):
        return False
    return len(joined) <= _IRI_CHARS or max(map(len, iris)) <= _IRI_CHARS


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
