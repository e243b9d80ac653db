"""API keys of machines: `dk_<id>_<secret>`. The id is public and names the key; only a hash of the secret is kept.

A secret is 32 random bytes: nobody can guess it, so a fast hash is the right one. Slow hashes with salts are for what
people choose and others can guess; here they would only let a flood of wrong keys cost a flood of seconds.
"""

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass, field
from typing import Final

API_KEY_HEADER: Final = "x-api-key"
API_KEY_PREFIX: Final = "dk_"

_FORM: Final = re.compile(r"dk_([a-z0-9]{8,32})_([A-Za-z0-9_-]{32,128})")
_DIGEST: Final = re.compile(r"sha256:[0-9a-f]{64}")


class ApiKeysUnavailableError(Exception):
    """Keys cannot be looked up now. The message is for the log."""


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key as its owner holds it. The secret does not show in logs."""

    id: str
    secret: str = field(repr=False)

    def text(self) -> str:
        """What is sent. It is shown once, when it is made, and can never be had again."""
        return f"{API_KEY_PREFIX}{self.id}_{self.secret}"

    def digest(self) -> str:
        """What is kept of the secret, as `sha256:` and 64 hexadecimal digits."""
        return f"sha256:{hashlib.sha256(self.secret.encode()).hexdigest()}"


@dataclass(frozen=True, slots=True)
class StoredApiKey:
    """A key as it is kept: whom it speaks for, and what is needed to know it again.

    `digest` is `ApiKey.digest()`; `expires` in seconds since the epoch, None for never. Raises ValueError for a digest of
    another form, since nothing could ever match it, and for an empty subject, since a key speaks for somebody.
    """

    id: str
    digest: str = field(repr=False)
    subject: str
    tenant: str | None = None
    scopes: frozenset[str] = frozenset()
    expires: float | None = None
    name: str = ""

    def __post_init__(self) -> None:
        if not _DIGEST.fullmatch(self.digest):
            raise ValueError(f"the digest of the key {self.id} is not `sha256:` and 64 hexadecimal digits")
        if not self.subject:
            raise ValueError(f"the key {self.id} names nobody whom it speaks for")

    def matches(self, key: ApiKey) -> bool:
        """Whether this is the key. Takes equally long for every wrong one."""
        return key.id == self.id and hmac.compare_digest(key.digest(), self.digest)


def new_api_key() -> ApiKey:
    """A new key, unlike any other."""
    return ApiKey(secrets.token_hex(8), secrets.token_urlsafe(32))


def read_api_key(text: str) -> ApiKey | None:
    """The key that a text is; None for what is none."""
    found = _FORM.fullmatch(text)
    return None if found is None else ApiKey(found[1], found[2])
