"""The same event again is one event; another content under its id is kept beside it, shown, and counted once."""

import json
from typing import Any

import pytest

from functions.store import keys
from tests.gateway import Service, app_of, key_of, token_of
from tests.payloads import APP, Json, Payloads, envelope

OWN = app_of(APP, "*")
LEARNER = "urn:uuid:0a0a0a0a-0000-4000-8000-000000000001"
SESSION = "urn:uuid:5e550000-0000-4000-8000-000000000001"
RUN = "urn:uuid:40400000-0000-4000-8000-000000000001"


@pytest.fixture
def service() -> Service:
    new_service = Service()
    new_service.register(OWN)
    return new_service


def send(service: Service, *events: Json | str) -> None:
    for event in events:
        body: Any = envelope(event) if isinstance(event, dict) and "data" not in event else event
        assert service.call("POST", "/caliper/event", credential=key_of(OWN), body=body)["statusCode"] == 200
        service.drain()


def ask(service: Service, path: str, **parameters: str) -> Any:
    answer = service.call("GET", path, credential="Bearer " + token_of(OWN), **parameters)
    assert answer["statusCode"] == 200, answer["body"]
    return answer["json"]


def numbers(service: Service) -> dict[str, Any]:
    """Every number of the learner's one session and run, without how many conflicts they rest on."""
    (session,) = ask(service, "/sessions", id=SESSION)["sessions"]
    runs = ask(service, "/runs", actor=LEARNER)["runs"]
    progress = ask(service, "/progress", actor=LEARNER)
    answers: dict[str, Any] = without_conflicts({"session": session, "runs": runs, "progress": progress})
    return answers


def without_conflicts(value: Any) -> Any:
    """`value` without the members that count conflicts."""
    if isinstance(value, dict):
        return {name: without_conflicts(inner) for name, inner in value.items() if name != "conflicts"}
    return [without_conflicts(inner) for inner in value] if isinstance(value, list) else value


def work() -> list[Json]:
    """A session with a run in it: questions, XP and time that a second count would change."""
    payloads = Payloads(6)
    events = [payloads.logged_in(LEARNER, SESSION)]
    for event in (
        payloads.question_graded(LEARNER),
        payloads.xp_graded(LEARNER),
        payloads.activity_completed(LEARNER, RUN),
        payloads.time_spent(LEARNER, RUN),
    ):
        if isinstance(event["actor"], dict):
            event["actor"]["id"] = LEARNER
        events.append(event | {"session": SESSION})
    return events


def stored(service: Service) -> list[str]:
    return sorted(sk for _, sk in service.table.items if sk.startswith(keys.EVENT))


def test_an_event_sent_again_in_whatever_spelling_is_stored_once_and_counted_once(service: Service) -> None:
    send(service, *work())
    once, before = stored(service), numbers(service)
    for event in work():
        turned = dict(reversed(event.items()))
        spaced = json.dumps(envelope(turned), indent=3)
        send(service, event, turned, spaced, spaced.replace("urn:uuid", "\\u0075rn:uuid"))
    assert stored(service) == once
    assert numbers(service) == before
    assert ask(service, "/events", id=work()[1]["id"])["conflict"] is False


def test_a_query_by_id_says_how_often_an_event_arrived(service: Service) -> None:
    first, second = work()[:2]
    send(service, first, second, first, envelope(first, first, second))
    for event, count in ((first, 4), (second, 2)):
        answer = ask(service, "/events", id=event["id"])
        assert answer["arrivals"]["count"] == count
        assert answer["arrivals"]["since"] <= answer["events"][0]["receivedAt"]
        assert len(answer["events"]) == 1
    assert ask(service, "/events", id="urn:uuid:00000000-0000-4000-8000-000000000404")["arrivals"] is None


@pytest.mark.parametrize("number", range(5))
def test_another_content_under_one_id_is_kept_shown_as_a_conflict_and_counted_once(
    service: Service, number: int
) -> None:
    """Whichever of the two comes first, the same one counts."""
    events = work()
    twin = json.loads(json.dumps(events[number]))
    twin["extensions"] = {**twin.get("extensions", {}), "changed": True}
    send(service, *events)
    before = numbers(service)
    send(service, twin)
    answer = ask(service, "/events", id=twin["id"])
    assert answer["conflict"] is True
    assert sorted(bool(row["event"].get("extensions", {}).get("changed")) for row in answer["events"]) == [False, True]
    assert numbers(service) == before
    reverse = Service()
    reverse.register(OWN)
    send(reverse, twin, *events)
    assert numbers(reverse) == numbers(service)


def test_of_two_scores_under_one_id_one_counts_whichever_came_first() -> None:
    answers = []
    for order in ((0, 1), (1, 0)):
        service = Service()
        service.register(OWN)
        events = work()
        scored = events[2]
        twins = [scored, {**scored, "generated": {**scored["generated"], "scoreGiven": 777}}]
        send(service, *events[:2], *events[3:], *(twins[place] for place in order))
        answers.append(numbers(service))
        assert len(ask(service, "/events", id=scored["id"])["events"]) == 2
    assert answers[0] == answers[1]


def test_a_conflict_in_a_closed_session_changes_no_number(service: Service) -> None:
    events = work()
    send(service, *events)
    service.settle(minutes_later=60)
    before = numbers(service)
    assert before["session"]["state"] == "closed"
    send(service, {**events[1], "extensions": {"changed": True}})
    service.settle(minutes_later=200)
    assert numbers(service) == before


def test_an_event_and_a_rejected_one_under_one_id_are_shown_together(service: Service) -> None:
    event = work()[1]
    send(service, event)
    broken = {name: value for name, value in event.items() if name != "object"}
    service.call("POST", "/caliper/event", credential=key_of(OWN), body=envelope(broken))
    service.drain()
    answer = ask(service, "/events", id=event["id"])
    assert (len(answer["events"]), len(answer["rejections"]), answer["conflict"]) == (1, 1, False)
