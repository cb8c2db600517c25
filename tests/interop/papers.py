"""Certificates for a test: an authority, and what it signed for this machine."""

import datetime
import ipaddress
import pathlib
import ssl

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


class Papers:
    def __init__(self, folder: str, name: str):
        folder = pathlib.Path(folder)
        self.ca, own = folder / f"{name}-ca.pem", folder / f"{name}-own.pem"
        authority, server = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
        issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        root = self._sign(issuer, issuer, authority.public_key(), authority, True)
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
        leaf = self._sign(subject, issuer, server.public_key(), authority, False)
        pem = serialization.Encoding.PEM
        self.ca.write_bytes(root.public_bytes(pem))
        key = server.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        own.write_bytes(key + leaf.public_bytes(pem))
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(own)

    @staticmethod
    def _sign(subject, issuer, public, key, is_ca: bool):
        now = datetime.datetime.now(datetime.timezone.utc)
        names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
        return (
            x509.CertificateBuilder()
            .subject_name(subject).issuer_name(issuer).public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(days=1)).not_valid_after(now + datetime.timedelta(days=30))
            .add_extension(x509.BasicConstraints(ca=is_ca, path_length=None), critical=True)
            .add_extension(x509.SubjectAlternativeName(names), critical=False)
            .sign(key, hashes.SHA256())
        )
