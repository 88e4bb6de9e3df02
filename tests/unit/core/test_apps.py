"""A registration and what it may use: what holds if nothing more is said, and where a limit is reached."""

import copy

import pytest

from functions.core.apps import App
from functions.core.privacy.keeping import Keeping
from functions.core.sessions.timeouts import Timeouts
from functions.core.usage.audit import audit_line, learner_digest
from functions.core.usage.budgets import KINDS, Budget, Usage
from functions.core.webhooks.delivery import Delivery, UnreadableDelivery, pack, unpack

APP = App(app_id="a", tenant="t")
STACKS = Timeouts.constant(idle_minutes=30, heartbeat_minutes=5)
OWN = Timeouts.constant(idle_minutes=60, heartbeat_minutes=7)


def test_an_app_of_which_nothing_more_is_said_speaks_for_nothing_and_asks_for_nothing() -> None:
    assert (APP.name, APP.edapps, APP.house, APP.signed_by, APP.signed_issuer) == ("", (), "", "", "")
    assert (APP.strict, APP.caliper_1_0, APP.auto_attach, APP.unique_ids) == (False, False, False, False)
    assert (APP.idle, APP.heartbeat, APP.budget, APP.keeping) == ((), (), Budget(), Keeping())
    assert not APP.speaks_for("urn:x:1")


NUMBER = "6f1b0c3e-0d5b-4b1c-9c5d-0d4b6b1b2a11"


@pytest.mark.parametrize(
    ("allowed", "edapp", "speaks"),
    [
        (f"urn:uuid:{NUMBER}", f"urn:uuid:{NUMBER}", True),
        (f"urn:uuid:{NUMBER}", NUMBER.upper(), True),
        (NUMBER, f"URN:UUID:{NUMBER}", True),
        (f"urn:uuid:{NUMBER}", f"urn:uuid:{NUMBER}:1", False),
        ("urn:uuid:6f1b*", f"urn:uuid:{NUMBER}", False),
        (f"urn:uuid:{NUMBER}*", NUMBER.upper(), True),
        (f"{NUMBER.upper()}*", NUMBER.upper(), True),
        (f"{NUMBER.upper()}*", NUMBER, False),
        ("https://a.example/A*", "https://a.example/A/1", True),
        ("https://a.example/A*", "https://a.example/a/1", False),
        ("*", NUMBER, True),
        ("", NUMBER, False),
    ],
)
@pytest.mark.parametrize("others", [(), ("urn:x:other", "urn:y:*")])
def test_an_app_speaks_for_an_edapp_as_it_is_written_and_in_its_one_spelling(
    allowed: str, edapp: str, speaks: bool, others: tuple[str, ...]
) -> None:
    assert copy.replace(APP, edapps=(*others, allowed)).speaks_for(edapp) is speaks
    assert copy.replace(APP, edapps=(allowed, *others)).speaks_for(edapp) is speaks


def test_an_apps_own_timeouts_go_before_those_of_the_stack_each_by_itself() -> None:
    assert APP.timeouts(STACKS) == STACKS
    assert copy.replace(APP, idle=OWN.idle).timeouts(STACKS) == Timeouts(idle=OWN.idle, heartbeat=STACKS.heartbeat)
    both = copy.replace(APP, idle=OWN.idle, heartbeat=OWN.heartbeat)
    assert both.timeouts(STACKS) == OWN
    only_heartbeat = copy.replace(APP, heartbeat=OWN.heartbeat).timeouts(STACKS)
    assert only_heartbeat == Timeouts(idle=STACKS.idle, heartbeat=OWN.heartbeat)


@pytest.mark.parametrize("kind", KINDS)
def test_a_budget_is_exhausted_by_the_last_of_any_kind(kind: str) -> None:
    budget = Budget(items=10, body_bytes=10, rejects=10, sessions=10)
    assert budget.exhausted_by(Usage(**{kind: 9})) is None
    assert budget.exhausted_by(Usage(**{kind: 10})) == kind
    assert [budget.is_shared_part(Usage(**{kind: used}), 4) for used in (0, 2, 3)] == [False, False, True]
    assert Usage(**{kind: 2}).amounts() == {kind: 2}
    assert (Usage(**{kind: 2}) + Usage(**{kind: 3})).amounts() == {kind: 5}
    assert Usage().amounts() == {}


def test_a_delivery_carries_what_is_said_of_it_and_no_more() -> None:
    plain = Delivery(tenant="t", webhook="w")
    assert pack(plain) == '{"tenant":"t","webhook":"w"}'
    assert unpack(pack(plain)) == plain
    assert (plain.kind, plain.key, plain.first, plain.last, plain.attempts) == ("events", "", 0, 0, 0)
    assert (plain.since_us, plain.due_us, plain.forced) == (0, 0, False)
    full = Delivery(
        tenant="t", webhook="w", kind="days", key="k", first=1, last=2, attempts=3, since_us=4, due_us=5, forced=True
    )
    assert unpack(pack(full)) == full


@pytest.mark.parametrize("body", ["", "x", "[]", "{}", '{"tenant":"t"}', '{"tenant":"t","webhook":"w","kind":"other"}'])
def test_a_body_of_something_else_is_no_delivery(body: str) -> None:
    with pytest.raises(UnreadableDelivery, match="not a delivery"):
        unpack(body)


def test_an_audit_line_holds_no_id_of_a_learner_and_only_the_digest_of_what_changed() -> None:
    line = audit_line(credential="c", kind="key", app="a", route="GET /x", status=200, now_us=0)
    assert line == {
        "time": "1970-01-01T00:00:00.000Z",
        "requestId": "",
        "credential": "c",
        "kind": "key",
        "app": "a",
        "apps": None,
        "route": "GET /x",
        "status": 200,
        "learner": None,
        "changed": None,
        "rows": 0,
    }
    said = audit_line(
        credential="c", kind="key", app="a", route="PUT /x", status=200, now_us=0, changed="urn:x:1", request_id="r",
        rows=3, apps="b", learner="d",
    )  # fmt: skip
    assert (said["requestId"], said["rows"], said["apps"], said["learner"]) == ("r", 3, "b", "d")
    assert said["changed"]
    assert "urn:x:1" not in str(said)


def test_a_learner_is_one_digest_in_any_spelling_and_another_under_another_key() -> None:
    number = "6f1b0c3e-0d5b-4b1c-9c5d-0d4b6b1b2a11"
    spellings = [number, f" urn:uuid:{number.upper()} ", f"urn:uuid:{number}"]
    assert len({learner_digest(b"k", spelling) for spelling in spellings}) == 1
    assert learner_digest(b"k", " Ada@X.example") == learner_digest(b"k", "ada@x.example ")
    assert learner_digest(b"k", "https://x.example/A") != learner_digest(b"k", "https://x.example/a")
    assert learner_digest(b"k", number) != learner_digest(b"other", number)
    assert len(learner_digest(b"k", number)) == 32
