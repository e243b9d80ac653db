"""Decisions about modules: the registry before -> the registry after. Nothing is written here."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import TypeVar
from uuid import UUID

from foundation_subgraph.kit import Refusal
from foundation_subgraph.modules.model import Registry, Rollout, VersionId
from foundation_subgraph.modules.resolution import is_reached

_Key = TypeVar("_Key")
_Value = TypeVar("_Value")


def choose(registry: Registry, module: str, tenant: UUID | None, version: int | None) -> Registry:
    """A version for a tenant, or for all where there is none; without a version it is off."""
    if tenant is None:
        return replace(registry, for_all={**registry.for_all, module: version})
    own = {**registry.for_tenants.get(tenant, {}), module: version}
    return replace(registry, for_tenants={**registry.for_tenants, tenant: own})


def follow(registry: Registry, module: str, tenant: UUID) -> Registry:
    """For the tenant holds what holds for all."""
    own = _without(registry.for_tenants.get(tenant, {}), module)
    return replace(registry, for_tenants={**registry.for_tenants, tenant: own})


def begin(registry: Registry, rollout: Rollout) -> Registry:
    """Lay a rollout over what tenants have, or a wider one over itself."""
    return replace(registry, rollouts={**registry.rollouts, rollout.version.module: rollout})


def leave_out(registry: Registry, module: str, tenant: UUID) -> Registry:
    """Take the tenant out of the rollout of a module."""
    rollout = registry.rollouts[module]
    audience = replace(
        rollout.audience,
        tenants=rollout.audience.tenants - {tenant},
        left_out=rollout.audience.left_out | {tenant},
    )
    return begin(registry, replace(rollout, audience=audience))


def end(registry: Registry, module: str) -> Registry:
    """Take the rollout of a module away: everybody has what they had."""
    return replace(registry, rollouts=_without(registry.rollouts, module))


def finish(registry: Registry, module: str, tenants: Collection[UUID]) -> Registry:
    """Make a rollout the rule: for all, unless the module is off for all, and for the tenants it has reached.

    A tenant that it did not reach and that had a version of its own keeps that one.
    """
    rollout = registry.rollouts[module]
    version = rollout.version.version
    reached = [tenant for tenant in tenants if is_reached(registry, rollout, tenant)]
    after = end(registry, module)
    if registry.for_all.get(module, version) is not None:
        after = choose(after, module, None, version)
    for tenant in reached:
        if module in registry.for_tenants.get(tenant, {}) or after.for_all.get(module) != version:
            after = choose(after, module, tenant, version)
    return after


def usable_version(registry: Registry, version: VersionId) -> None:
    """Raises Refusal where a version is not published, or is set aside."""
    if version not in registry.versions:
        known = [str(one) for one in registry.versions if one.module == version.module]
        there = f"; published are {', '.join(known)}" if known else f", and nothing else of {version.module}"
        raise Refusal("VERSION_NOT_FOUND", f"{version} is not published{there}")
    if version in registry.faults:
        raise Refusal("VERSION_SET_ASIDE", f"{version} is set aside: {registry.faults[version]}")


def known_module(registry: Registry, module: str) -> None:
    """Raises Refusal where nothing of a module is published."""
    if not any(one.module == module for one in registry.versions):
        raise Refusal("MODULE_NOT_FOUND", f"There is no module {module}")


def running_rollout(registry: Registry, module: str) -> Rollout:
    """Raises Refusal where no rollout of the module is running."""
    known_module(registry, module)
    if module not in registry.rollouts:
        raise Refusal("NO_ROLLOUT", f"No version of {module} is being rolled out")
    return registry.rollouts[module]


def _without(values: Mapping[_Key, _Value], key: _Key) -> dict[_Key, _Value]:
    return {each: value for each, value in values.items() if each != key}
