"""Detached signatures: a document is served only if somebody who holds the key has signed its very bytes.

Ed25519 over the document as it is in its file, in base64: what `openssl pkeyutl -sign -rawin` makes. It says who made a document,
not when: whoever can put an old signed document in the place of the present one brings back an old graph.
"""

import base64
import binascii
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from supergraph.gateway.hooks import SupergraphDocument

_PEM: Final = re.compile(rb"-----BEGIN ([A-Z ]+)-----.+?-----END \1-----", re.DOTALL)


class UntrustedDocumentError(ValueError):
    """A document without a signature that one of the keys made. The message is one line that says why."""


class InvalidKeyError(ValueError):
    """A file without keys of the kind that is needed. The message is one line, with the file's name."""


@dataclass(frozen=True, slots=True)
class SignatureCheck:
    """Several keys, for as long as one takes the other's place: any of them will do."""

    keys: tuple[Ed25519PublicKey, ...]

    def check(self, document: SupergraphDocument) -> None:
        """Raises UntrustedDocumentError."""
        if document.signature is None:
            raise UntrustedDocumentError("the document is not signed, and a public key is configured")
        try:
            signature = base64.b64decode(document.signature, validate=True)
        except (binascii.Error, ValueError) as error:
            raise UntrustedDocumentError("the document's signature is not in base64") from error
        if not any(_is_signed(key, signature, document.content) for key in self.keys):
            raise UntrustedDocumentError("the document's signature is not by the key that is configured")


def _is_signed(key: Ed25519PublicKey, signature: bytes, content: bytes) -> bool:
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
