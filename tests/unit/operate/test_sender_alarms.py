"""`make sender-alarms`: what is set, what rings, and who gets an e-mail."""

import json
from types import SimpleNamespace
from typing import Any

import pytest

from functions.core.apps import App
from functions.core.sender_alarms.alarms import Rings
from functions.operate.__main__ import build_parser
from functions.operate.errors import SenderAlarmsError
from functions.operate.outcome import Outcome
from functions.operate.sender_alarms.command import change_alarms
from functions.store import keys
from functions.store.registry import Registry
from functions.store.sender_alarms.rows import alarms_of, every_alarm, rings_row
from tests.fakes import MemoryTable

APP = App(
    app_id="https://learn.example.org/app", tenant=keys.tenant_of("https://learn.example.org/app"), name="Reading"
)


class Desk:
    """An operator over a registry in memory, and the topic that e-mails."""

    def __init__(self, *, is_local: bool = False) -> None:
        self.table, self.subscribed = MemoryTable(), list[dict[str, Any]]()
        pages = SimpleNamespace(paginate=lambda **_: [{"Subscriptions": []}])
        sns = SimpleNamespace(
            subscribe=lambda **request: self.subscribed.append(request), get_paginator=lambda _name: pages
        )
        self.operator: Any = SimpleNamespace(
            registry_table=self.table,
            events=self.table,
            registry=Registry(self.table),
            clock=lambda: 7,
            connection=SimpleNamespace(sender_alarms_topic="arn:topic", is_local=is_local, client=lambda _name: sns),
        )
        self.operator.registry.add_app(APP, now_us=0)

    def type(self, *words: str) -> Outcome:
        return change_alarms(self.operator, build_parser().parse_args(["sender-alarms", *words, "Reading"]))


def test_settings_are_added_changed_and_removed() -> None:
    desk = Desk()
    assert "nothing is told" in desk.type().text
    desk.type("--silent-hours", "4", "--hours", "Mon-Fri 08:00-16:00 America/New_York", "--clock")
    desk.type("--rejects-percent", "5", "--no-clock")
    alarms = alarms_of(desk.table, [APP])[APP.tenant]
    assert (alarms.silent_hours, alarms.rejects_percent, alarms.clock, alarms.since_us) == (4, 5, False, 7)
    assert "told: silent for 4 hours of school (Mon-Fri 08:00-16:00 America/New_York)" in desk.type().text
    desk.type("--remove")
    assert [alarms.is_wanted for alarms in every_alarm(desk.table)] == [False]


def test_what_rings_is_shown() -> None:
    desk = Desk()
    rings = Rings(ringing={"silent": (0, "Nothing was received.")}, version=1)
    desk.table.put_all([rings_row(APP.tenant, rings, expires_s=1)])
    assert "RINGS since 1970-01-01T00:00:00.000Z: silent: Nothing was received." in desk.type().text


def test_an_address_hears_of_its_own_app_alone() -> None:
    desk = Desk()
    desk.type("--email", "Ada@example.org", "--clock")
    (request,) = desk.subscribed
    assert (request["Endpoint"], request["Protocol"]) == ("ada@example.org", "email")
    assert json.loads(request["Attributes"]["FilterPolicy"]) == {"app": [APP.app_id]}


def test_a_stack_on_a_laptop_sends_no_e_mail_and_says_so() -> None:
    with pytest.raises(SenderAlarmsError, match="e-mails"):
        Desk(is_local=True).type("--email", "ada@example.org")


@pytest.mark.parametrize("words", [("--silent-hours", "-1"), ("--rejects-percent", "100"), ("--hours", "always")])
def test_a_setting_that_cannot_be_is_refused_with_what_to_write(words: tuple[str, ...]) -> None:
    with pytest.raises(SenderAlarmsError):
        Desk().type(*words)
