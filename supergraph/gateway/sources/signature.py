"""A document is served only if somebody who holds the key has signed its very bytes.

It says who made a document, not when: whoever can put an old signed document in the place of the present one brings
back an old graph.
"""

from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from supergraph.gateway.hooks import SupergraphDocument
from supergraph.spec import MalformedSignatureError, is_signed_by


class UntrustedDocumentError(ValueError):
    """A document without a signature that one of the keys made. The message is one line that says why."""


@dataclass(frozen=True, slots=True)
class SignatureCheck:
    """Several keys, for as long as one takes the other's place: any of them will do."""

    keys: tuple[Ed25519PublicKey, ...]

    def check(self, document: SupergraphDocument) -> None:
        """Raises UntrustedDocumentError."""
        if document.signature is None:
            raise UntrustedDocumentError("the document is not signed, and a public key is configured")
        try:
            is_signed = is_signed_by(self.keys, document.signature, document.content)
        except MalformedSignatureError as error:
            raise UntrustedDocumentError("the document's signature is not in base64") from error
        if not is_signed:
            raise UntrustedDocumentError("the document's signature is not by the key that is configured")
