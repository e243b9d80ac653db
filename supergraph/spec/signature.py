"""Detached signatures: Ed25519 over bytes as they are, in base64: what `openssl pkeyutl -sign -rawin` makes.

Loaded when it is asked for: who checks no signature need not load what it takes.
"""

import base64
import binascii
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

_PEM: Final = re.compile(rb"-----BEGIN ([A-Z ]+)-----.+?-----END \1-----", re.DOTALL)


class InvalidKeyError(ValueError):
    """A file without keys of the kind that is needed. The message is one line, with the file's name."""


class MalformedSignatureError(ValueError):
    """What is not in base64."""


def is_signed_by(keys: Iterable[Ed25519PublicKey], signature: str | bytes, content: bytes) -> bool:
    """Whether one of the keys made the signature. Raises MalformedSignatureError."""
    try:
        raw = base64.b64decode(signature, validate=True)
    except (binascii.Error, ValueError) as error:
        raise MalformedSignatureError from error
    return any(_verifies(key, raw, content) for key in keys)


def _verifies(key: Ed25519PublicKey, signature: bytes, content: bytes) -> bool:
    try:
        key.verify(signature, content)
    except InvalidSignature:
        return False
    return True


def sign_content(content: bytes, key: Ed25519PrivateKey) -> str:
    """What goes into the file `.sig`, or into the header."""
    return base64.b64encode(key.sign(content)).decode()


def read_public_keys(path: Path) -> tuple[Ed25519PublicKey, ...]:
    """The keys of a file in PEM form, one or several. Raises InvalidKeyError."""
    try:
        text = path.read_bytes()
    except OSError as error:
        raise InvalidKeyError(f"{path}: {error.strerror or error}") from error
    found: list[Ed25519PublicKey] = []
    for block in _PEM.finditer(text):
        try:
            key = load_pem_public_key(block.group())
        except (ValueError, UnsupportedAlgorithm) as error:
            raise InvalidKeyError(f"{path}: not a public key in PEM form") from error
        if not isinstance(key, Ed25519PublicKey):
            raise InvalidKeyError(f"{path}: another kind of key than Ed25519")
        found.append(key)
    if not found:
        raise InvalidKeyError(f"{path}: no public key in PEM form")
    return tuple(found)
