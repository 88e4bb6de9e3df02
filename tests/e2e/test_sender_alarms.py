"""An app's own alarm on the running stack: it rings and clears; its owner hears of both by webhook and e-mail."""

import json
from collections import Counter
from typing import Any

from functions.operate.sender_alarms.emails import filter_on
from tests.e2e.conftest import Stack
from tests.e2e.envelopes import another_app, described, envelope
from tests.e2e.receivers import receiver
from tests.e2e.test_recordings import bearer

EVENTS = 30
SECRET = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="


class Owner:
    """Who sets the alarms of one app."""

    def __init__(self, stack: Stack) -> None:
        registration = another_app(stack)
        self.stack, self.app_id = stack, registration.app.app_id
        self._headers = {"Authorization": f"Bearer {bearer(stack, registration)}"}

    def call(self, method: str, path: str, body: Any = None, **parameters: str) -> dict[str, Any]:
        answer = self.stack.http.request(
            method, f"{self.stack.endpoint.url}{path}", json=body, params=parameters, headers=self._headers
        )
        assert answer.is_success, answer.text
        answered: dict[str, Any] = answer.json()
        return answered

    def send(self, count: int, **changes: Any) -> None:
        body = envelope(*(described(**changes) for _ in range(count)))
        self.call("POST", "/caliper/event", body)
        for event in (body["data"][0], body["data"][-1]):
            self.stack.wait_for("the event", lambda: self.is_stored(event["id"]))  # noqa: B023

    def is_stored(self, event_id: str) -> bool:
        answer = self.stack.http.get(
            f"{self.stack.endpoint.url}/events", params={"id": event_id}, headers=self._headers
        )
        return answer.is_success and bool(answer.json()["events"])

    def ringing(self) -> list[str]:
        (sender,) = self.call("GET", "/sender-alarms")["senders"]
        return [ring["alarm"] for ring in sender["ringing"]]

    def states(self) -> list[tuple[str, str]]:
        """What an e-mail or a webhook says, as the app's list of events has it."""
        listed = self.call("GET", "/caliper/events", limit="100")["events"]
        return sorted(alarm_in(row) for row in listed if row["action"] in ("Activated", "Deactivated"))


def alarm_in(event: dict[str, Any]) -> tuple[str, str]:
    return event["extensions"]["alarm"], event["extensions"]["state"]


def ask_alarms(stack: Stack) -> None:
    """Have the sweep ask the alarms now, as it does each quarter of an hour."""
    lambdas = stack.client("lambda")
    names = [function["FunctionName"] for function in lambdas.list_functions()["Functions"]]
    (name,) = [name for name in names if "-TimeoutFunction" in name]
    answer = lambdas.invoke(FunctionName=name, Payload=json.dumps({"askAlarms": True}).encode())
    said = answer["Payload"].read()
    assert "FunctionError" not in answer, said


class Mailbox:
    """A queue in the place of an owner's address, with the attributes that `make sender-alarms` gives one."""

    def __init__(self, stack: Stack, app_id: str) -> None:
        self._sqs, sns = stack.client("sqs"), stack.client("sns")
        self._url = self._sqs.create_queue(QueueName="mailbox-of-a-test")["QueueUrl"]
        attributes = self._sqs.get_queue_attributes(QueueUrl=self._url, AttributeNames=["QueueArn"])["Attributes"]
        (topic,) = (row["TopicArn"] for row in sns.list_topics()["Topics"] if "SenderAlarms" in row["TopicArn"])
        sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=attributes["QueueArn"], Attributes=filter_on(app_id))
        self.notices: list[dict[str, Any]] = []

    def look(self) -> list[tuple[str, str]]:
        """What has come so far: of each notice its alarm and state."""
        answer = self._sqs.receive_message(QueueUrl=self._url, MaxNumberOfMessages=10)
        for message in answer.get("Messages", []):
            self._sqs.delete_message(QueueUrl=self._url, ReceiptHandle=message["ReceiptHandle"])
            self.notices.append(json.loads(json.loads(message["Body"])["Message"]))
        return [(notice["alarm"], notice["state"]) for notice in self.notices]


def test_an_alarm_rings_and_clears_and_its_owner_hears_both_once(stack: Stack) -> None:
    owner, another = Owner(stack), Owner(stack)
    mailbox = Mailbox(stack, owner.app_id)
    for each in (owner, another):
        each.call("PUT", "/sender-alarms", {"warningsPercent": 50})
    with receiver(SECRET) as into:
        webhook = {"name": "Alarms", "targetUrl": into.url, "secret": SECRET, "active": True}
        webhook_id = owner.call("POST", "/webhooks", webhook)["webhook"]["id"]
        condition = {"webhookId": webhook_id, "filterType": "string", "active": True}
        for key, operator, value in (
            ("object.type", "eq", "SoftwareApplication"),
            ("action", "in", "Activated,Deactivated"),
        ):
            chosen = {"filterKey": key, "filterOperator": operator, "filterValue": value}
            owner.call("POST", "/webhook-filters", condition | chosen)
        for each in (owner, another):
            each.send(EVENTS, extensions=None)
        ask_alarms(stack)
        ask_alarms(stack)
        both = [("warnings", "cleared"), ("warnings", "ringing")]
        for each in (owner, another):
            stack.wait_for("the alarm", lambda: each.states() == both[1:])  # noqa: B023
        assert owner.ringing() == ["warnings"]
        stack.wait_for("the e-mail", lambda: mailbox.look() == both[1:])
        stack.wait_for("the delivery", lambda: [alarm_in(event) for event in into.events] == both[1:])
        owner.send(2 * EVENTS)
        ask_alarms(stack)
        stack.wait_for("its end", lambda: owner.states() == both)
        assert owner.ringing() == []
        stack.wait_for("the second e-mail", lambda: sorted(mailbox.look()) == both)
        stack.wait_for("the second delivery", lambda: len(into.events) == 2)
        owner.call("DELETE", f"/webhooks/{webhook_id}")
    assert into.faults == []
    assert sorted(alarm_in(event) for event in into.events) == both
    assert Counter(into.taken) == dict.fromkeys(into.taken, 1)
    assert {(notice["app"], notice["message"]) for notice in mailbox.notices} == {
        (event["object"]["id"], event["extensions"]["message"]) for event in into.events
    }
