"""A registry over a real database, with small modules that a real composer judges."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from foundation_subgraph.graph import subgraph as foundation
from foundation_subgraph.kit import Access, Permission, narrow
from foundation_subgraph.kit.roles import FOUNDATION_ROLE
from foundation_subgraph.kit.testing import ACME, GLOBEX, ThrowAwayDatabase
from foundation_subgraph.modules.changes import Desk
from foundation_subgraph.modules.loading import load_registry
from foundation_subgraph.modules.model import ModuleVersion, Registry, VersionId
from foundation_subgraph.modules.publication import publish
from foundation_subgraph.modules.recording import By
from foundation_subgraph.modules.resolution import resolve
from foundation_subgraph.modules.service import register_module
from foundation_subgraph.permissions.register import register_permissions
from foundation_subgraph.tenants.tables import TenantRow
from schema.module_sets import ModuleSetCheck

ADA = By("ada", "because")
CHECK = ModuleSetCheck()
LINK = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@external", "@requires", "@requiresScopes"])\n'

ITEMS = 'type Item @key(fields: "id") { id: ID! name: String! }\ntype Query { items: [Item!]! }'
ITEMS_WITH_PRICE = ITEMS.replace("name: String!", "name: String! price: Int!")
ORDERS = 'type Item @key(fields: "id") { id: ID! ordered: Int! }'
ORDERS_BY_PRICE = 'type Item @key(fields: "id") { id: ID! price: Int! @external ordered: Int! turnover: Int! @requires(fields: "price") }'


def version(
    name: str, sdl: str, *, needs: Iterable[str] = (), owner: str = "team", address: str = ""
) -> ModuleVersion:
    """`name` is like items@1."""
    of = VersionId.read(name)
    read = Permission(f"{of.module}:read", f"See {of.module}", Access.READ)
    return ModuleVersion(
        of, of.module.title(), owner, LINK + sdl, (read,), depends_on=tuple(needs), address=address
    )


class Registrar:
    """The registry, as operators and teams use it, each in a transaction of their own."""

    def __init__(self, database: ThrowAwayDatabase) -> None:
        self.database = database

    @asynccontextmanager
    async def desk(self, by: By = ADA) -> AsyncIterator[Desk]:
        async with self.database.session(role=FOUNDATION_ROLE) as session:
            yield Desk(session, by, CHECK)

    async def publish(self, *versions: ModuleVersion, accepted: str = "") -> None:
        for each in versions:
            async with AsyncSession(self.database.owner) as session, session.begin():
                await publish(session, each, ADA, CHECK, accepted=accepted)

    async def registry(self) -> Registry:
        async with AsyncSession(self.database.sign_in) as session:
            return await load_registry(session)

    async def of(self, tenant: UUID | None) -> list[str]:
        """What a tenant has: `["items@1"]`."""
        return [str(each) for each in resolve(await self.registry(), tenant).versions.values()]


async def make_tenants(database: ThrowAwayDatabase) -> None:
    for tenant, slug in ((ACME, "acme"), (GLOBEX, "globex")):
        async with AsyncSession(database.owner) as session, session.begin():
            await narrow(session, tenant)
            session.add(TenantRow(id=tenant, slug=slug, name=slug.title()))
    async with AsyncSession(database.owner) as session, session.begin():
        await register_module(session, foundation.name, title=foundation.title, owner=foundation.owner)
        await register_permissions(session, foundation.name, foundation.permissions)
