"""Which URLs may be the target of a webhook, on the internet and on a laptop."""

import pytest

from functions.core.webhooks.targets import URL_CHARS, target_fault

EVERYWHERE = [
    "https://events.example.org/",
    "https://events.example.org",
    "https://events.example.org:443/x?y=1#z",
    "HTTPS://Events.Example.Org./",
    "https://1.example.org/",
    "https://0x7f.example/",
    "https://xlocalhost.example/",
    "https://events.example.org/" + "x" * (URL_CHARS - 27),
]
THIS_MACHINE = [
    "http://localhost/",
    "http://localhost:3000/x",
    "https://localhost/",
    "http://127.0.0.1:8080/",
    "http://127.9.9.9/",
    "http://[::1]:8080/",
]
NOWHERE = [
    ("", "is not an https URL of a host"),
    ("events.example.org", "is not an https URL of a host"),
    ("ftp://events.example.org/", "is not an https URL of a host"),
    ("https:///x", "is not an https URL of a host"),
    ("http://events.example.org/", "is not https"),
    ("https://events.example.org:444/", "names port 444"),
    ("https://events.example.org:0/", "names port 0"),
    ("https://events.example.org:99999/", "is not a URL"),
    ("https://[::1/", "is not a URL"),
    ("https://user@events.example.org/", "holds a user name or password"),
    ("https://:word@events.example.org/", "holds a user name or password"),
    ("https://@events.example.org/", "holds a user name or password"),
    ("https://events.example.org/a b", "holds a blank"),
    ("https://events.example.org/a\\b", "holds a blank"),
    ("https://events.example.org/é", "holds a blank"),
    ("https://events.example.org/\n", "holds a blank"),
    ("https://10.0.0.1/", "names an address"),
    ("https://10.0.0.1./", "names an address"),
    ("https://2130706433/", "names an address"),
    ("https://0x7f.1/", "names an address"),
    ("https://example.0x7F/", "names an address"),
    ("https://[2001:db8::1]/", "names an address"),
    ("https://intranet/", "names a host that is not on the internet"),
    ("https://intranet./", "names a host that is not on the internet"),
    ("https://db.internal/", "names a host that is not on the internet"),
    ("https://x.Local/", "names a host that is not on the internet"),
    ("https://x.test./", "names a host that is not on the internet"),
    ("https://events.example.org/" + "x" * (URL_CHARS - 26), "is longer than 2048 characters"),
]


@pytest.mark.parametrize("url", EVERYWHERE)
@pytest.mark.parametrize("allow_loopback", [False, True])
def test_an_https_url_of_a_public_name_is_a_target(url: str, allow_loopback: bool) -> None:
    assert target_fault(url, allow_loopback=allow_loopback) == ""


@pytest.mark.parametrize("url", THIS_MACHINE)
def test_this_machine_is_a_target_on_a_laptop_alone(url: str) -> None:
    assert target_fault(url, allow_loopback=True) == ""
    assert target_fault(url, allow_loopback=False)


@pytest.mark.parametrize(("url", "fault"), NOWHERE)
@pytest.mark.parametrize("allow_loopback", [False, True])
def test_anything_else_is_refused_with_the_reason(url: str, fault: str, allow_loopback: bool) -> None:
    message = target_fault(url, allow_loopback=allow_loopback)
    assert message.startswith(fault)
    assert message.endswith(".")
