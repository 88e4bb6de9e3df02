"""Which URLs a webhook may have as its target. The address behind the name is vetted at each attempt, not here."""

import ipaddress
from urllib.parse import SplitResult, urlsplit

URL_CHARS = 2048
HTTPS_PORT = 443


def target_fault(url: str, *, allow_loopback: bool) -> str:
    """What is wrong with a target, "" if nothing is.

    `allow_loopback`: on the local stack http, any port and literal addresses are allowed too, to this machine only.
    """
    if len(url) > URL_CHARS:
        return f"is longer than {URL_CHARS} characters: send a shorter URL."
    if not url.isprintable() or not url.isascii() or " " in url or "\\" in url:
        return "holds a blank, a backslash or a character outside ASCII: percent-encode it."
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return "is not a URL: send one such as https://events.example.org/caliper."
    if parts.scheme not in ("https", "http") or not parts.hostname:
        return "is not an https URL of a host: send one such as https://events.example.org/caliper."
    if parts.username is not None or parts.password is not None:
        return "holds a user name or password: take it out. The signature in the headers says who sends."
    if allow_loopback and _is_this_machine(parts.hostname):
        return ""
    return _public_fault(parts, port)


def _public_fault(parts: SplitResult, port: int | None) -> str:
    host = parts.hostname or ""
    if parts.scheme != "https":
        return "is not https: deliveries are signed, not encrypted, so the connection must be."
    if port not in (None, HTTPS_PORT):
        return f"names port {port}: targets are reached at port {HTTPS_PORT} only."
    if _is_address(host):
        return "names an address instead of a host: send a name, which the certificate is checked against."
    if "." not in host.rstrip(".") or host.rstrip(".").rpartition(".")[2].lower() in _LOCAL_DOMAINS:
        return "names a host that is not on the internet: send a public name."
    return ""


_LOCAL_DOMAINS = frozenset({"localhost", "local", "internal", "localdomain", "arpa", "onion", "test", "invalid"})


def _is_address(host: str) -> bool:
    """Whether a host is an address in any of the spellings that resolvers read: `0x7f.1`, `2130706433`, `[::1]`."""
    if ":" in host:
        return True
    last = host.rstrip(".").rpartition(".")[2].lower()
    return last.isdigit() or (last.startswith("0x") and all(digit in "0123456789abcdef" for digit in last[2:]))


def _is_this_machine(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
