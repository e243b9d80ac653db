"""Who asks, and how the gateway knows it."""

from dataclasses import dataclass
from typing import Final

from supergraph.spec.principal import ANONYMOUS, Principal


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, by which credential, and until when that holds. Nothing of it is secret.

    `until` is in seconds since the epoch, clocks' differences granted; None is for ever. `issuer` is the token's `iss`,
    `api_key` the public id of the key: at most one of the two. `session` is the token's `sid`, else its `jti`;
    `issued_at` its `iat`, in seconds since the epoch. `client` names the program that asks, where that is known: the API
    key's name, or the token's `azp` or `client_id`.
    """

    principal: Principal = ANONYMOUS
    until: float | None = None
    issuer: str | None = None
    api_key: str | None = None
    session: str | None = None
    issued_at: float | None = None
    client: str | None = None

    @property
    def client_key(self) -> str | None:
        """A text that tells clients apart, the same for each request of one; None for whoever shows no credential."""
        if self.api_key is not None:
            return f"key:{self.api_key}"
        if self.principal.subject is None:
            return None
        return f"token:{self.issuer}|{self.principal.subject}"


NOBODY: Final = Caller()
