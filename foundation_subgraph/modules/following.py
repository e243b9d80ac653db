"""The registry in the memory of a process that serves: what the gateway asks, kept up to date."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from foundation_subgraph.kit.news import keeping_up
from foundation_subgraph.modules.artefact import ANYBODY, PublisherKeys
from foundation_subgraph.modules.loading import load_registry
from foundation_subgraph.modules.model import ModuleVersion, Registry, VersionId
from foundation_subgraph.modules.recording import MODULES_CHANGED
from foundation_subgraph.modules.resolution import resolve
from supergraph.spec import ModuleDocument

NOT_SERVED: Final = "it does not run here, and was published without an address"


class UnknownVersionError(LookupError):
    """A version that is not in the registry, or that nothing serves. The message says which."""


class RegisteredModules:
    """Who has which modules, as the registry said last: the gateway's hook point `ModuleSets`.

    `running` are the versions that this process serves itself, `foundation` what all of them stand on. A version that
    neither runs here nor has an address is set aside in this process alone; so is one that none of `publishers` has signed.
    """

    def __init__(
        self,
        foundation: ModuleDocument,
        running: Mapping[VersionId, ModuleDocument],
        publishers: PublisherKeys = ANYBODY,
    ) -> None:
        self._publishers = publishers
        self._foundation = foundation
        self._running = dict(running)
        self._registry = Registry()
        self._sets: dict[str | None, frozenset[str]] = {}
        self._same: dict[frozenset[str], frozenset[str]] = {}
        self._waiting: set[asyncio.Event] = set()

    @property
    def registry(self) -> Registry:
        """As it was last taken in, with what is not served here among its faults."""
        return self._registry

    def of(self, tenant: str | None) -> frozenset[str]:
        """The versions that a tenant has, such as `{"loyalty@2"}`; of no tenant, and of what is none, those of all."""
        found = self._sets.get(tenant)
        return found if found is not None else self._resolve(tenant)

    async def documents(self, versions: frozenset[str]) -> Sequence[ModuleDocument]:
        """The foundation's and those of the versions, in the order of their names. Raises UnknownVersionError."""
        ids = sorted(VersionId.read(version) for version in versions)
        return [self._foundation, *(self._document(one) for one in ids)]

    async def changes(self) -> AsyncGenerator[None, None]:
        """A value whenever something changed since the last one, or since it was first asked for one."""
        changed = asyncio.Event()
        self._waiting.add(changed)
        try:
            while True:
                await changed.wait()
                changed.clear()
                yield None
        finally:
            self._waiting.discard(changed)

    def take_in(self, registry: Registry) -> None:
        """From now on, this is what holds."""
        not_served = {
            one: why
            for one, version in registry.versions.items()
            if one not in self._running and (why := self._why_not(version)) is not None
        }
        registry = replace(registry, faults={**not_served, **registry.faults})
        if registry == self._registry:
            return
        self._registry = registry
        # The sets themselves are kept, so that equal ones stay the same object for as long as anybody has them.
        self._sets = {}
        self._same = {each: each for each in self._same}
        for changed in self._waiting:
            changed.set()

    def _why_not(self, version: ModuleVersion) -> str | None:
        if not version.address.startswith(("http://", "https://")):
            return NOT_SERVED
        return self._publishers.flaw(version)

    def _resolve(self, tenant: str | None) -> frozenset[str]:
        try:
            id_ = None if tenant is None else UUID(tenant)
        except ValueError:
            id_ = None
        resolution = resolve(self._registry, id_)
        found = frozenset(str(version) for version in resolution.versions.values())
        found = self._same.setdefault(found, found)
        self._sets[tenant] = found
        return found

    def _document(self, version: VersionId) -> ModuleDocument:
        if (running := self._running.get(version)) is not None:
            return running
        if (published := self._registry.versions.get(version)) is None:
            raise UnknownVersionError(f"{version} is not published")
        if version in self._registry.faults:
            raise UnknownVersionError(f"{version}: {self._registry.faults[version]}")
        return ModuleDocument(version.module, published.sdl, published.address)


@asynccontextmanager
async def following(engine: AsyncEngine, modules: RegisteredModules) -> AsyncIterator[None]:
    """Keep `modules` up to date within the block: at once where PostgreSQL can say so, else within ten seconds.

    It begins with what the registry says now. While the database is away, what was known last holds. `engine` is the
    sign-in's, which sees what every tenant has.
    """

    async def look() -> None:
        modules.take_in(await _load(engine))

    async with keeping_up(engine, (MODULES_CHANGED,), look, "changes of modules"):
        yield


async def _load(engine: AsyncEngine) -> Registry:
    # One view of all tables: a change that commits meanwhile is seen whole, or not yet.
    async with engine.connect() as connection:
        await connection.execution_options(isolation_level="REPEATABLE READ")
        async with AsyncSession(connection) as session:
            return await load_registry(session)
