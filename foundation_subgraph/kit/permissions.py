"""What a subgraph lets be allowed, and the rule on a field or type: one word, printed and enforced alike."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from strawberry.federation.schema_directives import Authenticated, RequiresScopes


class Access(StrEnum):
    """What holding a permission lets somebody do; built-in roles are made of these, so no role names a module.

    CONFIDENTIAL is reading too, of what an auditor has no need to see: how people are reached, what they earn. OPERATE
    is for those who run the platform: no role of a tenant has it, its owner's neither.
    """

    READ = "read"
    CONFIDENTIAL = "confidential"
    WRITE = "write"
    ADMINISTER = "administer"
    OPERATE = "operate"


@dataclass(frozen=True, slots=True)
class Permission:
    """A permission as the subgraph that owns it declares it. `id` is what tokens and `@requiresScopes` carry."""

    id: str
    description: str
    access: Access


authenticated: Final = Authenticated()
"""The rule "anybody who is signed in", for `directives=[authenticated]` on a field or a type."""


def requires(*needed: str | Permission | Sequence[str | Permission]) -> RequiresScopes:
    """The rule "holds these permissions", for `directives=[requires(...)]` on a field or a type.

    `requires(A, B)` needs both. `requires([A, B], [C])` needs A and B, or else C. It prints as
    `@requiresScopes`, and the subgraph enforces what it prints, whoever asks.
    """
    alternatives = [
        list(alternative) for alternative in needed if not isinstance(alternative, str | Permission)
    ]
    together = [permission for permission in needed if isinstance(permission, str | Permission)]
    if together and alternatives:
        raise TypeError("requires() takes permissions that are needed together, or lists of them, not both")
    alternatives = alternatives or [together]
    if not all(alternatives):
        raise TypeError(
            "requires() without a permission would let everybody in; say `authenticated` if you mean it"
        )
    return RequiresScopes(scopes=[[_id(permission) for permission in one] for one in alternatives])


def _id(permission: str | Permission) -> str:
    return permission if isinstance(permission, str) else permission.id
