"""Messages of the queue of deliveries: which stored events are to go to which webhook, and how often that was tried.

`process` sends one for each webhook and archive object; `deliver` sends again what it could not deliver, `manage`
sends tests, retries and days. A message names lines of an archive object and holds no event.
"""

from typing import Literal

import msgspec

from functions.core.errors import CaliperError

type Kind = Literal["events", "ping", "days"]


class Delivery(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """Lines `first` to before `last` (0: all) of what an object holds of the tenant, for one webhook.

    Of kind `days`, `key` is empty and `first` and `last` are days as numbers (20260127), both included. `attempts` were
    made since `since_us`; the next is due at `due_us`. `forced` ones do not wait for an endpoint that fails.
    """

    tenant: str
    webhook: str
    kind: Kind = "events"
    key: str = ""
    first: int = 0
    last: int = 0
    attempts: int = 0
    since_us: int = 0
    due_us: int = 0
    forced: bool = False


class UnreadableDelivery(CaliperError, ValueError):
    """A message body that no version of this code wrote."""


_decoder = msgspec.json.Decoder(Delivery)


def pack(delivery: Delivery) -> str:
    """The body of an SQS message."""
    return msgspec.json.encode(delivery).decode()


def unpack(body: str) -> Delivery:
    """The delivery that `pack` was given. Raises UnreadableDelivery for anything else."""
    try:
        return _decoder.decode(body)
    except (msgspec.DecodeError, UnicodeError) as error:
        raise UnreadableDelivery(f"not a delivery of this service: {type(error).__name__}") from error
