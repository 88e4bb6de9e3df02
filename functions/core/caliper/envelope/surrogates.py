"""Half a surrogate pair in an escape, as in `\\ud83d`: what JavaScript makes of a text that it cuts inside an emoji.

By JSON's grammar that is a string, but no text can come of it, and parsers refuse all of a body for it. Such halves are
covered while the body is opened, so that only the item that holds one is rejected.
"""

import re

# Pairs and other escapes are matched to be passed over.
_HALVES = re.compile(
    rb"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(u[dD][89a-fA-F][0-9a-fA-F]{2})|.)", re.DOTALL
)
# A half differs from a letter of the private use area by one digit: d8… to df… are covered as e8… to ef….
_COVERED = re.compile(rb"\\(?:(u[eE][89a-fA-F][0-9a-fA-F]{2})|.)", re.DOTALL)
_TO_COVER, _TO_UNCOVER = bytes.maketrans(b"dD", b"eE"), bytes.maketrans(b"eE", b"dD")


def cover(body: bytes) -> bytes | None:
    """`body` with its halves covered, as long as it was; None where it has none or they could not be told again."""
    if b"\\u" not in body or any(match[1] for match in _COVERED.finditer(body)):
        return None
    covered = _HALVES.sub(lambda match: _swapped(match, _TO_COVER), body)
    return None if covered == body else covered


def uncover(item: bytes) -> bytes:
    """An item of a covered body as it was sent."""
    return _COVERED.sub(lambda match: _swapped(match, _TO_UNCOVER), item)


def is_covered(text: str) -> bool:
    """Whether a string of a covered body may hold a half."""
    return any("\ue800" <= char <= "\uefff" for char in text)


def _swapped(match: re.Match[bytes], table: bytes) -> bytes:
    """The escape with its first digit exchanged where it is one of those looked for."""
    whole = match[0]
    return whole if match[1] is None else whole[:2] + whole[2:3].translate(table) + whole[3:]
