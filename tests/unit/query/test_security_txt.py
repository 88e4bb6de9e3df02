"""Where a weakness of the service is reported, as RFC 9116 wants it to be read."""

from typing import Any

import pytest

from functions.core.times import DAY_US, parse_time
from functions.query.dependencies import Dependencies
from functions.query.handler import handler
from functions.query.settings import QuerySettings
from infra.config import Config
from tests.fakes import MemoryTable
from tests.world import NINE_US

EVENT = {"rawPath": "/.well-known/security.txt", "requestContext": {"http": {"method": "GET"}}}


def answer_with(contact: str) -> dict[str, Any]:
    table = MemoryTable()
    settings = QuerySettings(table_name="t", security_contact=contact)
    dependencies = Dependencies(table=table, registry_table=table, settings=settings)
    answer = handler(EVENT, None, dependencies=dependencies, now_us=NINE_US)
    assert table.calls.total == 0
    return answer


def test_anyone_reads_the_contact_and_until_when_it_is_good() -> None:
    answer = answer_with("mailto:security@example.org")
    assert (answer["statusCode"], answer["headers"]["Content-Type"]) == (200, "text/plain; charset=utf-8")
    assert answer["headers"]["Cache-Control"] == "public, max-age=86400"
    assert answer["headers"]["X-Content-Type-Options"] == "nosniff"
    fields = dict(line.split(": ", 1) for line in answer["body"].splitlines())
    assert fields["Contact"] == "mailto:security@example.org"
    expires_us = parse_time(fields["Expires"])
    assert expires_us is not None
    assert NINE_US + DAY_US < expires_us < NINE_US + 365 * DAY_US


def test_without_a_contact_there_is_no_such_file() -> None:
    answer = answer_with("")
    assert answer["statusCode"] == 404
    assert "no-security-contact" in answer["body"]


@pytest.mark.parametrize(
    ("typed", "contact"),
    [
        (" security@example.org ", "mailto:security@example.org"),
        ("mailto:security@example.org", "mailto:security@example.org"),
        ("https://example.org/security?x=1", "https://example.org/security?x=1"),
        ("tel:+1-201-555-0123", "tel:+1-201-555-0123"),
        ("", ""),
    ],
)
def test_an_address_or_a_uri_is_taken(typed: str, contact: str) -> None:
    assert Config(security_contact=typed).security_contact == contact


@pytest.mark.parametrize(
    "wrong",
    [
        *(
            "http://example.org/security",
            "example.org",
            "security@",
            "https://",
            "mailto:",
            "mailto:x",
            "tel:",
            "ftp://x.org",
        ),
        *("a@example.org, b@example.org", "https://example.org/a b", "https://example.org/\nExpires: 1"),
    ],
)
def test_what_is_no_contact_is_refused(wrong: str) -> None:
    with pytest.raises(ValueError, match="is no contact that security"):
        Config(security_contact=wrong)
