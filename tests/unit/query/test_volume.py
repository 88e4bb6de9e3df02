"""How much an app sent: counted once a batch, however often SQS delivers it, and by the codes of its rejections."""

import json
from collections import Counter

from functions.core.messages import Item
from functions.http.gate import KEY_SCOPES
from functions.store.queue import SetAside
from functions.store.registry import Registry
from tests.payloads import APP
from tests.unit.query.world import NINE_US, OTHER_APP, World, app_of

DAY_US = 86_400_000_000


def finding(code: str, severity: str = "error") -> dict[str, str]:
    return {"severity": severity, "code": code, "pointer": "", "message": "m", "source": "s"}


def reject(world: World, *codes: str, received_us: int = NINE_US) -> None:
    raw = json.dumps({"id": world.payloads.urn()}).encode()
    world.send_items(Item("rejection", raw, [finding(code) for code in codes]), received_us=received_us)


def test_days_are_listed_newest_first_with_what_was_stored_and_refused_by_code() -> None:
    world = World()
    world.send(world.event(0), world.event(1))
    reject(world, "time")
    reject(world, "time", "required", "required")
    reject(world, "edapp", received_us=NINE_US + DAY_US)
    assert world.get("/volume") == {
        "app": APP,
        "days": [
            {"day": "2026-03-03", "accepted": 0, "rejected": 1, "codes": {"edapp": 1}},
            {"day": "2026-03-02", "accepted": 2, "rejected": 2, "codes": {"time": 2, "required": 1}},
        ],
        "credentials": [],
    }
    assert [day["day"] for day in world.get("/volume", from_="2026-03-03")["days"]] == ["2026-03-03"]
    assert [day["day"] for day in world.get("/volume", to="2026-03-03")["days"]] == ["2026-03-02"]


def test_a_batch_that_is_delivered_again_counts_once() -> None:
    world = World()
    reject(world, "time")
    world.store(*world.parts)
    (day,) = world.get("/volume")["days"]
    assert (day["rejected"], day["codes"]) == (1, {"time": 1})


def test_a_batch_without_rejections_costs_no_count_of_them() -> None:
    world = World()
    world.send(world.event(0))
    before = Counter(world.calls.counts)["count_once"]
    world.send(world.event(1))
    assert Counter(world.calls.counts)["count_once"] - before <= 1


def test_a_warning_is_no_reason_of_a_rejection() -> None:
    world = World()
    world.send_items(Item("rejection", b"{}", [finding("time"), finding("unknown-action", "warning")]))
    (day,) = world.get("/volume")["days"]
    assert day["codes"] == {"time": 1}


def test_volume_of_another_app_is_not_told() -> None:
    world = World()
    world.register(OTHER_APP)
    assert world.refused("/volume", app=OTHER_APP) == (403, "foreign-app")


def test_the_volume_of_all_apps_is_not_that_of_one() -> None:
    world = World()
    world.as_admin()
    assert world.refused("/volume", app="*") == (400, "one-app")


def test_an_admin_sees_the_credentials_of_an_app_with_their_last_use_and_without_a_secret() -> None:
    world = World()
    world.register(APP)
    registry = Registry(world.table)
    app = app_of(APP)
    registry.add_key("ck_the-secret", app=app, scopes=KEY_SCOPES, label="Moodle", now_us=NINE_US)
    assert world.get("/volume")["credentials"] == []
    world.as_admin()
    (row,) = world.get("/volume")["credentials"]
    assert (row["kind"], row["label"], row["lastUsedOn"]) == ("key", "Moodle", None)
    assert "the-secret" not in str(row)
    (credential,) = registry.credentials(app)
    registry.note_use(credential, "20260302")
    assert world.get("/volume")["credentials"][0]["lastUsedOn"] == "2026-03-02"


class Queues:
    """A queue with three messages, and a dead letter that nobody can read."""

    def waiting(self) -> int:
        return 3

    def set_aside(self) -> int:
        return 2

    def letters(self) -> list[SetAside]:
        return [SetAside("{]", "Unreadable")]


def test_operations_are_for_admins_and_tell_no_content() -> None:
    world = World()
    assert world.refused("/operations") == (403, "insufficient_scope")
    world.as_admin()
    world.queues = Queues()
    answer = world.ask("/operations")
    body = json.loads(answer["body"])
    assert answer["statusCode"] == 200
    assert body["queue"]["waiting"] == 3
    assert body["deadLetters"]["count"] == 2
    assert "cannot be read" in body["deadLetters"]["letters"][0]["reason"]
    assert "{]" not in answer["body"]


def test_the_sweep_is_behind_by_the_timer_that_was_due_first() -> None:
    world = World()
    world.send(world.event(0))
    world.set_clock(45)
    world.as_admin()
    sweep = world.get("/operations")["sweep"]
    assert sweep["overdueTimers"] == 1
    assert 0 < sweep["lagSeconds"] <= 15 * 60
    assert sweep["paused"] is False


def test_a_learner_is_known_by_the_address_that_events_gave() -> None:
    world = World()
    spent = world.payloads.time_spent("urn:uuid:0a0a0a0a-0000-4000-8000-000000000001")
    world.send(spent)
    actor = spent["actor"]
    assert world.get("/learners", email=actor["email"].upper())["learners"] == [{"actor": actor["id"], "app": APP}]
    assert world.get("/learners", email="nobody@example.org")["learners"] == []
