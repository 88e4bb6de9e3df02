"""Apps and credentials as an operator reads them: settings by their words, secrets once, states by their time."""

from copy import replace
from typing import Any

import pytest

from functions.core.apps import App
from functions.core.privacy.keeping import MOST_DAYS, Keeping
from functions.core.times import FIRST_US, format_time
from functions.http.gate import KEY_SCOPES
from functions.operate.connection import StackConnection
from functions.operate.errors import RegistryError
from functions.operate.registry.credentials import Issued
from functions.operate.registry.keeping import check_keeping, keeping_texts
from functions.operate.registry.registration import Registration
from functions.operate.registry.summary import (
    app_text,
    credential_text,
    issued_text,
    last_used_text,
    registration_text,
    state_of,
)
from functions.store.rows.credentials import Credential
from tests.connections import connection_to
from tests.unit.operate.desk import NOW_US, Desk

APP = App(app_id="urn:app", tenant="t", name="Fractions", edapps=("urn:app", "urn:tools*"))
WARNED = "departures from the standard are warnings"
NOW = format_time(NOW_US)


def test_an_app_with_nothing_set_is_told_in_four_lines() -> None:
    assert app_text(APP).splitlines() == [
        "Fractions",
        "  app id         urn:app",
        "  speaks for     urn:app, urn:tools*",
        f"  judged         {WARNED}",
    ]


@pytest.mark.parametrize(
    ("settings", "judged"),
    [
        ({"strict": True}, "departures from the standard are rejected"),
        ({"house": "timeback"}, f"{WARNED}; house rules: timeback"),
        ({"caliper_1_0": True}, f"{WARNED}; Caliper 1.0 is taken"),
        ({"auto_attach": True}, f"{WARNED}; events without a session join the learner's"),
        ({"signed_by": "https://k"}, f"{WARNED}; bodies are signed by a key of https://k"),
        ({"unique_ids": True}, f"{WARNED}; another content under an id is refused"),
        ({"idle": ((FIRST_US, 30), (NOW_US, 2.5))}, f"{WARNED}; idle after 2.5 minutes"),
        ({"heartbeat": ((FIRST_US, 30), (NOW_US, 5.0))}, f"{WARNED}; heartbeats within 5 minutes"),
    ],
)
def test_each_setting_of_an_app_has_its_words(settings: dict[str, Any], judged: str) -> None:
    *_, last = app_text(replace(APP, **settings)).splitlines()
    assert last == f"  judged         {judged}"


@pytest.mark.parametrize(
    ("keeping", "words"),
    [
        (Keeping(table_days=30), "the table keeps it 30 days"),
        (Keeping(archive_days=60), "archive and lake keep it 60 days"),
        (Keeping(left_out=("name", "email")), "left out: name, email"),
        (Keeping(pseudonymous=True), "what gives a person's name is rejected"),
    ],
)
def test_each_setting_of_keeping_has_its_words(keeping: Keeping, words: str) -> None:
    assert keeping_texts(keeping) == [words]
    assert app_text(replace(APP, keeping=keeping)).splitlines()[4:] == [f"  kept           {words}"]
    assert keeping_texts(Keeping()) == []


@pytest.mark.parametrize(
    ("keeping", "said"),
    [
        (Keeping(left_out=("name", "shoes")), "There is no kind of field 'shoes' to leave out: kinds are "),
        (Keeping(table_days=-1), "The retention days must be from 0 to 36500"),
        (Keeping(table_days=MOST_DAYS + 1), "The retention days must be from 0 to 36500"),
        (Keeping(archive_days=-1), "The archive days must be from 0 to 36500"),
        (Keeping(archive_days=MOST_DAYS + 1), "The archive days must be from 0 to 36500"),
        (Keeping(table_days=31, archive_days=30), "The archive must keep what the table keeps"),
    ],
)
def test_keeping_that_cannot_be_is_refused_and_so_is_an_app_with_it(desk: Desk, keeping: Keeping, said: str) -> None:
    for refused in (lambda: check_keeping(keeping), lambda: desk.register(keeping=keeping)):
        with pytest.raises(RegistryError) as caught:
            refused()
        assert str(caught.value).startswith(said)
    assert desk.registry.apps() == []


@pytest.mark.parametrize(
    "keeping",
    [
        Keeping(),
        Keeping(table_days=MOST_DAYS),
        Keeping(archive_days=MOST_DAYS, table_days=MOST_DAYS),
        Keeping(archive_days=1, table_days=1),
        Keeping(archive_days=1),
        Keeping(left_out=("name",)),
    ],
)
def test_keeping_that_can_be_is_registered(desk: Desk, keeping: Keeping) -> None:
    assert desk.register(keeping=keeping).app.keeping == keeping


def test_a_registration_shows_its_secrets_and_how_to_send_and_read() -> None:
    connection = connection_to(StackConnection, url="https://api", token_url="https://api/token")
    registration = Registration(app=APP, client_id="the-id", client_secret="the-secret", sensor_key="ck_key")
    said = registration_text(registration, connection)
    assert said.startswith(f"Registered {app_text(APP)}\n")
    assert [line.split()[-1] for line in said.splitlines()[4:7]] == ["the-id", "the-secret", "ck_key"]
    send = "-H 'Content-Type: application/json' -d @envelope.json"
    assert f"  curl https://api/caliper/event -H 'Authorization: Bearer ck_key' {send}\n" in said
    assert said.endswith("  curl https://api/token -u 'the-id:the-secret' -d grant_type=client_credentials")
    assert "the-secret" not in repr(registration)
    assert "ck_key" not in repr(registration)


KEY = Credential(digest="d", kind="key", tenant="t", scopes=KEY_SCOPES, created_us=NOW_US)
CLIENT = replace(KEY, kind="client", client_id="the-id", label="nightly")


def test_a_new_credential_is_shown_with_its_id() -> None:
    last = "It is shown this once: keep it now."
    assert issued_text(Issued(credential=KEY, secret="ck_key")).splitlines() == [
        "sensor key     ck_key",
        "id             key_d",
        last,
    ]
    assert issued_text(Issued(credential=CLIENT, secret="s")).splitlines() == [
        "OAuth client   the-id",
        "client secret  s",
        "id             the-id",
        last,
    ]
    assert "ck_key" not in repr(Issued(credential=KEY, secret="ck_key"))


@pytest.mark.parametrize(
    ("changes", "state", "words"),
    [
        ({}, "live", "live"),
        ({"not_after_us": NOW_US + 1_000_000}, "live", f"live, ends {format_time(NOW_US + 1_000_000)}"),
        ({"not_after_us": NOW_US}, "ended", f"ended {NOW}"),
        ({"revoked_us": NOW_US}, "revoked", f"revoked {NOW}"),
        ({"revoked_us": NOW_US, "not_after_us": NOW_US - 1}, "revoked", f"revoked {NOW}"),
    ],
)
def test_the_state_of_a_credential_is_told_with_its_time(changes: dict[str, Any], state: str, words: str) -> None:
    credential = replace(KEY, **changes)
    assert state_of(credential, NOW_US) == state
    assert credential_text(credential, NOW_US) == f"key_d  key     since {NOW}  {words}  never used"


def test_the_day_of_its_last_use_and_the_label_are_told() -> None:
    said = credential_text(CLIENT, NOW_US, last_used="20260127")
    assert said == f"the-id  client  since {NOW}  live  last used 2026-01-27  nightly"
    assert (last_used_text("20260127"), last_used_text("")) == ("2026-01-27", "")
