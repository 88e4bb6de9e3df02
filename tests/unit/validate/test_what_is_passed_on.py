"""What goes on with an item, and what the sender and the log are told beside the verdict."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from functions.core.messages import unpack
from functions.core.privacy.keeping import Keeping
from functions.core.times import format_time
from functions.store.signers.signing_keys import KeySet
from functions.validate.handler import Dependencies
from functions.validate.ingest import RETRY_AFTER_S
from functions.validate.signed import verified_body
from tests.fakes import MemoryQueue, MemoryTable
from tests.log_records import records_of
from tests.payloads import envelope
from tests.unit.validate.test_answers_in_full import BAD, STUDENT, Door, good
from tests.unit.validate.test_signed import CANVAS, NOW_S, SAID, URL, served, sign
from tests.world import NINE_US, World

SECRET = "a sentence of AWS that quotes a request"


def opened_session(door: Door) -> str:
    """A session that asks for heartbeats, in the table of `door`."""
    world = World()
    session = world.payloads.urn()
    logged_in = world.payloads.logged_in(STUDENT, session, requiresHeartbeat=True)
    world.send(logged_in | {"eventTime": format_time(NINE_US)})
    door.table.items.update(world.table.items)
    return session


@pytest.mark.parametrize("kind", ["event", "entity", "rejection", "heartbeat"])
def test_each_message_says_by_which_credential_it_came(kind: str) -> None:
    door = Door()
    person = {"@context": "http://purl.imsglobal.org/ctx/caliper/v1p2", "id": STUDENT, "type": "Person"}
    bodies: dict[str, tuple[Any, str]] = {
        "event": (envelope(good()), "/caliper/event"),
        "entity": (envelope(person), "/caliper/event"),
        "rejection": (envelope(BAD), "/caliper/event"),
        "heartbeat": ({"sessionId": opened_session(door)}, "/events/1.0/heartbeat"),
    }
    door.post(*bodies[kind])
    (message,) = [unpack(body) for body in door.queue.bodies]
    assert [item.kind for item in message.items] == [kind]
    assert (message.credential, message.tenant, message.app_id) == ("key_one", door.app.tenant, door.app.app_id)
    assert message.received_us == NINE_US


@pytest.mark.parametrize(
    ("left_out", "told_kinds"),
    [(("name", "email"), ["email", "name"]), (("email",), ["email"]), (("client-ip",), None)],
)
def test_a_sender_is_told_which_kinds_of_fields_are_not_kept(
    left_out: tuple[str, ...], told_kinds: list[str] | None
) -> None:
    door = Door(keeping=Keeping(left_out=left_out))
    actor = {"id": STUDENT, "type": "Person", "name": "Ada", "extensions": {"email": "ada@example.org"}}
    status, body = door.post(envelope(good() | {"actor": actor}))
    assert status == 200
    assert body.get("leftOut") == told_kinds


@pytest.mark.parametrize(("down", "status", "retry_after"), [(True, 503, str(RETRY_AFTER_S)), (False, 401, None)])
def test_only_while_the_keys_cannot_be_fetched_is_a_signed_body_to_be_sent_again(
    down: bool, status: int, retry_after: str | None
) -> None:
    def fetch(url: str) -> bytes:
        if down:
            raise ConnectionError("down")
        return served(url)

    door = Door(signed_by=URL)
    door.dependencies = Dependencies(
        queue=MemoryQueue(), table=MemoryTable(), key_set_of=lambda url: KeySet(url, fetch)
    )
    assert door.post(sign(SAID, kid="another").decode())[0] == status
    assert door.answer["headers"].get("Retry-After") == retry_after


@pytest.mark.parametrize(("expires_s", "taken"), [(NOW_S + 1, True), (NOW_S, False), (NOW_S - 1, False)])
def test_a_signed_body_is_good_until_the_second_in_which_it_expires(expires_s: float, taken: bool) -> None:
    signed = sign(SAID | {"exp": expires_s})
    verified = verified_body(signed, app=CANVAS, now_s=NOW_S, key_set_of=lambda url: KeySet(url, served))
    assert isinstance(verified, bytes) is taken


def test_a_call_that_failed_is_logged_by_its_code_and_not_in_the_words_of_aws() -> None:
    class Failing(MemoryQueue):
        def send(self, *_: Any, **__: Any) -> Any:
            raise ClientError({"Error": {"Code": "ThrottlingException", "Message": SECRET}}, "SendMessageBatch")

    door = Door(queue=Failing())
    with records_of("validate") as log:
        assert door.post(envelope(good()))[0] == 503
    line = log.single("an AWS call failed")
    assert (line.reason, line.requestId) == ("ThrottlingException", "r-1")
    assert SECRET not in json.dumps(line.__dict__, default=repr)
