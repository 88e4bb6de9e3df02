"""What the commands on alarms, aliases and rosters say, and the dictionary that is trained."""

import io
import json
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import zstandard

from functions.core.times import format_time
from functions.operate import train_dictionary
from functions.operate.__main__ import build_parser
from functions.operate.errors import OperateError, SchoolError, SenderAlarmsError
from functions.operate.outcome import Outcome
from functions.operate.sender_alarms.emails import PENDING
from functions.store.sender_alarms.rows import alarms_of
from tests.fakes import MemoryTable
from tests.unit.operate.desk import NOW_US, Desk

ADA = "ada@example.org"
TOPIC = "arn:topic"


class Topics:
    """SNS with one topic: who is subscribed to it, by which policy."""

    def __init__(self) -> None:
        self.policies: dict[str, dict[str, str]] = {}
        self.pending: set[str] = set()
        self.exceptions = SimpleNamespace(InvalidParameterException=LookupError)

    def subscribe(self, *, TopicArn: str, Protocol: str, Endpoint: str, Attributes: dict[str, str]) -> None:  # noqa: N803
        assert (TopicArn, Protocol) == (TOPIC, "email")
        if Endpoint in self.policies:
            raise LookupError(Endpoint)
        self.policies[Endpoint] = Attributes
        self.pending.add(Endpoint)

    def unsubscribe(self, *, SubscriptionArn: str) -> None:  # noqa: N803
        del self.policies[SubscriptionArn.removeprefix("arn:")]

    def get_subscription_attributes(self, *, SubscriptionArn: str) -> Any:  # noqa: N803
        return {"Attributes": self.policies[SubscriptionArn.removeprefix("arn:")]}

    def set_subscription_attributes(self, *, SubscriptionArn: str, AttributeName: str, AttributeValue: str) -> None:  # noqa: N803
        self.policies[SubscriptionArn.removeprefix("arn:")][AttributeName] = AttributeValue

    def get_paginator(self, name: str) -> Any:
        assert name == "list_subscriptions_by_topic"
        return SimpleNamespace(paginate=self._pages)

    def _pages(self, *, TopicArn: str) -> Any:  # noqa: N803
        assert TopicArn == TOPIC
        for endpoint in self.policies:
            arn = PENDING if endpoint in self.pending else f"arn:{endpoint}"
            yield {"Subscriptions": [{"Endpoint": endpoint.upper(), "SubscriptionArn": arn}]}


class Office(Desk):
    """A desk with two apps, at which commands are typed."""

    def __init__(self) -> None:
        super().__init__()
        self.sns, self.events = Topics(), MemoryTable()
        clients = {"sns": self.sns}
        connection = SimpleNamespace(sender_alarms_topic=TOPIC, is_local=False, client=clients.__getitem__)
        self.operator: Any = SimpleNamespace(
            registry=self.registry,
            registry_table=self.table,
            events=self.events,
            connection=connection,
            clock=lambda: NOW_US,
        )
        self.app, self.other = self.register("Reading").app, self.register("Other").app

    def type(self, *words: str) -> Outcome:
        options = build_parser().parse_args(words)
        outcome: Outcome = options.run(self.operator, options)
        return outcome


@pytest.fixture
def office() -> Office:
    return Office()


NOTHING = "nothing is told: name a setting, as SILENT_HOURS=4"


@pytest.mark.parametrize(
    ("options", "line"),
    [
        ([], NOTHING),
        (["--silent-hours", "4"], "told: silent for 4 hours of school (Mon-Fri 08:00-16:00 UTC)"),
        (["--rejects-percent", "5"], "told: over 5 % of two days' items rejected"),
        (["--warnings-percent", "6"], "told: over 6 % of two days' items with warnings"),
        (["--new-codes"], "told: a finding that it never had before"),
        (["--clock"], "told: items that state times after they arrived"),
    ],
)
def test_each_alarm_that_is_set_is_told_by_its_words(office: Office, options: list[str], line: str) -> None:
    said = office.type("sender-alarms", "Reading", *options)
    assert said.text == line
    assert office.type("sender-alarms", "Reading").text == line, "as it was kept"
    known = alarms_of(office.table, [office.app, office.other])
    assert known[office.other.tenant].is_wanted is False
    assert known[office.app.tenant].is_wanted is bool(options)
    gone = office.type("sender-alarms", "Reading", "--remove")
    assert gone.data == {"app": office.app.app_id, "removed": True}
    assert office.type("sender-alarms", "Reading").text == NOTHING


def test_every_setting_that_cannot_be_is_named_by_its_option(office: Office) -> None:
    with pytest.raises(SenderAlarmsError) as caught:
        office.type("sender-alarms", "Reading", "--silent-hours=-1", "--rejects-percent=101", "--hours=always")
    said = str(caught.value)
    assert all(said.count(f"--{name} ") == 1 for name in ("silent-hours", "rejects-percent", "hours"))
    assert alarms_of(office.table, [office.app])[office.app.tenant].is_wanted is False


def test_an_address_hears_of_several_apps_until_it_is_taken_off_each(office: Office) -> None:
    said = office.type("sender-alarms", "Reading", "--clock", "--email", f" {ADA.upper()}").text
    assert said.splitlines()[-1] == f"{ADA} gets an e-mail with a link to confirm; until then nothing is sent there."
    for words in (["--email", ADA], ["--email", ADA, "--remove"]):
        with pytest.raises(SenderAlarmsError, match="has not opened"):
            office.type("sender-alarms", "Other", *words)
    office.sns.pending.clear()
    policy = office.sns.policies[ADA]
    for name in ("Other", "Reading"):
        assert office.type("sender-alarms", name, "--email", ADA).text.endswith(f"{ADA} hears of it.")
    ids = sorted([office.app.app_id, office.other.app_id])
    assert policy == {"FilterPolicy": json.dumps({"app": ids}), "FilterPolicyScope": "MessageBody"}
    off = office.type("sender-alarms", "Reading", "--email", ADA, "--remove")
    assert off.data == {"app": office.app.app_id, "removed": True}
    assert off.text == f"{ADA} does not hear of it any more."
    assert json.loads(policy["FilterPolicy"]) == {"app": [office.other.app_id]}
    assert alarms_of(office.table, [office.app])[office.app.tenant].clock, "what is told stays"
    with pytest.raises(SenderAlarmsError, match="does not hear of this app"):
        office.type("sender-alarms", "Reading", "--email", ADA, "--remove")
    office.type("sender-alarms", "Other", "--email", ADA, "--remove")
    assert office.sns.policies == {}
    with pytest.raises(SenderAlarmsError, match="does not hear of this app"):
        office.type("sender-alarms", "Other", "--email", ADA, "--remove")


def test_without_a_topic_no_address_can_be_told(office: Office) -> None:
    for changes in ({"sender_alarms_topic": ""}, {"is_local": True}):
        office.operator.connection = SimpleNamespace(**vars(Office().operator.connection) | changes)
        for words in ([], ["--remove"]):
            with pytest.raises(SenderAlarmsError, match="sends no e-mails"):
                office.type("sender-alarms", "Reading", "--email", ADA, *words)


def test_an_alias_is_told_where_it_counts(office: Office) -> None:
    assert office.type("alias", "urn:a", "--app", "Reading").text == "urn:a has no other id."
    office.type("alias", "urn:a", "--alias", "urn:b", "--app", "Reading")
    said = office.type("alias", "urn:a", "--alias", "urn:c", "--app", "Reading")
    assert said.data == {"person": "urn:a", "aliases": ["urn:b", "urn:c"]}
    assert said.text == "urn:a\n  alias urn:b\n  alias urn:c"
    assert office.type("alias", "urn:a", "--app", "Other").data["aliases"] == []
    back = office.type("alias", "urn:b", "--app", "Reading", "--remove")
    assert back.data == {"removed": "urn:b", "person": "urn:a"}
    assert back.text.startswith("urn:b is no alias of urn:a any more.")
    with pytest.raises(SchoolError, match=r"^urn:b is no alias there"):
        office.type("alias", "urn:b", "--app", "Reading", "--remove")


def test_a_file_of_aliases_is_taken_and_taken_back(office: Office, tmp_path: Path) -> None:
    path = tmp_path / "pairs.csv"
    path.write_text("person,alias\nurn:a,urn:b\n,urn:c\n")
    said = office.type("aliases", str(path), "--app", "*")
    assert said.text == "1 aliases known; 1 rows name no two ids"
    assert said.holds
    back = office.type("aliases", str(path), "--app", "*", "--remove")
    assert back.text == "1 aliases taken back; 1 rows name no two ids"
    assert back.data == {"aliases": 1, "without": 1, "refused": 0}


def school(folder: Path, *enrolled: tuple[str, str]) -> str:
    """Two users, two classes of one course, and who is enrolled in which class."""
    (folder / "users.csv").write_text("sourcedId,givenName,familyName\nu1,Ada,L\nu2,Ben,M\n")
    (folder / "classes.csv").write_text("sourcedId,title,courseSourcedId\nc1,One,math\nc2,Two,math\n")
    rows = "".join(f"{number},{user},{of_class},student\n" for number, (user, of_class) in enumerate(enrolled))
    (folder / "enrollments.csv").write_text(f"sourcedId,userSourcedId,classSourcedId,role\n{rows}")
    return str(folder)


def test_a_roster_is_told_with_its_numbers(office: Office, tmp_path: Path) -> None:
    folder = school(tmp_path, ("u1", "c1"), ("u2", "c2"), ("u3", "c1"))
    said = office.type("roster", folder, "--app", "Reading")
    assert said.data == {"users": 2, "courses": 1, "enrolments": 2, "leftOut": 1, "deleted": 0}
    assert said.text == "2 people, 1 courses, 2 enrolments; 1 enrolments name no one or no class that is in the files"
    office.operator.clock = lambda: NOW_US + 1_000_000
    part = office.type("roster", school(tmp_path, ("u1", "c1")), "--app", "Reading", "--part")
    assert (part.data["deleted"], part.text) == (0, "2 people, 1 courses, 1 enrolments")
    office.operator.clock = lambda: NOW_US + 2_000_000
    whole = office.type("roster", folder, "--app", "Reading")
    assert whole.data["deleted"] > 0
    assert whole.text == f"2 people, 1 courses, 1 enrolments; {whole.data['deleted']} rows of earlier imports are gone"


def test_a_roster_of_no_one_is_refused_unless_it_is_a_part(office: Office, tmp_path: Path) -> None:
    folder = school(tmp_path)
    (tmp_path / "users.csv").write_text("sourcedId\n")
    with pytest.raises(SchoolError, match="names no one, so it would delete the whole roster"):
        office.type("roster", folder, "--app", "Reading")
    assert office.type("roster", folder, "--app", "Reading", "--part").data["users"] == 0


def standard_input(monkeypatch: pytest.MonkeyPatch, lines: list[bytes]) -> None:
    text = b"".join(line + b"\n" for line in lines)
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(text)))


def test_a_dictionary_is_trained_on_lines_into_a_new_file(
    office: Office, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    samples = [
        b'{"id": "urn:uuid:%08d", "type": "ViewEvent", "action": "Viewed", "time": "%s"}'
        % (number * 7919, format_time(number * 1_000_003).encode())
        for number in range(3000)
    ]
    standard_input(monkeypatch, samples)
    file = tmp_path / "new.zdict"
    said = office.type("train-dictionary", str(file))
    assert said.data == {"file": str(file), "samples": 3000}
    trained = file.read_bytes()
    assert len(trained) <= train_dictionary.DICTIONARY_BYTES == 32_768
    assert trained == train_dictionary.train(samples)
    with_it = zstandard.ZstdCompressor(dict_data=zstandard.ZstdCompressionDict(trained)).compress(samples[5])
    assert len(with_it) < len(zstandard.ZstdCompressor().compress(samples[5]))
    standard_input(monkeypatch, samples)
    with pytest.raises(FileExistsError):
        office.type("train-dictionary", str(file))
    standard_input(monkeypatch, samples[:2])
    with pytest.raises(OperateError, match="2 samples do not make a dictionary"):
        office.type("train-dictionary", str(tmp_path / "other.zdict"))
