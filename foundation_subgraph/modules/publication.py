"""Publishing a version: checked, then kept for ever. In the owner's role, since permissions come with it."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Final

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession

from foundation_subgraph.kit import Manifest, Permission, Refusal, SubgraphError
from foundation_subgraph.modules.artefact import ANYBODY, PublisherKeys
from foundation_subgraph.modules.checking import GraphCheck
from foundation_subgraph.modules.history import ChangeKind
from foundation_subgraph.modules.loading import load_registry
from foundation_subgraph.modules.model import ModuleVersion, Registry, VersionId
from foundation_subgraph.modules.recording import By, lock_registry, record_change
from foundation_subgraph.modules.resolution import chosen_versions
from foundation_subgraph.modules.service import register_module
from foundation_subgraph.modules.tables import ModuleVersionRow
from foundation_subgraph.permissions.register import register_permissions

_SHOWN: Final = 3


async def publish(
    session: AsyncSession,
    published: ModuleVersion,
    by: By,
    check: GraphCheck | None,
    *,
    accepted: str = "",
    publishers: PublisherKeys = ANYBODY,
) -> None:
    """Add a version, which nobody has yet. Raises Refusal, and then nothing is added.

    It has to make a graph with what all tenants have now, in the place of the version that they have, and to take
    nothing from clients; `accepted` is the reason why it may. Of two who publish one version at the same time, one does.
    Without a check it is taken as it is: what runs in this process has been composed already.
    """
    if (flaw := publishers.flaw(published)) is not None:
        raise Refusal("NOT_SIGNED", f"{published.id} is not published: {flaw}")
    await lock_registry(session)
    registry = await load_registry(session)
    module = published.id.module
    latest = latest_version(registry, module)
    if published.id in registry.versions:
        raise Refusal("VERSION_EXISTS", f"{published.id} is published already, and stays as it is")
    if latest is not None and published.id < latest:
        raise Refusal("VERSION_EXISTS", f"{latest} is published already: publish a later version")
    if check is not None:
        await _check(registry, published, check, accepted)
    try:
        await register_module(session, module, title=published.title, owner=published.owner)
        in_use = {each.id: each for each in permissions_in_use(registry, module, but=published.id)}
        declared = in_use | {each.id: each for each in published.permissions}
        await register_permissions(session, module, list(declared.values()))
    except SubgraphError as error:
        raise Refusal("MODULE_TAKEN", str(error)) from error
    await session.execute(
        insert(ModuleVersionRow).values(
            module=module,
            version=published.id.version,
            title=published.title,
            owner=published.owner,
            sdl=published.sdl,
            permissions=[asdict(each) for each in published.permissions],
            owns=list(published.owns),
            extends=list(published.extends),
            depends_on=list(published.depends_on),
            address=published.address,
            signature=published.signature,
            accepted=accepted,
            published_by=by.actor,
        )
    )
    await record_change(session, ChangeKind.PUBLISHED, module, by, details={"version": published.id.version})


def version_in(manifest: Manifest, sdl: str, *, address: str = "", signature: str = "") -> ModuleVersion:
    """What the files of a module say."""
    return ModuleVersion(
        VersionId(manifest.id, manifest.version),
        manifest.title,
        manifest.owner,
        sdl,
        manifest.permissions,
        manifest.owns,
        manifest.extends,
        manifest.depends_on,
        address,
        signature,
    )


def latest_version(registry: Registry, module: str) -> VersionId | None:
    return max((one for one in registry.versions if one.module == module), default=None)


def permissions_in_use(registry: Registry, module: str, *, but: VersionId) -> Sequence[Permission]:
    """Those of every version of a module that some tenant has, one version excepted. The latest words count."""
    chosen = {choices.get(module) for choices in (registry.for_all, *registry.for_tenants.values())}
    if (rollout := registry.rollouts.get(module)) is not None:
        chosen.add(rollout.version.version)
    versions = sorted(VersionId(module, version) for version in chosen if version is not None)
    found: dict[str, Permission] = {}
    for each in (registry.versions[one] for one in versions if one != but):
        found |= {permission.id: permission for permission in each.permissions}
    return [found[id_] for id_ in sorted(found)]


async def _check(registry: Registry, published: ModuleVersion, check: GraphCheck, accepted: str) -> None:
    module = published.id.module
    beside = _beside(registry, published)
    problems = await asyncio.to_thread(check.problems, [*beside, published])
    if problems:
        raise Refusal(
            "MODULES_DO_NOT_FIT",
            f"{published.id} does not fit with what is published: {_some(each.message for each in problems)}",
        )
    before = chosen_versions(registry, None).get(module) or latest_version(registry, module)
    if before is None or accepted.strip():
        return
    breaking = await asyncio.to_thread(
        check.breaking, [*beside, registry.versions[before]], [*beside, published]
    )
    if breaking:
        raise Refusal(
            "BREAKING_CHANGES",
            f"{published.id} breaks clients of {before}: {_some(breaking)}. Keep what they use, or say why it may go",
        )


def _beside(registry: Registry, published: ModuleVersion) -> list[ModuleVersion]:
    """What all have now, and what the version depends on beside that in its latest version, without the module itself."""
    together = {name: registry.versions[one] for name, one in chosen_versions(registry, None).items()}
    together.pop(published.id.module, None)
    wanted = list(published.depends_on)
    while wanted:
        name = wanted.pop()
        if name in together or name == published.id.module:
            continue
        latest = latest_version(registry, name)
        if latest is None:
            raise Refusal(
                "MODULE_NOT_FOUND", f"{published.id} depends on {name}, of which no version is published"
            )
        together[name] = registry.versions[latest]
        wanted += registry.versions[latest].depends_on
    return [together[name] for name in sorted(together)]


def _some(lines: Iterable[str]) -> str:
    found = list(lines)
    more = f" (and {len(found) - _SHOWN} more)" if len(found) > _SHOWN else ""
    return "; ".join(line.rstrip(".") for line in found[:_SHOWN]) + more
