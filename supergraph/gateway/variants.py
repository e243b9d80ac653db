"""Tenant -> the set of modules that it has -> the snapshot of that set. Tenants of equal sets share one.

A set is composed and built aside when it first comes into use, once for all who want it. Whoever has a graph goes on
with it meanwhile; whoever has none waits, for so long. A set of which no graph can be made leaves everybody where they were.
"""

import asyncio
import time
from collections import defaultdict
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final, Protocol

import structlog

from supergraph.gateway.client_pool import Address
from supergraph.gateway.errors import Refusal, refuse
from supergraph.gateway.hooks import ModuleDocument, ModuleSets
from supergraph.gateway.hooks.gauges import Gauge
from supergraph.gateway.reloading import RefusedDocumentError, Reloads
from supergraph.gateway.settings import TenantGraphSettings
from supergraph.gateway.snapshot import Snapshot
from supergraph.gateway.warming import Asked
from supergraph.spec import RequestCode

_log = structlog.stdlib.get_logger("dovetail.gateway")

Modules = frozenset[str]
"""A set of modules with their versions."""

_RETRY_SECONDS: Final = 5.0
_DOCUMENT_SECONDS: Final = 10.0
_TENANTS_IN_A_TURN: Final = 500
_TOLD: Final = 20
_TENANTS: Final = 100_000
"""For so many it is remembered which graph they have. The others are asked for anew, which takes two look-ups."""

NOT_READY: Final = refuse(
    503,
    "Your graph is being built; try again in a moment.",
    RequestCode.GRAPH_NOT_READY,
    retry_after="1",
)


class NotComposedError(Exception):
    """Documents that do not fit together. The message is one line that says why."""


class Compose(Protocol):
    """From the subgraphs of a set to their supergraph."""

    def __call__(self, documents: Sequence[ModuleDocument], /) -> str:
        """The supergraph document. Called in a thread, one call at a time: it may hand the work to a process and wait.

        Raises NotComposedError.
        """
        ...


class BuildComposed(Protocol):
    """From a document that was composed here to a snapshot, as `SnapshotBuilder.build_composed` does."""

    def __call__(
        self, sdl: str, addresses: Mapping[str, Address], hottest: Sequence[Asked], /
    ) -> Snapshot: ...


@dataclass(frozen=True, slots=True)
class TenantGraphs:
    """What makes a graph for each set of modules that a tenant has: who has what, and how it is composed."""

    modules: ModuleSets
    compose: Compose


@dataclass(slots=True, eq=False)
class Variant:
    """The graph of one set. `used`: since somebody last looked for the one that nobody uses."""

    modules: Modules
    snapshot: Snapshot
    used: bool = True


@dataclass(slots=True, eq=False)
class _Building:
    """A set of which the graph is being made. `told`: it is there, or it is known that it will not be for now."""

    task: asyncio.Task[None]
    told: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass(frozen=True, slots=True)
class _Failure:
    """`passing`: it is tried again after a while. Else the same documents would end in the same."""

    why: str
    since: float
    passing: bool


class Variants:
    """Holds the snapshot of each set that is in use, and of the tenants which one they have."""

    def __init__(
        self,
        graphs: TenantGraphs,
        build: BuildComposed,
        reloads: Reloads,
        settings: TenantGraphSettings,
        *,
        warm_operations: int = 0,
    ) -> None:
        self._sets = graphs.modules
        self._compose = graphs.compose
        self._build = build
        self._reloads = reloads
        self._settings = settings
        self._warm_operations = warm_operations
        self._ground = Variant(self._sets.of(None), reloads.snapshot)
        self._ready: dict[Modules, Variant] = {self._ground.modules: self._ground}
        self._served: dict[str | None, Variant] = {}
        self._wanting: defaultdict[Modules, set[str | None]] = defaultdict(set)
        self._building: dict[Modules, _Building] = {}
        self._failed: dict[Modules, _Failure] = {}
        reloads.on_swap = self._follow

    async def snapshot_of(self, tenant: str | None) -> Snapshot | Refusal:
        """What the tenant's requests are answered with. Waits only where it has none yet."""
        variant = self._served.get(tenant)
        if variant is None:
            return await self._first_of(tenant)
        variant.used = True
        return variant.snapshot

    def present(self, tenant: str | None) -> Snapshot | None:
        """What the tenant has, if it has any."""
        variant = self._served.get(tenant)
        return None if variant is None else variant.snapshot

    async def watch(self) -> None:
        """Take up each change of who has what, until this is cancelled or there can be none."""
        while True:
            changes = self._sets.changes()
            try:
                async for _ in changes:
                    await self._look()
                break
            except Exception:  # noqa: BLE001 - a fault of whoever keeps the modules must not be the end of all changes
                _log.exception("the modules' changes cannot be had")
            finally:
                if isinstance(changes, AsyncGenerator):
                    await changes.aclose()
            await asyncio.sleep(_RETRY_SECONDS)

    async def close(self) -> None:
        """The gateway stops. What is being built is not waited for."""
        tasks = [building.task for building in self._building.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    @property
    def counts(self) -> dict[str, int]:
        """Sets by what there is of them: a graph, one in the making, none that could be made. From any thread."""
        return {"ready": len(self._ready), "building": len(self._building), "failed": len(self._failed)}

    def describe(self, *, reasons: bool) -> dict[str, object]:
        """For `/health`. No tenant is named, and what a document says only where reasons are told."""
        failed = [
            {
                "modules": sorted(modules),
                "since": datetime.fromtimestamp(failure.since, UTC).isoformat(timespec="seconds"),
                **({"reason": failure.why} if reasons else {}),
            }
            for modules, failure in list(self._failed.items())[:_TOLD]
        ]
        return {**self.counts, "problems": failed}

    # ---- whose graph is whose

    async def _first_of(self, tenant: str | None) -> Snapshot | Refusal:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self._settings.wait_seconds
        while True:
            wanted = self._sets.of(tenant)
            variant = self._ready.get(wanted)
            if variant is None and (failure := self._failed.get(wanted)) is not None:
                if failure.passing:
                    return NOT_READY
                variant = self._nobodys
            if variant is not None:
                self._serve(tenant, variant)
                return variant.snapshot
            told = self._begin(wanted, self._ground).told
            try:
                async with asyncio.timeout_at(deadline):
                    await told.wait()
            except TimeoutError:
                return NOT_READY

    @property
    def _nobodys(self) -> Variant:
        return self._ready.get(self._sets.of(None), self._ground)

    def _serve(self, tenant: str | None, variant: Variant) -> None:
        variant.used = True
        self._served[tenant] = variant
        if len(self._served) > _TENANTS:
            # Tenants' names from somebody else's tokens may be without end. The first finds its graph again at once,
            # but its subscriptions are known by its name.
            first = next(each for each in self._served if not self._reloads.streams.is_open_for(each))
            del self._served[first]

    async def _look(self) -> None:
        """Whoever has another set now goes over to its graph; until that is built, on with the former."""
        seen: set[Modules] = set()
        for number, tenant in enumerate(tuple(self._served), start=1):
            if not number % _TENANTS_IN_A_TURN:
                await asyncio.sleep(0)
            former = self._served.get(tenant)
            if former is None or (wanted := self._sets.of(tenant)) == former.modules:
                continue
            seen.add(wanted)
            self._wanting[wanted].add(tenant)
            if wanted not in self._ready and wanted not in self._failed:
                self._begin(wanted, former)
        for modules in self._wanting.keys() - seen:
            del self._wanting[modules]
        for modules in self._failed.keys() - seen - self._building.keys():
            del self._failed[modules]
        for modules in seen:
            if (variant := self._ready.get(modules)) is not None:
                await self._move_to(variant)

    async def _move_to(self, variant: Variant) -> None:
        """Those who wanted this set and still do. Their subscriptions go on with it, or end and say so."""
        formers: defaultdict[Variant, set[str | None]] = defaultdict(set)
        for tenant in self._wanting.pop(variant.modules, ()):
            former = self._served.get(tenant)
            if former is not None and former is not variant and self._sets.of(tenant) == variant.modules:
                formers[former].add(tenant)
                self._serve(tenant, variant)
        for former, tenants in formers.items():
            _log.info("tenants have another graph", tenants=len(tenants), modules=sorted(variant.modules))
            await self._reloads.streams.continue_on(former.snapshot, variant.snapshot, tenants)

    def _follow(self, snapshot: Snapshot) -> None:
        """The source's document was replaced, and with it the graph of the ground."""
        self._ground.snapshot = snapshot

    # ---- making graphs

    def _begin(self, wanted: Modules, former: Variant) -> _Building:
        building = self._building.get(wanted)
        if building is None:
            task = asyncio.create_task(self._make(wanted, former))
            building = self._building[wanted] = _Building(task)
        return building

    async def _make(self, wanted: Modules, former: Variant) -> None:
        """A graph of that set, or a reason why there is none; again and again while it may still become one."""
        try:
            while (snapshot := await self._try_to_make(wanted, former)) is None:
                self._building[wanted].told.set()
                if not self._failed[wanted].passing:
                    return
                await asyncio.sleep(_RETRY_SECONDS)
                if not self._is_wanted(wanted):
                    del self._failed[wanted]
                    return
            self._failed.pop(wanted, None)
            variant = self._ready[wanted] = Variant(wanted, snapshot)
            self._building[wanted].told.set()
            self._make_room(variant)
            await self._move_to(variant)
        finally:
            del self._building[wanted]

    async def _try_to_make(self, wanted: Modules, former: Variant) -> Snapshot | None:
        begun = time.monotonic()
        try:
            async with asyncio.timeout(_DOCUMENT_SECONDS):
                documents = await self._sets.documents(wanted)
        except Exception as error:  # noqa: BLE001 - whoever keeps the modules may raise anything
            self._fail(wanted, f"the documents cannot be had ({type(error).__name__}: {error})", passing=True)
            return None
        hottest = former.snapshot.planned.hottest(self._warm_operations)
        try:
            snapshot = await self._reloads.aside(lambda: self._compose_and_build(documents, hottest))
        except (NotComposedError, RefusedDocumentError) as error:
            self._fail(wanted, str(error), passing=False)
            return None
        except Exception:  # noqa: BLE001 - whatever documents do to us, the former graph serves on
            _log.exception("a set of modules met a fault of the gateway's own", modules=sorted(wanted))
            self._fail(wanted, "it met a fault of the gateway's own", passing=False)
            return None
        seconds = round(time.monotonic() - begun, 3)
        _log.info("a set of modules has its graph", modules=sorted(wanted), seconds=seconds)
        return snapshot

    def _compose_and_build(self, documents: Sequence[ModuleDocument], hottest: Sequence[Asked]) -> Snapshot:
        sdl = self._compose(documents)
        return self._build(sdl, {each.name: each.address for each in documents}, hottest)

    def _fail(self, wanted: Modules, why: str, *, passing: bool) -> None:
        why = " ".join(why.split())
        former = self._failed.get(wanted)
        if former is not None and former.why == why:
            return  # told once, however often it is met
        self._failed[wanted] = _Failure(why, time.time() if former is None else former.since, passing)
        _log.error(
            "no graph can be made of a set of modules: its tenants keep the former one",
            modules=sorted(wanted),
            problem=why,
        )

    def _is_wanted(self, modules: Modules) -> bool:
        return any(self._sets.of(tenant) == modules for tenant in self._wanting.get(modules, ()))

    def _make_room(self, newest: Variant) -> None:
        """Let go of what nobody has used since the last time; of what subscriptions run on, never."""
        running: set[int] | None = None
        for _ in range(2 * len(self._ready)):
            if len(self._ready) <= self._settings.kept:
                return
            oldest = self._ready.pop(next(iter(self._ready)))
            if running is None:
                running = self._reloads.streams.running_on()
            if oldest.used or oldest in {self._ground, newest} or id(oldest.snapshot) in running:
                oldest.used = False
                self._ready[oldest.modules] = oldest
                continue
            for tenant in [each for each, variant in self._served.items() if variant is oldest]:
                del self._served[tenant]
            self._reloads.retire(oldest.snapshot)


def variant_gauge(counts: Callable[[], Mapping[str, int]]) -> Gauge:
    """How many sets of modules there are, by what there is of them."""
    return Gauge(
        "dovetail.supergraph.variants",
        "Sets of modules in use by tenants, by whether their graph is ready.",
        lambda: [(count, {"state": state}) for state, count in counts().items()],
    )
