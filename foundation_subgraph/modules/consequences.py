"""What a change of the registry does to the sets of versions that tenants have, and whether those can stand."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from foundation_subgraph.kit import Refusal
from foundation_subgraph.modules.checking import GraphCheck
from foundation_subgraph.modules.model import Registry, VersionId
from foundation_subgraph.modules.resolution import chosen_versions, missing_dependencies, resolve

_NAMED: Final = 5

VersionSet = frozenset[VersionId]


@dataclass(frozen=True, slots=True)
class Gap:
    """A version that would lose a module that it depends on, and who would notice."""

    version: VersionId
    needed: str
    tenants: tuple[str, ...]


def find_gaps(before: Registry, after: Registry, tenants: Mapping[UUID, str]) -> Sequence[Gap]:
    """Dependencies that are missing after a change and were not before, for any of the tenants or for all."""
    noticed: defaultdict[tuple[VersionId, str], list[str]] = defaultdict(list)
    for tenant, slug in _everybody(tenants):
        known = set(_gaps(before, tenant))
        for gap in _gaps(after, tenant):
            if gap not in known:
                noticed[gap].append(slug)
    return [Gap(version, needed, tuple(slugs)) for (version, needed), slugs in sorted(noticed.items())]


def new_sets(
    before: Registry, after: Registry, tenants: Mapping[UUID, str]
) -> Mapping[VersionSet, list[str]]:
    """The sets of versions that nobody had before a change, and who has them after it."""
    known = {_set_of(before, tenant) for tenant, _ in _everybody(tenants)}
    made: defaultdict[VersionSet, list[str]] = defaultdict(list)
    for tenant, slug in _everybody(tenants):
        if (together := _set_of(after, tenant)) not in known:
            made[together].append(slug)
    return made


async def check_change(
    before: Registry, after: Registry, tenants: Mapping[UUID, str], check: GraphCheck | None
) -> None:
    """Raises Refusal where a set that comes into being by a change lacks a dependency, or makes no graph.

    Without a check only dependencies are looked at.
    """
    gaps = find_gaps(before, after, tenants)
    if gaps:
        words = "; ".join(f"{gap.version} needs {gap.needed} (for {named(gap.tenants)})" for gap in gaps)
        raise Refusal("MODULE_NEEDED", f"Nothing is changed: {words}")
    if check is None:
        return
    for together, slugs in new_sets(before, after, tenants).items():
        problems = await asyncio.to_thread(check.problems, [after.versions[one] for one in sorted(together)])
        if problems:
            first, others = problems[0], len(problems) - 1
            concerned = [str(one) for one in sorted(together) if one.module in first.modules]
            more = f" (and {others} more)" if others else ""
            raise Refusal(
                "MODULES_DO_NOT_FIT",
                f"Nothing is changed: {', '.join(concerned) or 'the modules'} would not fit together "
                f"for {named(slugs)}: {first.message}{more}",
            )


def named(slugs: Sequence[str]) -> str:
    """Whom something concerns, in words; not all of a thousand."""
    shown = ", ".join(slugs[:_NAMED])
    return f"{shown} and {len(slugs) - _NAMED} more" if len(slugs) > _NAMED else shown


def _everybody(tenants: Mapping[UUID, str]) -> Iterable[tuple[UUID | None, str]]:
    yield None, "all"
    yield from tenants.items()


def _gaps(registry: Registry, tenant: UUID | None) -> Iterable[tuple[VersionId, str]]:
    for version, needed in missing_dependencies(registry, chosen_versions(registry, tenant).values()):
        yield from ((version, each) for each in needed)


def _set_of(registry: Registry, tenant: UUID | None) -> VersionSet:
    return frozenset(resolve(registry, tenant).versions.values())
