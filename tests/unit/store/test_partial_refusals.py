"""AWS takes a batch in part: what it refused is named, kept or sent again, and nothing else is."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from functions.core.webhooks.delivery import Delivery
from functions.operate.recovery import dead_letters
from functions.operate.recovery.redrive import redrive
from functions.store.bus import EventBridgeBus, Notice, Unpublished
from functions.store.dynamodb.batches import UNPROCESSED_ROUNDS, Batches, Unprocessed
from functions.store.dynamodb.table import DynamoTable, Row
from functions.store.queue import SqsInFlight, SqsQueue
from functions.store.webhooks.delivery_queue import DELAY_MAX_S, NotQueued, SqsDeliveryQueue, delay_s
from tests.aws_rules.client import RefusingClient

SECOND_US = 1_000_000


class Sqs:
    """Answers for each entry; refuses those whose place in the whole is in `refused`, and holds what it took."""

    def __init__(self, *refused: int, codes: bool = True) -> None:
        self.refused, self.codes = set(refused), codes
        self.taken: list[str] = []
        self.calls: list[list[dict[str, Any]]] = []
        self.letters: dict[str, str] = {}
        self.visible_again: list[str] = []

    def _answer(self, entries: list[dict[str, Any]], take: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
        before = sum(map(len, self.calls))
        self.calls.append(entries)
        places = {entry["Id"]: before + number for number, entry in enumerate(entries)}
        successful = [entry for entry in entries if places[entry["Id"]] not in self.refused]
        failed = [{"Id": entry["Id"], "Code": "InternalError"} for entry in entries if entry not in successful]
        for entry in successful:
            take(entry)
        return {"Successful": [{"Id": entry["Id"]} for entry in successful], "Failed": failed if self.codes else []}

    def send_message_batch(self, **request: Any) -> dict[str, Any]:
        return self._answer(request["Entries"], lambda entry: self.taken.append(entry["MessageBody"]))

    def receive_message(self, **_: Any) -> dict[str, Any]:
        hidden = [(name, body) for name, body in self.letters.items()]
        messages = [{"MessageId": name, "ReceiptHandle": f"r-{name}", "Body": body} for name, body in hidden]
        return {"Messages": messages} if messages else {}

    def delete_message_batch(self, **request: Any) -> dict[str, Any]:
        def take(entry: dict[str, Any]) -> None:
            del self.letters[entry["ReceiptHandle"].removeprefix("r-")]

        return self._answer(request["Entries"], take)

    def change_message_visibility(self, **request: Any) -> None:
        self.visible_again.append(request["ReceiptHandle"].removeprefix("r-"))

    def change_message_visibility_batch(self, **request: Any) -> dict[str, Any]:
        return self._answer(request["Entries"], lambda entry: self.visible_again.append(entry["ReceiptHandle"]))


@pytest.mark.parametrize("refused", [(), (0,), (9,), (10,), (3, 12, 20), tuple(range(25))])
def test_the_positions_that_sqs_did_not_take_are_those_of_the_whole_and_not_of_its_batch(
    refused: tuple[int, ...],
) -> None:
    sqs: Any = Sqs(*refused)
    bodies = [f"b{number}" for number in range(25)]
    assert SqsQueue(sqs, "q").send(bodies, group="g") == sorted(refused)
    assert sqs.taken == [body for number, body in enumerate(bodies) if number not in refused]
    assert [len(entries) for entries in sqs.calls] == [10, 10, 5]
    assert {entry["MessageGroupId"] for entries in sqs.calls for entry in entries} == {"g"}


def delivery(number: int, *, due_us: int = 0) -> Delivery:
    return Delivery(tenant="t", webhook=f"w{number}", key="k", since_us=0, due_us=due_us)


def test_a_delivery_that_sqs_did_not_take_raises_so_that_the_batch_is_stored_again() -> None:
    sqs: Any = Sqs(11)
    with pytest.raises(NotQueued, match="1 of 2 deliveries"):
        SqsDeliveryQueue(sqs, "q").send([delivery(number) for number in range(12)], now_us=0)
    assert len(sqs.taken) == 11
    whole: Any = Sqs()
    SqsDeliveryQueue(whole, "q").send([delivery(number) for number in range(12)], now_us=0)
    assert len(whole.taken) == 12
    assert {entry["MessageGroupId"] for entries in whole.calls for entry in entries} == {f"w{n}" for n in range(12)}


@pytest.mark.parametrize(
    ("due_us", "held_s"),
    [(-1, 0), (0, 0), (1, 1), (SECOND_US, 1), (SECOND_US + 1, 2), (900 * SECOND_US, 900), (900 * SECOND_US + 1, 900)],
)
def test_a_delivery_is_held_until_it_is_due_and_as_long_as_sqs_can(due_us: int, held_s: int) -> None:
    assert delay_s(delivery(0, due_us=due_us), now_us=0) == held_s
    assert DELAY_MAX_S == 900


def test_messages_are_given_back_ten_at_a_time() -> None:
    sqs: Any = Sqs(3)
    receipts = [f"r{number}" for number in range(21)]
    SqsInFlight(sqs, "q").show_again(receipts, after_s=5)
    assert [len(entries) for entries in sqs.calls] == [10, 10, 1]
    assert {entry["VisibilityTimeout"] for entries in sqs.calls for entry in entries} == {5}
    assert sqs.visible_again == [receipt for number, receipt in enumerate(receipts) if number != 3]


@pytest.mark.parametrize("codes", [True, False])
def test_a_dead_letter_that_sqs_does_not_delete_is_not_said_to_be_deleted(codes: bool) -> None:
    sqs = Sqs(1, codes=codes)
    sqs.letters = {"a": "1", "b": "2", "c": "3"}
    assert dead_letters.delete(sqs, "dead", None) == ["a", "c"]
    assert sqs.letters == {"b": "2"}
    assert sqs.visible_again == ["b"]


def test_dead_letters_of_other_ids_stay_and_are_visible_again() -> None:
    sqs = Sqs()
    sqs.letters = {"a": "1", "b": "2"}
    assert dead_letters.delete(sqs, "dead", ["b"]) == ["b"]
    assert (sqs.letters, sqs.visible_again) == ({"a": "1"}, ["a"])


def test_a_dead_letter_that_no_version_can_read_is_not_sent_again() -> None:
    sqs = Sqs()
    sqs.letters = {"a": "no message"}
    redriven = redrive(sqs, "dead", "queue")
    assert (redriven.moved, list(redriven.kept)) == ([], ["a"])
    assert (sqs.letters, sqs.taken) == ({"a": "no message"}, [])


class Events:
    def __init__(self, *failed: int) -> None:
        self.failed = list(failed)
        self.calls: list[int] = []

    def put_events(self, **request: Any) -> dict[str, Any]:
        self.calls.append(len(request["Entries"]))
        return {"FailedEntryCount": self.failed.pop(0)} if self.failed else {"FailedEntryCount": 0}


def test_a_notice_that_the_bus_did_not_take_raises_also_in_a_later_batch() -> None:
    notices: list[Notice] = [("SessionEnded", {"n": number}) for number in range(21)]
    for failed in ((1,), (0, 2), (0, 0, 1)):
        events: Any = Events(*failed)
        with pytest.raises(Unpublished, match=f"{failed[-1]} of"):
            EventBridgeBus(events, "bus").publish(notices)
    taking: Any = Events()
    EventBridgeBus(taking, "bus").publish(notices)
    assert taking.calls == [10, 10, 1]


class Dynamo(RefusingClient):
    """Hands back all of a batch but its first entry, `rounds` times."""

    def __init__(self, rounds: int) -> None:
        self.rounds = rounds
        self.requests: list[Any] = []
        self.consistency: list[bool] = []


def handing_back(monkeypatch: pytest.MonkeyPatch, client: Dynamo) -> None:
    def batch_write(_client: Any, pending: Any) -> Any:
        client.requests.append([*pending["t"]])
        if client.rounds == 0:
            return {}
        client.rounds -= 1
        return {"t": pending["t"][1:]} if len(pending["t"]) > 1 else {}

    def batch_get(_client: Any, pending: Any) -> Any:
        requests = pending["t"]
        client.requests.append([*requests["Keys"]])
        client.consistency.append(requests["ConsistentRead"])
        back = requests["Keys"][1:] if client.rounds else []
        client.rounds -= bool(client.rounds)
        answered = requests["Keys"][: len(requests["Keys"]) - len(back)]
        answer: dict[str, Any] = {"Responses": {"t": answered}}
        return answer | ({"UnprocessedKeys": {"t": {**requests, "Keys": back}}} if back else {})

    monkeypatch.setattr("functions.store.dynamodb.wire.batch_write", batch_write)
    monkeypatch.setattr("functions.store.dynamodb.wire.batch_get", batch_get)


ROWS: list[Row] = [{"pk": "p", "sk": f"s{number}"} for number in range(3)]
KEYS = [("p", f"s{number}") for number in range(3)]


@pytest.mark.parametrize("consistent", [True, False])
def test_keys_that_are_handed_back_are_asked_for_again_and_all_rows_come(
    monkeypatch: pytest.MonkeyPatch, consistent: bool
) -> None:
    client: Any = Dynamo(rounds=2)
    handing_back(monkeypatch, client)
    pauses: list[float] = []
    table = DynamoTable(client, "t", pause=pauses.append)
    assert set(table.get_all(KEYS, consistent=consistent)) == set(KEYS)
    assert [len(requests) for requests in client.requests] == [3, 2, 1]
    assert set(client.consistency) == {consistent}
    assert len(pauses) == 2


def test_a_read_is_consistent_unless_it_says_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    client: Any = Dynamo(rounds=0)
    handing_back(monkeypatch, client)
    DynamoTable(client, "t").get_all(KEYS)
    assert client.consistency == [True]


@pytest.mark.parametrize("write", ["put", "delete"])
def test_what_is_handed_back_is_written_again_and_given_up_after_eight_rounds(
    monkeypatch: pytest.MonkeyPatch, write: str
) -> None:
    def written(rounds: int) -> tuple[list[int], list[float]]:
        client: Any = Dynamo(rounds)
        many = 3 if rounds <= 2 else 12
        handing_back(monkeypatch, client)
        pauses: list[float] = []
        batches = Batches(client, "t", pauses.append)
        rows: list[Row] = [{"pk": "p", "sk": f"s{number}"} for number in range(many)]
        if write == "put":
            batches.put(rows)
        else:
            batches.delete([("p", f"s{number}") for number in range(many)])
        return [len(requests) for requests in client.requests], pauses

    assert written(2)[0] == [3, 2, 1]
    assert UNPROCESSED_ROUNDS == 8
    with pytest.raises(Unprocessed, match="4 items were handed back 8 times"):
        written(8)


def test_pauses_grow_and_stay_below_six_seconds_in_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("functions.store.dynamodb.batches.random.uniform", lambda _low, high: high)
    client: Any = Dynamo(rounds=7)
    handing_back(monkeypatch, client)
    pauses: list[float] = []
    Batches(client, "t", pauses.append).put({"pk": "p", "sk": f"s{number}"} for number in range(12))
    assert pauses == [0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2]


class Transactions(RefusingClient):
    """Cancels a transaction for the reasons that it is given, one list a call."""

    def __init__(self, *reasons: list[str]) -> None:
        self.reasons = list(reasons)
        self.calls = 0

    def transact_write_items(self, **_: Any) -> None:
        self.calls += 1
        if self.reasons:
            codes = [{"Code": code} for code in self.reasons.pop(0)]
            answer: Any = {"Error": {"Code": "TransactionCanceledException"}, "CancellationReasons": codes}
            raise self.exceptions.TransactionCanceledException(answer, "TransactWriteItems")


MARKER: Row = {"pk": "m", "sk": "m", "expires": 1}


def counting(*reasons: list[str]) -> tuple[Transactions, DynamoTable]:
    client: Any = Transactions(*reasons)
    return client, DynamoTable(client, "t", pause=lambda _: None)


def test_a_count_that_meets_another_change_is_tried_again() -> None:
    client, table = counting(["None", "TransactionConflict"], ["TransactionConflict", "None"])
    assert table.count_once(MARKER, {("c", "c"): 1})
    assert client.calls == 3


def test_a_count_whose_marker_is_there_is_not_made_twice() -> None:
    client, table = counting(["ConditionalCheckFailed", "None"])
    assert not table.count_once(MARKER, {("c", "c"): 1})
    assert client.calls == 1


def test_a_count_that_always_meets_another_change_is_given_up() -> None:
    client, table = counting(*[["None", "TransactionConflict"]] * UNPROCESSED_ROUNDS)
    with pytest.raises(Unprocessed, match="8 times"):
        table.count_once(MARKER, {("c", "c"): 1})
    assert client.calls == UNPROCESSED_ROUNDS


@pytest.mark.parametrize("reason", ["ConditionalCheckFailed", "TransactionConflict"])
def test_rows_that_belong_together_are_not_put_if_one_changed_meanwhile(reason: str) -> None:
    _, table = counting(["None", reason])
    assert not table.put_all_if([(ROWS[0], None), (ROWS[1], 1)])


@pytest.mark.parametrize("reason", ["ThrottlingError", "ProvisionedThroughputExceeded"])
def test_a_transaction_that_is_throttled_raises(reason: str) -> None:
    _, table = counting(["None", reason])
    with pytest.raises(ClientError):
        table.put_all_if([(ROWS[0], None), (ROWS[1], 1)])
