"""The key that tokens are signed with: made once, kept in a file that only its owner reads."""

import base64
import hashlib
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)


class UnusableKeyError(Exception):
    """A key file that cannot be used. The message says which, why and what to do."""


@dataclass(frozen=True, slots=True)
class SigningKey:
    """An Ed25519 key. `kid` is derived from its public half, so that a new key always has a new id."""

    private: Ed25519PrivateKey
    kid: str

    @property
    def public(self) -> Ed25519PublicKey:
        return self.private.public_key()

    @property
    def jwk(self) -> dict[str, str]:
        """The public half, as it stands in a JWKS document. RFC 8037."""
        raw = self.public.public_bytes(Encoding.Raw, PublicFormat.Raw)
        x = base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
        return {"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig", "kid": self.kid, "x": x}


def load_or_create_key(path: Path) -> SigningKey:
    """The key in a file, made at the first call. Raises UnusableKeyError rather than replace a file it cannot read."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        return _signing_key(_read(path) if path.exists() else _create(path))
    except OSError as error:
        raise UnusableKeyError(f"The key {path} can be neither read nor made: {error.strerror}.") from error


def write_public_key(key: SigningKey, path: Path) -> None:
    """Write the public half, for whoever is to check what the key signs."""
    path.write_bytes(key.public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))


def read_public_key(path: Path) -> Ed25519PublicKey:
    """The public key in a PEM file. Raises UnusableKeyError."""
    try:
        key = load_pem_public_key(path.read_bytes())
    except OSError as error:
        raise UnusableKeyError(f"The public key {path} cannot be read: {error.strerror}.") from error
    except (ValueError, UnsupportedAlgorithm) as error:
        raise UnusableKeyError(f"{path} is not a public key in PEM form.") from error
    if not isinstance(key, Ed25519PublicKey):
        raise UnusableKeyError(f"{path} holds another kind of key than Ed25519.")
    return key


def _create(path: Path) -> Ed25519PrivateKey:
    private = Ed25519PrivateKey.generate()
    # Written aside and linked into place: of two instances that start at once, both end with the key of the first.
    written, aside = tempfile.mkstemp(prefix=f"{path.name}.", dir=path.parent)  # for its owner alone
    try:
        with os.fdopen(written, "wb") as file:
            file.write(private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        path.hardlink_to(aside)
    except FileExistsError:
        return _read(path)
    finally:
        Path(aside).unlink()
    return private


def _read(path: Path) -> Ed25519PrivateKey:
    pem = path.read_bytes()
    if path.stat().st_mode & 0o077:
        raise UnusableKeyError(
            f"{path} can be read by others: chmod 600 {path}, and replace it if it may have been."
        )
    try:
        key = load_pem_private_key(pem, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise UnusableKeyError(
            f"{path} is not a private key in PEM form. Move it away to have a new one made; all tokens end with it."
        ) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise UnusableKeyError(f"{path} holds another kind of key than Ed25519.")
    return key


def _signing_key(private: Ed25519PrivateKey) -> SigningKey:
    raw = private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return SigningKey(private, hashlib.sha256(raw).hexdigest()[:16])
