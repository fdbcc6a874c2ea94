"""Relays and certificates for the tests of destinations."""

import ipaddress
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.delivery.destinations.relays import Certificate, OnFreePort, Rules, RunningRelay


@pytest.fixture
def relay() -> Iterator[Callable[..., RunningRelay]]:
    """``relay(rules, certificate=…, implicit=…, **options of aiosmtpd.SMTP)`` starts one on a free port."""
    with ExitStack() as stack:

        def start(
            rules: Rules | None = None, certificate: Certificate | None = None, implicit: bool = False, **options: Any
        ) -> RunningRelay:
            rules = rules or Rules()
            context = None
            if certificate:
                context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
                context.load_cert_chain(*certificate)
            if implicit:
                options |= {"ssl_context": context}
            elif context:
                options |= {"tls_context": context}
            server = OnFreePort(rules, hostname="127.0.0.1", port=0, **options)
            server.start()
            stack.callback(server.stop)
            return RunningRelay(server.port, rules)

        yield start


@pytest.fixture
def mute() -> Iterator[int]:
    """A port that accepts connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Certificate]:
    """(file of a certificate authority, a certificate for 127.0.0.1 that it signed)."""
    folder = tmp_path_factory.mktemp("authority")
    root_key, root = _certificate("Test authority", None)
    key, leaf = _certificate("relay", (root_key, root))
    (folder / "ca.pem").write_bytes(root.public_bytes(serialization.Encoding.PEM))
    return folder / "ca.pem", _written(folder, "relay", key, leaf)


@pytest.fixture(scope="session")
def self_signed(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    key, certificate = _certificate("relay", None)
    return _written(tmp_path_factory.mktemp("self-signed"), "relay", key, certificate)


Signer = tuple[ec.EllipticCurvePrivateKey, x509.Certificate]


def _certificate(name: str, signer: Signer | None) -> Signer:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    signing_key, issuer = (signer[0], signer[1].subject) if signer else (key, subject)
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=signer is None, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
    )
    return key, builder.sign(signing_key, hashes.SHA256())


def _written(folder: Path, name: str, key: ec.EllipticCurvePrivateKey, certificate: x509.Certificate) -> Certificate:
    files = folder / f"{name}.pem", folder / f"{name}.key"
    files[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    files[1].write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return files
