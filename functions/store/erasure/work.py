"""Messages to the function `privacy`: one request about a person, with all that a further run of it must know."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Literal, Protocol

import msgspec
from msgspec import Struct

from functions.store.erasure.requests import RequestKind

if TYPE_CHECKING:
    from mypy_boto3_sqs.client import SQSClient


class Work(Struct, frozen=True, kw_only=True):
    """`learner` is the IRI or address that was given, empty if what is too old is to expire. `learners` and `addresses`
    are known after the first run. `describes` are places of describes that a count noted. A course may tell of the
    learner at `in_courses`.

    `after` is where the walk through the archive goes on (`20260127/<object>`), `walk` the first or the second one, and
    `learned` whether an address was learned since it began, so that all is walked again.
    """

    request: str
    kind: RequestKind | Literal["expire"]
    app: str
    tenant: str
    learner: str
    code: str = ""
    asked_us: int
    before_us: int = 0
    learners: Sequence[str] = ()
    addresses: Sequence[str] = ()
    walk: int = 1
    after: str = ""
    learned: bool = False
    describes: Sequence[str] = ()
    in_courses: Sequence[tuple[str, str]] = ()
    counts: Mapping[str, int] = {}


class WorkQueue(Protocol):
    def send(self, work: Work, *, delay_s: int = 0) -> None: ...


class SqsWorkQueue:
    """The queue of the function."""

    def __init__(self, client: "SQSClient", url: str) -> None:
        self._client, self._url = client, url

    def send(self, work: Work, *, delay_s: int = 0) -> None:
        """Have it done, not sooner than after `delay_s` (at most 900)."""
        self._client.send_message(QueueUrl=self._url, MessageBody=packed_work(work), DelaySeconds=delay_s)


def packed_work(work: Work) -> str:
    """A message's body."""
    return msgspec.json.encode(work).decode()


def unpacked_work(body: str) -> Work:
    """What `packed_work` wrote. Raises msgspec.ValidationError."""
    return msgspec.json.decode(body, type=Work)
