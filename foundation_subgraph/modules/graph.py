"""Modules in the graph: what a tenant has, for its members; who has what, for the platform's operators."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Annotated, Final, Self

import strawberry
from sqlalchemy.ext.asyncio import AsyncSession

from foundation_subgraph.audit.service import record
from foundation_subgraph.kit import (
    Conflict,
    Info,
    InvalidInput,
    NotFound,
    Problem,
    Refusal,
    RequestContext,
    authenticated,
    field,
    mutation,
    narrow,
    read_id,
    requires,
)
from foundation_subgraph.modules import changes
from foundation_subgraph.modules.changes import PLATFORM_MODULES, Desk
from foundation_subgraph.modules.checking import find_graph_check
from foundation_subgraph.modules.judging import ANY_BUDGET, BudgetWish, in_percent
from foundation_subgraph.modules.loading import load_registry
from foundation_subgraph.modules.model import (
    Audience,
    ModuleVersion,
    Registry,
    Rollout,
    RolloutState,
    VersionId,
)
from foundation_subgraph.modules.recording import By
from foundation_subgraph.modules.resolution import resolve
from foundation_subgraph.tenants.service import see_all_tenants

_LONGEST_REASON: Final = 500

strawberry.enum(
    RolloutState, description="Halted: everybody is back at what they had. Finished: it became the rule."
)


@strawberry.type(description="A module that your tenant has.")
class Module:
    id: strawberry.ID
    title: str
    owner: str = strawberry.field(description="The team that it belongs to.")
    version: int
    set_aside: str | None = strawberry.field(
        description="Why it is not in your graph at the moment; null where it is."
    )

    @classmethod
    def of(cls, version: ModuleVersion, set_aside: str | None) -> Self:
        return cls(
            id=strawberry.ID(version.id.module),
            title=version.title,
            owner=version.owner,
            version=version.id.version,
            set_aside=set_aside,
        )


@strawberry.type(description="What was published under a version, for ever.")
class PublishedVersion:
    version: int
    permissions: list[str]
    depends_on: list[str]
    address: str = strawberry.field(description="Where it answers; empty where it runs in the house.")
    sdl: str
    set_aside: str | None = strawberry.field(
        description="Why nobody has it at the moment; null where nothing is wrong."
    )


@strawberry.type(description="What was chosen for one tenant.")
class TenantChoice:
    tenant: strawberry.ID
    version: int | None = strawberry.field(description="Null where the module is off for it.")


@strawberry.type(description="A version on its way to tenants, laid over what they have.")
class ModuleRollout:
    version: int
    state: RolloutState
    tenants: list[strawberry.ID] = strawberry.field(description="Those that it names.")
    percent: int = strawberry.field(description="The share of all tenants; each stays in it.")
    rings: list[str]
    left_out: list[strawberry.ID]
    max_errors: float = strawberry.field(description="Per cent of the requests to it that may fail.")
    max_slow: float = strawberry.field(
        description="Per cent of them that may take longer than `slowSeconds`."
    )
    slow_seconds: float
    reason: str
    started_at: datetime

    @classmethod
    def of(cls, rollout: Rollout) -> Self:
        audience = rollout.audience
        return cls(
            version=rollout.version.version,
            state=rollout.state,
            tenants=[strawberry.ID(str(one)) for one in sorted(audience.tenants)],
            percent=audience.percent,
            rings=sorted(audience.rings),
            left_out=[strawberry.ID(str(one)) for one in sorted(audience.left_out)],
            max_errors=in_percent(rollout.budget.errors),
            max_slow=in_percent(rollout.budget.slow),
            slow_seconds=rollout.budget.seconds,
            reason=rollout.reason,
            started_at=rollout.started_at,
        )


@strawberry.input(
    description="How a version may fail while it is rolled out. What is not said is as it was, and at first 2 %, 5 % and 1 s."
)
class RolloutBudget:
    max_errors: float | None = strawberry.field(
        default=None, description="Per cent of the requests to it that may fail."
    )
    max_slow: float | None = strawberry.field(
        default=None, description="Per cent of them that may take longer than `slowSeconds`."
    )
    slow_seconds: float | None = None

    def wish(self) -> BudgetWish:
        return BudgetWish.in_percent(self.max_errors, self.max_slow, self.slow_seconds)


@strawberry.type(description="A module with all its versions, and who has which.")
class RegisteredModule:
    id: strawberry.ID
    title: str
    owner: str
    versions: list[PublishedVersion] = strawberry.field(description="The latest first.")
    version_for_all: int | None = strawberry.field(
        description="What those have for whom nothing else was chosen; null where it is off."
    )
    tenants: list[TenantChoice] = strawberry.field(description="Those for whom something else was chosen.")
    rollout: ModuleRollout | None = strawberry.field(description="The one that is running.")

    @classmethod
    def of(cls, registry: Registry, module: str) -> Self:
        published = [
            each for id_, each in sorted(registry.versions.items(), reverse=True) if id_.module == module
        ]
        rollout = registry.rollouts.get(module)
        return cls(
            id=strawberry.ID(module),
            title=published[0].title,
            owner=published[0].owner,
            versions=[
                PublishedVersion(
                    version=each.id.version,
                    permissions=[permission.id for permission in each.permissions],
                    depends_on=list(each.depends_on),
                    address=each.address,
                    sdl=each.sdl,
                    set_aside=registry.faults.get(each.id),
                )
                for each in published
            ],
            version_for_all=registry.for_all.get(module),
            tenants=[
                TenantChoice(tenant=strawberry.ID(str(tenant)), version=own[module])
                for tenant, own in sorted(registry.for_tenants.items())
                if module in own
            ],
            rollout=None if rollout is None else ModuleRollout.of(rollout),
        )


ModuleChangeResult = Annotated[
    RegisteredModule | InvalidInput | NotFound | Conflict, strawberry.union("ModuleChangeResult")
]

PROBLEMS: Final[Mapping[str, type[Problem]]] = {
    "MODULE_NOT_FOUND": NotFound,
    "VERSION_NOT_FOUND": NotFound,
    "TENANT_NOT_FOUND": NotFound,
    "RING_NOT_FOUND": NotFound,
    "NO_ROLLOUT": NotFound,
    "NO_EARLIER_VERSION": Conflict,
    "VERSION_SET_ASIDE": Conflict,
    "ROLLOUT_RUNNING": Conflict,
    "MODULE_NEEDED": Conflict,
    "MODULES_DO_NOT_FIT": Conflict,
}


@strawberry.type
class ModuleQueries:
    @field(authenticated, description="The modules that your tenant has, by id.")
    async def modules(self, info: Info) -> list[Module] | None:
        return await _modules(info.context)

    @field(authenticated, description="One of the modules that your tenant has.")
    async def module(self, info: Info, id: strawberry.ID) -> Module | None:  # noqa: A002 - the field's usual word
        return next((each for each in await _modules(info.context) if each.id == id), None)

    @field(
        requires(PLATFORM_MODULES), description="All modules that were published, by id, and who has which."
    )
    async def registered_modules(self, info: Info) -> list[RegisteredModule] | None:
        async with info.context.transaction() as session:
            registry = await _registry(session)
        return [
            RegisteredModule.of(registry, module)
            for module in sorted({one.module for one in registry.versions})
        ]


@strawberry.type
class ModuleMutations:
    @mutation(
        requires(PLATFORM_MODULES),
        problems=PROBLEMS,
        description="Give a version, such as loyalty@2, to a tenant, or to all for whom nothing else was chosen.",
    )
    async def enable_module(
        self, info: Info, version: str, tenant: strawberry.ID | None = None, reason: str = ""
    ) -> ModuleChangeResult | None:
        wanted, id_ = VersionId.read(version), None if tenant is None else read_id(tenant)
        return await _change(
            info.context, "enabled", wanted, reason, lambda desk: changes.enable(desk, wanted, id_), tenant
        )

    @mutation(
        requires(PLATFORM_MODULES),
        problems=PROBLEMS,
        description="Switch a module off for a tenant, or for all for whom nothing else was chosen. Its data is kept.",
    )
    async def disable_module(
        self,
        info: Info,
        id: strawberry.ID,  # noqa: A002 - the field's usual word
        tenant: strawberry.ID | None = None,
        reason: str = "",
    ) -> ModuleChangeResult | None:
        id_ = None if tenant is None else read_id(tenant)
        return await _change(
            info.context, "disabled", id, reason, lambda desk: changes.disable(desk, id, id_), tenant
        )

    @mutation(
        requires(PLATFORM_MODULES),
        problems=PROBLEMS,
        description="Give a version to some, over what they have; said again, to more. Beyond its budget it is halted by itself.",
    )
    async def roll_out_module(
        self,
        info: Info,
        version: str,
        tenants: list[strawberry.ID] | None = None,
        percent: int = 0,
        rings: list[str] | None = None,
        reason: str = "",
        budget: RolloutBudget | None = None,
    ) -> ModuleChangeResult | None:
        wanted = VersionId.read(version)
        wish = ANY_BUDGET if budget is None else budget.wish()
        audience = Audience(frozenset(read_id(one) for one in tenants or ()), percent, frozenset(rings or ()))
        if audience == Audience():
            raise Refusal("BAD_USER_INPUT", "Say to whom: tenants, percent or rings")
        return await _change(
            info.context,
            "rolled_out",
            wanted,
            reason,
            lambda desk: changes.roll_out(desk, wanted, audience, wish),
        )

    @mutation(
        requires(PLATFORM_MODULES),
        problems=PROBLEMS,
        description="Make what is being rolled out the rule.",
    )
    async def finish_module_rollout(
        self,
        info: Info,
        id: strawberry.ID,  # noqa: A002 - the field's usual word
        reason: str = "",
    ) -> ModuleChangeResult | None:
        return await _change(
            info.context, "rollout_finished", id, reason, lambda desk: changes.finish_rollout(desk, id)
        )

    @mutation(
        requires(PLATFORM_MODULES),
        problems=PROBLEMS,
        description="End a rollout: everybody has what they had before.",
    )
    async def halt_module_rollout(
        self,
        info: Info,
        id: strawberry.ID,  # noqa: A002 - the field's usual word
        reason: str,
    ) -> ModuleChangeResult | None:
        return await _change(
            info.context, "rollout_halted", id, reason, lambda desk: changes.halt_rollout(desk, id)
        )

    @mutation(
        requires(PLATFORM_MODULES),
        problems=PROBLEMS,
        description="Return to the version before, for a tenant or for all. Its data is kept.",
    )
    async def roll_back_module(
        self,
        info: Info,
        id: strawberry.ID,  # noqa: A002 - the field's usual word
        tenant: strawberry.ID | None = None,
        reason: str = "",
    ) -> ModuleChangeResult | None:
        id_ = None if tenant is None else read_id(tenant)
        return await _change(
            info.context, "rolled_back", id, reason, lambda desk: changes.roll_back(desk, id, id_), tenant
        )


async def _registry(session: AsyncSession) -> Registry:
    """Whole, for us to tell of it what whoever asks may know."""
    await see_all_tenants(session)
    return await load_registry(session)


async def _modules(context: RequestContext) -> list[Module]:
    tenant = context.principal.tenant
    if tenant is None:
        return []
    async with context.transaction() as session:
        registry = await _registry(session)
    found = resolve(registry, read_id(tenant))
    reasons: dict[VersionId, str | None] = {**dict.fromkeys(found.versions.values()), **found.set_aside}
    return [Module.of(registry.versions[one], reasons[one]) for one in sorted(reasons)]


async def _change(
    context: RequestContext,
    action: str,
    target: VersionId | strawberry.ID,
    reason: str,
    change: Callable[[Desk], Awaitable[object]],
    tenant: strawberry.ID | None = None,
) -> RegisteredModule:
    """Carry out, and log it for the tenant that it is about, if it is about one, and for the operator's own."""
    if len(reason) > _LONGEST_REASON:
        raise Refusal("BAD_USER_INPUT", f"A reason has at most {_LONGEST_REASON} characters")
    check = await asyncio.to_thread(find_graph_check)
    async with context.transaction() as session:
        await change(Desk(session, By(str(context.subject), reason), check))
        registry = await load_registry(session)
        told: dict[str, object] = {"reason": reason} if reason else {}
        if tenant is not None and read_id(tenant) != read_id(context.principal.tenant or ""):
            await narrow(session, tenant)
            await record(session, context.subject, f"module.{action}", str(target), told)
            await narrow(session, context.principal.tenant)
            told["tenant"] = str(tenant)
        await record(session, context.subject, f"module.{action}", str(target), told)
    module = target.module if isinstance(target, VersionId) else str(target)
    return RegisteredModule.of(registry, module)
