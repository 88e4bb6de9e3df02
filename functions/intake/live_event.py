"""One message of the intake queue, judged as `validate` judges a request.

Canvas reads no answer. So an item that `validate` would refuse with 400 is kept in quarantine, as a rejection.
"""

from msgspec import Struct

from functions.core.apps import App
from functions.core.caliper.envelope.request_body import open_envelopes
from functions.core.caliper.findings import SERVICE, Finding, Refusal
from functions.core.caliper.validated_request import ValidatedRequest, beginning, validate_envelopes
from functions.core.ids import digest
from functions.core.jobs import job_key
from functions.core.messages import Item, Message, pack_request

CREDENTIAL = "intake"  # stands where a request has the id of its credential


class LiveEvent(Struct, frozen=True):
    """A message of the intake queue as bodies for the service's own queue, and its items counted by their verdict."""

    bodies: list[str]
    accepted: int
    rejected: int
    warned: int


def judge(body: str, *, message_id: str, app: App, now_us: int) -> LiveEvent:
    """The verdict on every item of `body`, packed. Wrong data never raises.

    `message_id` is SQS's: a message that is delivered twice at one instant makes the same job.
    """
    raw = body.encode("utf-8", "surrogatepass")
    envelopes = open_envelopes(raw, app=app)
    if isinstance(envelopes, Refusal):
        request = _refused(raw, envelopes, app, now_us)
    else:
        request = validate_envelopes(envelopes, app=app, credential=CREDENTIAL, now_us=now_us)
    key = job_key(now_us, digest(message_id).encode())
    _, bodies = pack_request(request.messages, key=key, event_ids=request.accepted_ids)
    return LiveEvent(bodies, request.accepted, len(request.rejected), request.warned)


def _refused(raw: bytes, refusal: Refusal, app: App, now_us: int) -> ValidatedRequest:
    finding = Finding("error", refusal.code, refusal.pointer, refusal.message, SERVICE).as_dict()
    message = Message(
        tenant=app.tenant,
        app_id=app.app_id,
        job="",
        received_us=now_us,
        credential=CREDENTIAL,
        items=[Item("rejection", beginning(raw), [finding])],
    )
    return ValidatedRequest(messages=[message], rejected=[finding])
