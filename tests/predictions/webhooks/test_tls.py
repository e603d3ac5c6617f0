"""By HTTPS the name of the URL is what the other side must prove, whatever address was connected to."""

import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

import httpcore
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from predictions.webhooks import posting
from tests.predictions.webhooks.receiver import receiving

NAME = "hooks.example.com"


@pytest.fixture
def certificate(tmp_path, monkeypatch):
    """A file with certificate and key of NAME, which signs itself and is trusted here."""
    key, subject = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path / "certificate.pem"
    pem = serialization.Encoding.PEM
    plain = (serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    file.write_bytes(made.public_bytes(pem) + key.private_bytes(pem, *plain))
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    return file


@pytest.fixture
def secured(certificate):
    """Gives the receiver, its port, and the names that were asked for in TLS."""
    asked = []
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    context.sni_callback = lambda _socket, name, _context: asked.append(name)
    with receiving(tls=context) as receiver:
        yield receiver, receiver.url.rpartition(":")[2].partition("/")[0], asked


def here(host, port):
    return [ip_address("127.0.0.1")]


def test_the_name_of_the_url_is_asked_for_and_proved(secured):
    receiver, port, asked = secured
    assert posting.post(f"https://{NAME}:{port}/in", b"{}", {}, here).status == 200
    assert asked == [NAME]
    assert receiver.received[0].headers["host"] == f"{NAME}:{port}"


def test_who_cannot_prove_the_name_gets_nothing(secured):
    receiver, port, _ = secured
    with pytest.raises(httpcore.ConnectError, match="certificate"):
        posting.post(f"https://other.example.com:{port}/in", b"{}", {}, here)
    assert receiver.received == []


def test_who_is_not_trusted_gets_nothing(secured, monkeypatch):
    receiver, port, _ = secured
    monkeypatch.delenv("SSL_CERT_FILE")
    with pytest.raises(httpcore.ConnectError, match="certificate"):
        posting.post(f"https://{NAME}:{port}/in", b"{}", {}, here)
    assert receiver.received == []
