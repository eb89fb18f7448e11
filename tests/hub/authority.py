"""A throw-away certificate authority, so that TLS is real and every way in which it fails can be had."""

from __future__ import annotations

import ipaddress
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

Certificate = Literal["good", "expired", "wrong-host", "unknown-authority"]


@dataclass(frozen=True)
class Authority:
    """`certificate` is the file that a client must trust; `contexts` are the server's sides of it."""

    certificate: Path
    contexts: dict[Certificate, ssl.SSLContext]

    def trusting(self) -> ssl.SSLContext:
        """Give a client's context that trusts this authority and no other."""
        return ssl.create_default_context(cafile=str(self.certificate))


def found(folder: Path) -> Authority:
    """Make an authority below `folder`, with a certificate of each kind for 127.0.0.1 and localhost."""
    root, stranger = _root("local Hub"), _root("a stranger")
    certificate = folder / "authority.pem"
    certificate.write_bytes(root[0].public_bytes(serialization.Encoding.PEM))
    return Authority(
        certificate,
        {
            "good": _server(folder / "good", root),
            "expired": _server(folder / "expired", root, age=90),
            "wrong-host": _server(folder / "wrong-host", root, host="elsewhere.invalid"),
            "unknown-authority": _server(folder / "unknown-authority", stranger),
        },
    )


_Root = tuple[x509.Certificate, ec.EllipticCurvePrivateKey]


def _root(name: str) -> _Root:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    usage = x509.KeyUsage(
        digital_signature=False,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=True,
        crl_sign=True,
        encipher_only=False,
        decipher_only=False,
    )
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=365))
        .not_valid_after(now + timedelta(days=7))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    return certificate, key


def _server(path: Path, root: _Root, *, host: str = "", age: int = 0) -> ssl.SSLContext:
    key = ec.generate_private_key(ec.SECP256R1())
    names: list[x509.GeneralName] = [x509.DNSName(host)] if host else []
    if not host:
        names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    start = datetime.now(UTC) - timedelta(days=age + 1)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host or "localhost")]))
        .issuer_name(root[0].subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=30))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(root[1].public_key()), critical=False)
        .sign(root[1], hashes.SHA256())
    )
    chain, secret = path.with_suffix(".pem"), path.with_suffix(".key")
    chain.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain, secret)
    return context
