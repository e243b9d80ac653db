"""The words of the registry: a version of a module, and a rollout of one."""

import hashlib
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final, Self
from uuid import UUID

from foundation_subgraph.kit import Permission, Refusal
from foundation_subgraph.modules.judging import USUAL_BUDGET, Budget

_WRITTEN: Final = re.compile(r"([a-z][a-z0-9_]{0,39})@([1-9][0-9]{0,8})")
_NAMED: Final = re.compile(r"[a-z][a-z0-9_]{0,39}(?=@|$)")


@dataclass(frozen=True, slots=True, order=True)
class VersionId:
    """A version of a module, written `loyalty@2`."""

    module: str
    version: int

    @classmethod
    def read(cls, text: str) -> Self:
        """Raises Refusal for another form."""
        written = _WRITTEN.fullmatch(text)
        if written is None:
            named = _NAMED.match(text)
            module = "loyalty" if named is None else named[0]
            raise Refusal("BAD_USER_INPUT", f'"{text}" is no version of a module: write it like {module}@2')
        return cls(written[1], int(written[2]))

    def __str__(self) -> str:
        return f"{self.module}@{self.version}"


@dataclass(frozen=True, slots=True)
class ModuleVersion:
    """What was published under a version, for ever. `address` is where it answers, or the import string that finds it.

    `owns`, `extends` and `depends_on` are as in its manifest. `signature` is of the document, where it was signed.
    """

    id: VersionId
    title: str
    owner: str
    sdl: str
    permissions: tuple[Permission, ...] = ()
    owns: tuple[str, ...] = ()
    extends: tuple[str, ...] = ()
    depends_on: tuple[str, ...] = ()
    address: str = ""
    signature: str = ""


class RolloutState(StrEnum):
    """A running one is in force. A halted one is not: everybody is back at what they had. A finished one became the rule."""

    RUNNING = "running"
    HALTED = "halted"
    FINISHED = "finished"


@dataclass(frozen=True, slots=True)
class Audience:
    """Whom a rollout reaches: tenants by name, a share of all of them, rings; never those that are left out."""

    tenants: frozenset[UUID] = frozenset()
    percent: int = 0
    rings: frozenset[str] = frozenset()
    left_out: frozenset[UUID] = frozenset()

    def __post_init__(self) -> None:
        if not 0 <= self.percent <= 100:
            raise Refusal("BAD_USER_INPUT", f"{self.percent} is no share: a number from 0 to 100")

    def names(self, tenant: UUID) -> bool:
        return tenant in self.tenants and tenant not in self.left_out

    def has_a_share_for(self, tenant: UUID, module: str, rings: Mapping[str, Collection[UUID]]) -> bool:
        """Whether the tenant is among those meant without being named."""
        return tenant not in self.left_out and (
            any(tenant in rings.get(ring, ()) for ring in self.rings)
            or place_of(tenant, module) < self.percent
        )

    def widened(self, other: "Audience") -> "Audience":
        """Both: whoever is reached stays so, and whoever is named again is no longer left out."""
        return Audience(
            self.tenants | other.tenants,
            max(self.percent, other.percent),
            self.rings | other.rings,
            self.left_out - other.tenants,
        )


@dataclass(frozen=True, slots=True)
class Rollout:
    """A version on its way to tenants, laid over what they have: taken away again, everybody has that.

    Beyond its budget it is halted by itself.
    """

    id: UUID
    version: VersionId
    audience: Audience
    state: RolloutState
    reason: str
    started_at: datetime
    budget: Budget = USUAL_BUDGET


def place_of(tenant: UUID, module: str) -> int:
    """The tenant's place, 0 to 99, in the order in which it gets new versions of a module.

    The same in every process and for ever, so that a tenant that got a version by a share keeps it while the share
    grows; and another for each module, so that it is not always the same tenants that go first.
    """
    digest = hashlib.sha256(f"{tenant}/{module}".encode()).digest()
    return int.from_bytes(digest[:8], "big") % 100


Choices = Mapping[str, int | None]
"""By module, the version that was chosen; None where it was chosen that the module is off."""


@dataclass(frozen=True, slots=True)
class Registry:
    """All that is known at one moment. `for_all` is what holds where `for_tenants` and rollouts say nothing else.

    `rollouts` are the running ones, by module; `faults` say why a version is set aside: nobody has it until it is mended.
    """

    versions: Mapping[VersionId, ModuleVersion] = field(default_factory=dict)
    for_all: Choices = field(default_factory=dict)
    for_tenants: Mapping[UUID, Choices] = field(default_factory=dict)
    rollouts: Mapping[str, Rollout] = field(default_factory=dict)
    rings: Mapping[str, frozenset[UUID]] = field(default_factory=dict)
    faults: Mapping[VersionId, str] = field(default_factory=dict)
