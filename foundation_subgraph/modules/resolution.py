"""Who has what: the registry as it stands -> the versions of one tenant."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from foundation_subgraph.modules.model import Registry, Rollout, VersionId

Versions = Mapping[str, VersionId]
"""By module."""


@dataclass(frozen=True, slots=True)
class Resolution:
    """What a tenant has, and of the modules that were chosen for it and are set aside, why."""

    versions: Versions
    set_aside: Mapping[VersionId, str]


def chosen_versions(registry: Registry, tenant: UUID | None) -> dict[str, VersionId]:
    """By module, in the order of their ids. Without a tenant, as for whoever has not signed in, what holds for all.

    For a tenant it is what was chosen by a rollout that reaches it, else for itself, else for all.
    """
    choices = dict(registry.for_all)
    if tenant is not None:
        choices.update(registry.for_tenants.get(tenant, {}))
        for module, rollout in registry.rollouts.items():
            if is_reached(registry, rollout, tenant):
                choices[module] = rollout.version.version
    return {
        module: VersionId(module, version)
        for module, version in sorted(choices.items())
        if version is not None
    }


def is_reached(registry: Registry, rollout: Rollout, tenant: UUID) -> bool:
    """Whether a tenant gets a version by a rollout.

    Where the module was switched off, for the tenant or for all, it stays off, unless the rollout names the tenant:
    a share is of those who have a module, and of everybody only where nothing was said about it yet.
    """
    module = rollout.version.module
    if rollout.audience.names(tenant):
        return True
    choices = {**registry.for_all, **registry.for_tenants.get(tenant, {})}
    is_off = module in choices and choices[module] is None
    return not is_off and rollout.audience.has_a_share_for(tenant, module, registry.rings)


def resolve(registry: Registry, tenant: UUID | None) -> Resolution:
    """What was chosen, less what is set aside, less what cannot stand without that."""
    versions = chosen_versions(registry, tenant)
    set_aside: dict[VersionId, str] = {}
    for one in list(versions.values()):
        if one in registry.faults:
            set_aside[one] = registry.faults[one]
            del versions[one.module]
    while missing := missing_dependencies(registry, versions.values()):
        for one, needed in missing:
            set_aside[one] = f"it needs {', '.join(needed)}"
            del versions[one.module]
    return Resolution(versions, set_aside)


def missing_dependencies(
    registry: Registry, versions: Iterable[VersionId]
) -> Sequence[tuple[VersionId, Sequence[str]]]:
    """The versions of a set that depend on modules which are not in it, each with the names of those."""
    together = list(versions)
    there = {one.module for one in together}
    found = [
        (one, [needed for needed in registry.versions[one].depends_on if needed not in there])
        for one in sorted(together)
        if one in registry.versions
    ]
    return [(one, needed) for one, needed in found if needed]
