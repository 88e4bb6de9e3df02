"""Over https the certificate must be that of the name that was registered, whichever address the name stands for."""

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from functions.store.outbound import connection as outbound
from functions.store.outbound.connection import PinnedConnection

NAME = "events.example.org"


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """Key and certificate of a host of that name."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, NAME)])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path / "host.pem"
    private = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    path.write_bytes(key.private_bytes(*private) + signed.public_bytes(serialization.Encoding.PEM))
    return path


@pytest.fixture
def port(certificate: Path) -> Iterator[int]:
    """Where the host answers one request."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            with suppress(OSError):
                accepted, _ = server.accept()
                with context.wrap_socket(accepted, server_side=True) as secured:
                    sent = b""
                    while not sent.endswith(b"{}"):
                        sent += secured.recv(65_536)
                    secured.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")

        host = threading.Thread(target=answer, daemon=True)
        host.start()
        yield server.getsockname()[1]
        host.join(10)


def status_of(host: str, port: int) -> int:
    connection = PinnedConnection(host, port, "127.0.0.1", is_https=True, connect_s=5, timeout_s=5)
    try:
        connection.request("POST", "/", body=b"{}")
        return connection.getresponse().status
    finally:
        connection.close()


@pytest.mark.parametrize(("host", "is_good"), [(NAME, True), ("another.example.org", False), ("127.0.0.1", False)])
def test_a_host_is_believed_by_its_own_name_alone(
    certificate: Path, port: int, monkeypatch: pytest.MonkeyPatch, host: str, is_good: bool
) -> None:
    monkeypatch.setattr(outbound, "_tls", lambda: ssl.create_default_context(cafile=str(certificate)))
    if is_good:
        assert status_of(host, port) == 204
    else:
        with pytest.raises(ssl.SSLCertVerificationError):
            status_of(host, port)


def test_a_certificate_that_nobody_vouches_for_is_not_believed(port: int) -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        status_of(NAME, port)
