"""Keys and certificates of one sandbox cluster: its own authority, made on the spot.

Does not renew: a sandbox cluster is thrown away long before a certificate ends.
"""

from __future__ import annotations

import base64
import datetime
import ipaddress
from dataclasses import dataclass
from pathlib import Path

import yaml
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from sandbox.home import write_private

# The keys are made once and live as long as the sandbox's state; a cluster with a certificate that ended would never
# come back.
_DAYS = 3650


def _pem_key(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    ).decode()


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


def _name(common: str, groups: list[str]) -> x509.Name:
    return x509.Name(
        [x509.NameAttribute(NameOID.ORGANIZATION_NAME, group) for group in groups]
        + [x509.NameAttribute(NameOID.COMMON_NAME, common)]
    )


@dataclass(frozen=True)
class Pair:
    """A certificate and its key, PEM."""

    certificate: str
    key: str


class Authority:
    """One certificate authority, able to issue."""

    def __init__(self, common_name: str, kept: Pair | None = None) -> None:
        """Make an authority, or with `kept` take up one that was made before."""
        if kept is None:
            self._key = ec.generate_private_key(ec.SECP256R1())
            self._certificate = self._sign(
                _name(common_name, []), self._key.public_key(), [], [], authority=True
            )
        else:
            key = serialization.load_pem_private_key(kept.key.encode(), None)
            assert isinstance(key, ec.EllipticCurvePrivateKey)
            self._key = key
            self._certificate = x509.load_pem_x509_certificate(kept.certificate.encode())
        self.certificate = _pem(self._certificate)

    @property
    def pair(self) -> Pair:
        """Certificate and key, to be kept for certificates that are issued later."""
        return Pair(self.certificate, _pem_key(self._key))

    def issue(
        self, common_name: str, groups: list[str], names: list[str] | None = None, both: bool = False
    ) -> Pair:
        """Issue a client certificate, with `names` (DNS names and addresses) a serving one, or one for `both`."""
        key = ec.generate_private_key(ec.SECP256R1())
        usage = [ExtendedKeyUsageOID.SERVER_AUTH] if names else []
        usage += [ExtendedKeyUsageOID.CLIENT_AUTH] if both or not names else []
        certificate = self._sign(
            _name(common_name, groups), key.public_key(), usage, names or [], authority=False
        )
        return Pair(_pem(certificate), _pem_key(key))

    def _sign(
        self,
        subject: x509.Name,
        public: ec.EllipticCurvePublicKey,
        usage: list[x509.ObjectIdentifier],
        names: list[str],
        authority: bool,
    ) -> x509.Certificate:
        now = datetime.datetime.now(datetime.UTC)
        issuer = subject if authority else self._certificate.subject
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer)
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(hours=1))
            .not_valid_after(now + datetime.timedelta(days=_DAYS))
            .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        )
        if usage:
            builder = builder.add_extension(x509.ExtendedKeyUsage(usage), critical=False)
        if names:
            builder = builder.add_extension(
                x509.SubjectAlternativeName([_general_name(name) for name in names]), critical=False
            )
        return builder.sign(self._key, hashes.SHA256())


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def service_account_key() -> str:
    """Return the key that signs service account tokens; RSA, which every consumer of such tokens accepts."""
    return _pem_key(rsa.generate_private_key(public_exponent=65537, key_size=2048))


def kubeconfig(server: str, authority: str, user: str, pair: Pair, cluster: str) -> str:
    """Return a kubeconfig in the shape of `az aks get-credentials`, all material inline."""

    def inline(text: str) -> str:
        return base64.b64encode(text.encode()).decode()

    return yaml.safe_dump(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [
                {
                    "name": cluster,
                    "cluster": {"server": server, "certificate-authority-data": inline(authority)},
                }
            ],
            "users": [
                {
                    "name": user,
                    "user": {
                        "client-certificate-data": inline(pair.certificate),
                        "client-key-data": inline(pair.key),
                    },
                }
            ],
            "contexts": [{"name": cluster, "context": {"cluster": cluster, "user": user}}],
            "current-context": cluster,
        },
        sort_keys=False,
    )


def write_pair(folder: Path, name: str, pair: Pair) -> tuple[Path, Path]:
    """Write `<name>.crt` and `<name>.key`, both private; return their paths."""
    certificate, key = folder / f"{name}.crt", folder / f"{name}.key"
    write_private(certificate, pair.certificate)
    write_private(key, pair.key)
    return certificate, key
