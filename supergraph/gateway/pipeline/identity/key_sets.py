"""Key sets: which keys of a JWKS document tokens are checked with. RFC 7517."""

from collections.abc import Mapping, Sequence
from typing import Final

import jwt

ASYMMETRIC_ALGORITHMS: Final = frozenset(
    {"EdDSA", "ES256", "ES384", "ES512", "PS256", "PS384", "PS512", "RS256", "RS384", "RS512"}
)
"""What an issuer may sign with. Shared secrets are not among them: who can check such a token can forge one."""

_MOST_KEYS: Final = 100
_SHORTEST_RSA: Final = 2048


class LocalKeys:
    """A key set given as an object (`{"keys": [...]}`). Raises ValueError when no key of it can be used."""

    __slots__ = ("_keys",)

    def __init__(self, key_set: Mapping[str, object]) -> None:
        self._keys = read_key_set(key_set)

    async def keys(self, key_id: str | None) -> Sequence[jwt.PyJWK]:
        return keys_with_id(self._keys, key_id)


def read_key_set(key_set: object) -> Sequence[jwt.PyJWK]:
    """The keys to check signatures with. Keys of other uses and kinds are left out. Raises ValueError for none."""
    listed = key_set.get("keys") if isinstance(key_set, Mapping) else None
    if not isinstance(listed, list):
        raise ValueError("a key set is an object with a list of `keys`")  # noqa: TRY004 - the value came from outside
    keys = [key for key in map(_read_key, listed[:_MOST_KEYS]) if key is not None]
    if not keys:
        raise ValueError("the key set holds no public key that tokens can be checked with")
    return tuple(keys)


def keys_with_id(keys: Sequence[jwt.PyJWK], key_id: str | None) -> Sequence[jwt.PyJWK]:
    """Those of the id; all where a token names none."""
    return keys if key_id is None else [key for key in keys if key.key_id == key_id]


def _read_key(entry: object) -> jwt.PyJWK | None:
    """None for keys that are not for us: a set may hold others as well."""
    if not isinstance(entry, dict) or entry.get("use", "sig") != "sig":
        return None
    if "d" in entry:
        return None  # a private key that was published: anybody can sign with it
    operations = entry.get("key_ops")
    if isinstance(operations, list) and "verify" not in operations:
        return None
    try:
        key = jwt.PyJWK(entry)
    except (jwt.PyJWTError, ValueError, TypeError):
        return None
    if key.algorithm_name not in ASYMMETRIC_ALGORITHMS:
        return None
    if key.key_type == "RSA" and key.key.key_size < _SHORTEST_RSA:
        return None  # can be factored: RFC 7518, 3.3
    return key
