"""Certificates made for a test: by an authority of its own, sound or lacking what a server may lack."""

import datetime as dt
import hashlib
import shutil
import ssl
import subprocess
import warnings
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

HOST = "kyson.example"


class Authority:
    """Signs certificates and writes each as a PEM file with its key; its own is what clients are to trust."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _name("So Thong tin Ky Son")
        self.path = folder / "authority.pem"
        self._certificate = _signed(self._name, self._key, self._name, self._key, authority=True)
        self.path.write_bytes(_key(self._key) + _pem(self._certificate))

    def sound(self, host: str = HOST) -> Path:
        """A certificate that verifies."""
        return self._issued("sound", host=host)

    def expired(self) -> Path:
        return self._issued("expired", days=(-400, -35))

    def not_yet_valid(self) -> Path:
        return self._issued("early", days=(35, 400))

    def of_another_name(self) -> Path:
        return self._issued("stranger", host="nghean.example")

    def weak(self) -> Path:
        """An RSA key of 1024 bits."""
        return self._issued("weak", key=rsa.generate_private_key(65537, 1024))

    def self_signed(self) -> Path:
        key = ec.generate_private_key(ec.SECP256R1())
        return self._written("self", key, _signed(_name(HOST), key, _name(HOST), key, host=HOST))

    def without_intermediate(self) -> Path:
        """Signed by an authority that ours signed, which the server does not show."""
        key = ec.generate_private_key(ec.SECP256R1())
        intermediate = ec.generate_private_key(ec.SECP256R1())
        signed = _signed(_name(HOST), key, _name("Trung gian"), intermediate, host=HOST)
        return self._written("lone", key, signed)

    def with_sha1(self) -> Path | None:
        """Signed over a digest nobody trusts any more; None where no `openssl` is, as our library refuses to."""
        if not (openssl := shutil.which("openssl")):
            return None
        key, request, signed, names = (
            self._folder / f"sha1-{part}.pem" for part in ("key", "request", "signed", "names")
        )
        key.write_bytes(_key(rsa.generate_private_key(65537, 2048)))
        names.write_text(f"subjectAltName=DNS:{HOST}\n")
        for arguments in (
            ["req", "-new", "-key", key, "-subj", f"/CN={HOST}", "-out", request],
            [
                "x509",
                "-req",
                "-sha1",
                "-in",
                request,
                "-CA",
                self.path,
                "-set_serial",
                "7",
                "-extfile",
                names,
                "-out",
                signed,
            ],
        ):
            subprocess.run([openssl, *arguments], check=True, capture_output=True)
        signed.write_bytes(key.read_bytes() + signed.read_bytes())
        return signed

    def _issued(self, name, *, host=HOST, days=(-1, 90), key=None) -> Path:
        key = key or ec.generate_private_key(ec.SECP256R1())
        return self._written(name, key, _signed(_name(host), key, self._name, self._key, host=host, days=days))

    def _written(self, name, key, certificate) -> Path:
        path = self._folder / f"{name}.pem"
        path.write_bytes(_key(key) + _pem(certificate))
        return path


def server(path: Path, *, version: ssl.TLSVersion | None = None) -> ssl.SSLContext:
    """What a server with that certificate speaks: everything, or one version alone."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = version or ssl.TLSVersion.MINIMUM_SUPPORTED
        context.maximum_version = version or ssl.TLSVersion.MAXIMUM_SUPPORTED
    context.load_cert_chain(path)
    return context


def digest(path: Path) -> str:
    """Hex SHA-256 of the certificate in a file, as a reader of the archive would take it."""
    pem = path.read_text()
    return hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem[pem.index("-----BEGIN CERTIFICATE") :])).hexdigest()


def _signed(subject, key, issuer, issuer_key, *, host="", days=(-1, 90), authority=False):
    now = dt.datetime.now(dt.UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + dt.timedelta(days=days[0]))
        .not_valid_after(now + dt.timedelta(days=days[1]))
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
    )
    if host:
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
    return builder.sign(issuer_key, hashes.SHA256())


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, common)])


def _key(key) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _pem(certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)
