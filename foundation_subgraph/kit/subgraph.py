"""Subgraph: one value that says all there is to say about a subgraph, checked while it is put together."""

import difflib
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from uuid import NAMESPACE_DNS, UUID, uuid5

from sqlalchemy import MetaData
from sqlalchemy.ext.asyncio import AsyncSession

from foundation_subgraph.kit.asgi import SubgraphApp
from foundation_subgraph.kit.database import Database
from foundation_subgraph.kit.errors import SubgraphError
from foundation_subgraph.kit.federated_schema import FederatedSchema
from foundation_subgraph.kit.guarding import scopes_named
from foundation_subgraph.kit.loading import Batched
from foundation_subgraph.kit.origins import find_origins
from foundation_subgraph.kit.permissions import Permission
from foundation_subgraph.kit.roles import APPLICATION_ROLE
from supergraph.spec import (
    DeclaredOperationError,
    DeclaredOperations,
    GatewayDoor,
    PrincipalVerifier,
    SubgraphName,
    read_declared_operations,
)

_NAME: Final = re.compile(r"(?!pg_|public$|information_schema$)[a-z][a-z0-9_]{0,39}")
_PERMISSION: Final = re.compile(r"[a-z][a-z0-9_-]*(:[a-z][a-z0-9_-]*)+")


@dataclass(frozen=True, slots=True)
class DemoTenant:
    """A tenant to be filled with demo data. `users` maps a role to the id of a user who has it."""

    id: UUID
    slug: str
    users: Mapping[str, UUID]

    def demo_id(self, entity: str, number: int) -> UUID:
        """The id of the nth demo entity of a type: the same for the module that makes it and for those that refer."""
        return uuid5(uuid5(NAMESPACE_DNS, f"{self.slug}.example"), f"{entity}:{number}")


Demo = Callable[[AsyncSession, DemoTenant], Awaitable[None]]
"""Writes a subgraph's demo data for one tenant, in a session already narrowed to it. Called once per tenant."""


class Subgraph:
    """A subgraph: what it shows in the graph, what may be allowed, its tables and how they came to be.

    `name` is also the name of its database schema; `owner` is the team it belongs to, if any is said: another team's
    subgraph of that name is then refused. `role` is the database role that it serves requests in. `shared_tables` are
    those without a tenant, each with the reason why. `references` are the functions declared `@batched`. `asks` is the
    folder of the operations that it may ask the gateway on behalf of its callers. Raises
    SubgraphError where the parts do not fit: a rule that names a permission not declared here, an entity that nothing
    finds, a field set over fields that do not exist, a table without a tenant.
    """

    def __init__(  # noqa: PLR0913 - one value, whole
        self,
        name: str,
        *,
        title: str,
        owner: str = "",
        role: str = APPLICATION_ROLE,
        query: type | None = None,
        mutation: type | None = None,
        subscription: type | None = None,
        types: Sequence[type] = (),
        references: Sequence[Batched[Any, Any]] = (),
        permissions: Sequence[Permission] = (),
        tables: MetaData | None = None,
        shared_tables: Mapping[str, str] | None = None,
        migrations: Path | None = None,
        demo: Demo | None = None,
        asks: Path | None = None,
    ) -> None:
        if not _NAME.fullmatch(name):
            raise SubgraphError(
                f'"{name}" is no name for a subgraph: small letters, digits and _, a letter first, '
                "and no schema of PostgreSQL's own"
            )
        self.name: Final = SubgraphName(name)
        self.title: Final = title
        self.owner: Final = owner
        self.role: Final = role
        self.permissions: Final = tuple(permissions)
        self.tables: Final = tables
        self.shared_tables: Final = dict(shared_tables or {})
        self.migrations: Final = migrations
        self.demo: Final = demo
        self.asks: Final = _declared(name, asks)
        self.schema: Final = FederatedSchema(
            query=query, mutation=mutation, subscription=subscription, types=types, references=references
        )
        self._check_permissions()
        self._check_tables()

    def __repr__(self) -> str:
        return f"Subgraph({self.name!r})"

    def sdl(self) -> str:
        """The document to be composed, in Federation 2."""
        return self.schema.sdl()

    def origins(self) -> Mapping[str, str]:
        """Where each type and field of `sdl()` stands in Python: schema coordinate -> `module.Class.field`."""
        return find_origins(self.schema.schema_converter.type_map, self.schema.config.name_converter)

    def asgi(
        self,
        database: Database,
        verifier: PrincipalVerifier | None = None,
        *,
        open_sdl: bool = False,
        door: GatewayDoor | None = None,
        services: Sequence[object] = (),
    ) -> SubgraphApp:
        """The ASGI application that serves this subgraph over a database.

        The verifier is one for this subgraph's name. Without it, callers in the same process alone are answered: a signed
        header is refused like a missing one. With `open_sdl` anybody may ask for the document, and for nothing else. By
        `door` its resolvers ask the gateway, where that does not hand over its own. `services` are what resolvers get by
        `info.context.service(kind)`.
        """
        return SubgraphApp(
            self.schema.executable,
            database,
            verifier,
            open_sdl=open_sdl,
            name=self.name,
            declared=self.asks,
            door=door,
            services=services,
        )

    def _check_permissions(self) -> None:
        declared = [permission.id for permission in self.permissions]
        for permission in declared:
            if not _PERMISSION.fullmatch(permission):
                raise SubgraphError(
                    f'{self.name}: "{permission}" is no id of a permission; write it like loyalty:award'
                )
            if declared.count(permission) > 1:
                raise SubgraphError(f"{self.name}: the permission {permission} is declared twice")
        for coordinate, scope in scopes_named(self.schema.executable):
            if scope not in declared:
                near = difflib.get_close_matches(scope, declared, n=1)
                meant = f"; did you mean {near[0]}?" if near else ""
                raise SubgraphError(
                    f"{self.name}: {coordinate} requires {scope}, which is not declared here{meant}"
                )

    def _check_tables(self) -> None:
        for name, reason in self.shared_tables.items():
            if not reason.strip():
                raise SubgraphError(f"{self.name}: say why the table {name} is shared by all tenants")
        for table in self.tables.tables.values() if self.tables is not None else ():
            if table.schema != self.name:
                raise SubgraphError(
                    f"{self.name}: the table {table.fullname} is not in the schema {self.name}"
                )
            if table.name not in self.shared_tables and "tenant_id" not in table.primary_key.columns:
                raise SubgraphError(f"{self.name}: the table {table.name} is not TenantScoped")


def _declared(name: str, asks: Path | None) -> DeclaredOperations:
    if asks is None:
        return DeclaredOperations()
    try:
        return read_declared_operations(asks)
    except DeclaredOperationError as error:
        raise SubgraphError(f"{name}: {error}") from error
