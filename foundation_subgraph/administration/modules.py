"""The registry of modules, from the command line: the same rules as in the graph, and the same log."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from foundation_subgraph.administration.office import Office
from foundation_subgraph.audit.service import record
from foundation_subgraph.kit import Refusal, narrow
from foundation_subgraph.modules import changes
from foundation_subgraph.modules.artefact import PUBLISHER_KEYS, PublisherKeys
from foundation_subgraph.modules.changes import Desk
from foundation_subgraph.modules.checking import find_graph_check
from foundation_subgraph.modules.judging import BudgetWish
from foundation_subgraph.modules.loading import load_registry
from foundation_subgraph.modules.model import Audience, ModuleVersion, Registry, Rollout, VersionId
from foundation_subgraph.modules.publication import publish
from foundation_subgraph.modules.recording import By
from foundation_subgraph.modules.tables import ModuleChangeRow, ModuleVersionRow
from foundation_subgraph.tenants.service import enter_tenant, find_platform, see_all_tenants
from foundation_subgraph.tenants.tables import TenantRow
from supergraph.spec import InvalidKeyError


@dataclass(frozen=True, slots=True)
class Known:
    """The registry, and the short names of tenants in it."""

    registry: Registry
    slugs: Mapping[UUID, str]


async def read(office: Office) -> Known:
    async with office.session() as session:
        await see_all_tenants(session)
        slugs = await session.execute(select(TenantRow.id, TenantRow.slug))
        return Known(await load_registry(session), dict(slugs.all()))


async def list_versions(office: Office, module: str | None) -> Sequence[ModuleVersionRow]:
    """By module, the latest version first."""
    wanted = select(ModuleVersionRow).order_by(ModuleVersionRow.module, ModuleVersionRow.version.desc())
    async with office.session() as session:
        rows = await session.scalars(
            wanted if module is None else wanted.where(ModuleVersionRow.module == module)
        )
        return rows.all()


async def history(office: Office, module: str) -> Sequence[ModuleChangeRow]:
    """What happened to a module, the latest first."""
    wanted = select(ModuleChangeRow).where(ModuleChangeRow.module == module)
    async with office.session() as session:
        await see_all_tenants(session)
        return (await session.scalars(wanted.order_by(ModuleChangeRow.number.desc()))).all()


async def publish_version(office: Office, version: ModuleVersion, *, accepted: str) -> None:
    """In the owner's role: permissions come with a version. Raises Refusal."""
    try:
        publishers = PublisherKeys.read(office.settings.data_folder / PUBLISHER_KEYS)
    except InvalidKeyError as error:
        raise Refusal("NOT_SIGNED", str(error)) from error
    async with office.owner_session() as session:
        by = By(office.actor, accepted)
        await publish(session, version, by, find_graph_check(), accepted=accepted, publishers=publishers)
    details = {"accepted": accepted} if accepted else {}
    async with office.session() as session:
        await _record(office, Desk(session, by, None), "module.published", str(version.id), details)


async def enable(office: Office, version: VersionId, tenant: str | None, reason: str) -> None:
    async with _desk(office, reason) as desk:
        id_ = await _tenant(desk, tenant)
        await changes.enable(desk, version, id_)
        await _record(office, desk, "module.enabled", str(version), tenant=id_, slug=tenant)


async def disable(office: Office, module: str, tenant: str | None, reason: str) -> None:
    async with _desk(office, reason) as desk:
        id_ = await _tenant(desk, tenant)
        await changes.disable(desk, module, id_)
        await _record(office, desk, "module.disabled", module, tenant=id_, slug=tenant)


async def roll_back(office: Office, module: str, tenant: str | None, reason: str) -> None:
    async with _desk(office, reason) as desk:
        id_ = await _tenant(desk, tenant)
        await changes.roll_back(desk, module, id_)
        await _record(office, desk, "module.rolled_back", module, tenant=id_, slug=tenant)


async def roll_out(
    office: Office,
    version: VersionId,
    tenants: Sequence[str],
    percent: int,
    rings: Sequence[str],
    budget: BudgetWish,
    reason: str,
) -> Rollout:
    async with _desk(office, reason) as desk:
        named = frozenset([(await enter_tenant(desk.session, slug)).id for slug in tenants])
        rollout = await changes.roll_out(desk, version, Audience(named, percent, frozenset(rings)), budget)
        details = {"tenants": list(tenants), "percent": percent, "rings": list(rings)}
        await _record(office, desk, "module.rolled_out", str(version), details)
    return rollout


async def finish_rollout(office: Office, module: str, reason: str) -> None:
    async with _desk(office, reason) as desk:
        await changes.finish_rollout(desk, module)
        await _record(office, desk, "module.rollout_finished", module)


async def halt_rollout(office: Office, module: str, reason: str) -> Rollout:
    async with _desk(office, reason) as desk:
        halted = await changes.halt_rollout(desk, module)
        await _record(office, desk, "module.rollout_halted", str(halted.version))
    return halted


async def set_ring(office: Office, name: str, tenants: Sequence[str]) -> None:
    async with _desk(office, "") as desk:
        members = [(await enter_tenant(desk.session, slug)).id for slug in tenants]
        await changes.set_ring(desk, name, members)
        await _record(office, desk, "module.ring_set", name, {"tenants": list(tenants)})


@asynccontextmanager
async def _desk(office: Office, reason: str) -> AsyncIterator[Desk]:
    async with office.session() as session:
        yield Desk(session, By(office.actor, reason), find_graph_check())


async def _tenant(desk: Desk, slug: str | None) -> UUID | None:
    return None if slug is None else (await enter_tenant(desk.session, slug)).id


async def _record(
    office: Office,
    desk: Desk,
    action: str,
    target: str,
    details: Mapping[str, object] | None = None,
    *,
    tenant: UUID | None = None,
    slug: str | None = None,
) -> None:
    """Into the log of the tenant, where it is about one, and into the platform's if there is one."""
    told = {**({"reason": desk.by.reason} if desk.by.reason else {}), **(details or {})}
    if tenant is not None:
        await narrow(desk.session, tenant)
        await record(desk.session, office.actor, action, target, told)
    platform = await find_platform(desk.session)
    if platform is not None and platform.id != tenant:
        await narrow(desk.session, platform.id)
        about = {} if slug is None else {"slug": slug}
        await record(desk.session, office.actor, action, target, {**told, **about})
