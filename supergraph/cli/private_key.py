"""Private keys that a command is given."""

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from supergraph.cli.failure import CommandError


def read_private_key(pem: bytes, named: str) -> Ed25519PrivateKey:
    """`named` says where it was given. Raises CommandError, whose message holds nothing of the key."""
    try:
        key = load_pem_private_key(pem, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise CommandError(f"{named}: not a private key in PEM form, without a passphrase") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise CommandError(f"{named}: another kind of key than Ed25519")
    return key
