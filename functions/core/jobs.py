"""The job id that a sender gets back for its request, and polls until its events can be read.

The id of a small request carries the digests of its events, so its state is read off the index by id and it costs no
write. A larger one names how many messages it became; `process` writes one row for each.
"""

import base64
import re
from collections.abc import Sequence
from functools import lru_cache

from msgspec import Struct

from functions.core.ids import DIGEST_CHARS, id_digest

CARRIED_IDS = 3  # a poll asks the index for each; ids of up to ten were given out, and are read
DIGEST_BYTES = 16

_JOB = re.compile(r"([A-Za-z0-9_-]{22})(?:\.((?:[A-Za-z0-9_-]{22}){1,10})|\.p([1-9][0-9]{0,4}))", re.ASCII)


class Job(Struct, frozen=True):
    """A job id taken apart: its key, and either the digests of its events or how many messages it became."""

    key: str
    events: tuple[str, ...] = ()
    parts: int = 0


def job_key(received_us: int, nonce: bytes) -> str:
    """22 characters that no two requests share: when the request came and 8 random bytes."""
    return base64.urlsafe_b64encode(received_us.to_bytes(8, "big") + nonce[:8])[:DIGEST_CHARS].decode()


def job_id(key: str, event_ids: Sequence[str], parts: int) -> str:
    """The id of the request with these accepted event ids, in `parts` messages."""
    if 0 < len(event_ids) <= CARRIED_IDS:
        return f"{key}." + "".join(id_digest(event_id) for event_id in event_ids)
    return f"{key}.p{parts}"


def parse_job_id(text: str) -> Job | None:
    """The parts that `job_id` put together, or None if `text` is not a job id."""
    match = _JOB.fullmatch(text)
    if match is None:
        return None
    key, digests, parts = match.groups()
    ids = digests or ""
    events = tuple(ids[start : start + DIGEST_CHARS] for start in range(0, len(ids), DIGEST_CHARS))
    return Job(key, events, int(parts or 0))


@lru_cache(maxsize=256)  # all events of a request have the same
def encode_job_id(text: str) -> str | bytes:
    """A job id as a row carries it: one that carries digests as bytes, two thirds of its size."""
    job = parse_job_id(text)
    if job is None or job.parts:
        return text
    packed = b"".join(base64.urlsafe_b64decode(part + "==") for part in (job.key, *job.events))
    return packed if decode_job_id(packed) == text else text  # other spellings of the same bits stay what they are


def decode_job_id(rested: str | bytes) -> str:
    """The job id that `encode_job_id` was given."""
    if isinstance(rested, str):
        return rested
    parts = [rested[start : start + DIGEST_BYTES] for start in range(0, len(rested), DIGEST_BYTES)]
    key, *events = (base64.urlsafe_b64encode(part).decode()[:DIGEST_CHARS] for part in parts)
    return f"{key}." + "".join(events)
