"""What was done before, and so what an undoing returns to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final
from uuid import UUID

from foundation_subgraph.kit import Refusal

ROLLOUT: Final = "rollout"
"""In the details of a change: the id of the rollout that was finished by it."""


class ChangeKind(StrEnum):
    """What can happen to a module."""

    PUBLISHED = "published"
    ENABLED = "enabled"
    DISABLED = "disabled"
    ROLLED_BACK = "rolled_back"
    ROLLOUT_STARTED = "rollout_started"
    ROLLOUT_WIDENED = "rollout_widened"
    ROLLOUT_LEFT_OUT = "rollout_left_out"
    ROLLOUT_HALTED = "rollout_halted"
    ROLLOUT_FINISHED = "rollout_finished"
    SET_ASIDE = "set_aside"
    MENDED = "mended"


@dataclass(frozen=True, slots=True)
class Change:
    """`tenant` is of whom it was done for, None where it was for all; `version` what they have by it."""

    kind: ChangeKind
    module: str
    tenant: UUID | None = None
    version: int | None = None
    details: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Choice:
    """A version, or off; `change` is what it came by."""

    version: int | None
    change: Change


def choices_so_far(changes: Sequence[Change], tenant: UUID | None) -> list[Choice]:
    """What was chosen of one module for a tenant, or for all, and not taken back: the last one is in force.

    None for a tenant means that it has what holds for all. `changes` are of that module, the earliest first.
    """
    made: list[Choice] = []
    for change in changes:
        if change.tenant != tenant:
            continue
        if change.kind in {ChangeKind.ENABLED, ChangeKind.DISABLED}:
            if not made or made[-1].version != change.version:
                made.append(Choice(change.version, change))
        elif change.kind is ChangeKind.ROLLED_BACK:
            if made:
                made.pop()
            else:  # it had what holds for all, and got of its own what held before
                made.append(Choice(change.version, change))
    return made


@dataclass(frozen=True, slots=True)
class Return:
    """What a tenant, or all, go back to: a version, off, or for a tenant (`follows`) to whatever holds for all."""

    version: int | None = None
    follows: bool = False


def returns(changes: Sequence[Change], module: str, tenant: UUID | None) -> Mapping[UUID | None, Return]:
    """Who goes back to what, where the last choice for a tenant, or for all, is taken back.

    What a finished rollout chose for single tenants is taken back together with what it chose for all. Raises Refusal
    where there is nothing before.
    """
    made = choices_so_far(changes, tenant)
    if tenant is None:
        if len(made) < 2:
            raise Refusal(
                "NO_EARLIER_VERSION", f"Before that, nothing was chosen of {module} for all: disable it"
            )
        back: dict[UUID | None, Return] = {None: Return(made[-2].version)}
        if (rollout := made[-1].change.details.get(ROLLOUT)) is not None:
            for other in {each.tenant for each in changes if each.tenant is not None}:
                own = choices_so_far(changes, other)
                if own and own[-1].change.details.get(ROLLOUT) == rollout:
                    back[other] = _before(own)
        return back
    if made:
        return {tenant: _before(made)}
    for_all = choices_so_far(changes, None)
    if len(for_all) < 2:
        raise Refusal("NO_EARLIER_VERSION", f"Before that, the tenant had nothing of {module}: disable it")
    return {tenant: Return(for_all[-2].version)}


def _before(own: Sequence[Choice]) -> Return:
    return Return(own[-2].version) if len(own) > 1 else Return(follows=True)
