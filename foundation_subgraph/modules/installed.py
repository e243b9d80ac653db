"""The modules that run in this process, in the registry: published as they are, and enabled for all where nobody said otherwise."""

from collections.abc import Mapping, Sequence
from typing import Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from foundation_subgraph.kit import MANIFEST_FILE, Manifest, ManifestError, Permission, Refusal, Subgraph
from foundation_subgraph.modules import decisions
from foundation_subgraph.modules.changes import Desk, mend, set_aside
from foundation_subgraph.modules.history import Change, ChangeKind
from foundation_subgraph.modules.loading import load_registry
from foundation_subgraph.modules.model import ModuleVersion, RolloutState, VersionId
from foundation_subgraph.modules.publication import permissions_in_use, publish
from foundation_subgraph.modules.recording import By, lock_registry, record_change
from foundation_subgraph.modules.storing import store_registry
from foundation_subgraph.modules.tables import ModuleEnablementRow, ModuleFaultRow

HOUSE: Final = "house"
"""Who does what nobody asked for: a choice of the house gives way to anybody's, and follows the code."""

_INSTALLED: Final = By(HOUSE, "installed")


def version_of(module: Subgraph) -> ModuleVersion:
    """What a module's code says of itself, together with the manifest beside its migrations. Without one it is version 1."""
    manifest = _manifest(module)
    return ModuleVersion(
        id=VersionId(module.name, 1 if manifest is None else manifest.version),
        title=module.title,
        owner=module.owner,
        sdl=module.sdl(),
        permissions=module.permissions,
        owns=() if manifest is None else manifest.owns,
        extends=() if manifest is None else manifest.extends,
        depends_on=() if manifest is None else manifest.depends_on,
    )


async def declared_permissions(session: AsyncSession, module: Subgraph) -> Sequence[Permission]:
    """The permissions of a module's code, and those of its other versions that some tenant has."""
    found = {
        each.id: each
        for each in permissions_in_use(await load_registry(session), module.name, but=_id(module))
    }
    return list({**found, **{each.id: each for each in module.permissions}}.values())


async def register_installed(
    session: AsyncSession, running: Sequence[ModuleVersion], broken: Mapping[str, str]
) -> list[str]:
    """Publish what runs and is not published, give it to all for whom nobody chose, and set aside what is broken.

    A version whose number is taken by another document stays what it was, and what runs is served. `broken` are
    reasons, by module. Of the session it takes one in the owner's role. What people should know comes back, in lines.
    """
    notices = await _publish(session, running)
    notices += await _enable(session, running)
    await _judge(session, running, broken)
    return notices


async def _publish(session: AsyncSession, running: Sequence[ModuleVersion]) -> list[str]:
    await lock_registry(session)
    notices: list[str] = []
    for each in running:
        registry = await load_registry(session)
        known = registry.versions.get(each.id)
        if known is None:
            try:
                async with session.begin_nested():
                    await publish(session, each, _INSTALLED, None)
            except Refusal as refusal:
                notices.append(f"{each.id} runs here and is not published: {refusal.message}")
        elif known.sdl != each.sdl:
            notices.append(
                f"{each.id} has changed since it was published; what runs here is served. "
                "Raise `version` in its manifest to publish it."
            )
    return notices


async def _enable(session: AsyncSession, running: Sequence[ModuleVersion]) -> list[str]:
    before = after = await load_registry(session)
    chosen_by = {
        row.module: row.set_by
        for row in await session.scalars(
            select(ModuleEnablementRow).where(ModuleEnablementRow.tenant_id.is_(None))
        )
    }
    notices: list[str] = []
    changes: list[Change] = []
    for each in running:
        module, version = each.id.module, each.id.version
        if each.id not in before.versions or before.for_all.get(module) == version:
            continue
        if chosen_by.get(module, HOUSE) == HOUSE:
            after = decisions.choose(after, module, None, version)
            changes.append(Change(ChangeKind.ENABLED, module, None, version))
        elif (chosen := before.for_all[module]) is not None:
            notices.append(
                f"{each.id} runs here, and {VersionId(module, chosen)} is what {chosen_by[module]} chose for all"
            )
    await store_registry(session, before, after, _INSTALLED, RolloutState.HALTED)
    for change in changes:
        await record_change(session, change.kind, change.module, _INSTALLED, None, change.version)
    return notices


async def _judge(session: AsyncSession, running: Sequence[ModuleVersion], broken: Mapping[str, str]) -> None:
    """What this process set aside at another start and runs now is mended."""
    registry = await load_registry(session)
    own = {
        VersionId(row.module, row.version)
        for row in await session.scalars(select(ModuleFaultRow).where(ModuleFaultRow.set_by == HOUSE))
    }
    for each in running:
        if each.id in own:
            await mend(Desk(session, _INSTALLED, None), each.id)
    for module, reason in broken.items():
        chosen = registry.for_all.get(module)
        if chosen is not None and VersionId(module, chosen) not in registry.faults:
            await set_aside(Desk(session, By(HOUSE, reason), None), VersionId(module, chosen))


def _id(module: Subgraph) -> VersionId:
    manifest = _manifest(module)
    return VersionId(module.name, 1 if manifest is None else manifest.version)


def _manifest(module: Subgraph) -> Manifest | None:
    if module.migrations is None or not (file := module.migrations.parent / MANIFEST_FILE).is_file():
        return None
    try:
        manifest = Manifest.read(file)
    except ManifestError:
        return None  # a module reads its own; what it is built of says all the rest
    return manifest if manifest.id == module.name else None
