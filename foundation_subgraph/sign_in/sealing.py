"""What is secret and must be read again: encrypted in the database, by a key that is in a file beside it and not in it."""

import base64
import binascii
import os
import secrets
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from foundation_subgraph.sign_in.keys import UnusableKeyError

_NONCE_BYTES: Final = 12
_KEY_BYTES: Final = 32


class UnsealableError(Exception):
    """It was sealed by another key, or for another purpose, or was altered."""


@dataclass(frozen=True, slots=True)
class Seal:
    """AES-256-GCM. What is sealed for one purpose opens for no other, so nobody can put one person's in another's place."""

    key: bytes = field(repr=False)

    def seal(self, secret: bytes, purpose: str) -> bytes:
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return nonce + AESGCM(self.key).encrypt(nonce, secret, purpose.encode())

    def open(self, sealed: bytes, purpose: str) -> bytes:
        """What was sealed. Raises UnsealableError."""
        try:
            return AESGCM(self.key).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], purpose.encode())
        except (InvalidTag, ValueError) as error:
            raise UnsealableError(f"cannot be opened for {purpose}") from error


def load_or_create_seal(path: Path) -> Seal:
    """The seal in a file, made at the first call. Raises UnusableKeyError rather than replace one it cannot read."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not path.exists():
            _create(path)
        written = path.read_bytes()
        if path.stat().st_mode & 0o077:
            raise UnusableKeyError(
                f"{path} can be read by others: chmod 600 {path}; who has read it and the database knows all second factors."
            )
    except OSError as error:
        raise UnusableKeyError(f"The key {path} can be neither read nor made: {error.strerror}.") from error
    try:
        key = base64.b64decode(written, validate=True)
    except binascii.Error:
        key = b""
    if len(key) != _KEY_BYTES:
        raise UnusableKeyError(
            f"{path} is not a key of 32 bytes in base64. Without the right one all second factors must be set up anew."
        )
    return Seal(key)


def _create(path: Path) -> None:
    # Written aside and linked into place: of two instances that start at once, both end with the key of the first.
    written, aside = tempfile.mkstemp(prefix=f"{path.name}.", dir=path.parent)  # for its owner alone
    try:
        with os.fdopen(written, "wb") as file:
            file.write(base64.b64encode(secrets.token_bytes(_KEY_BYTES)))
        path.hardlink_to(aside)
    except FileExistsError:
        pass
    finally:
        Path(aside).unlink()
