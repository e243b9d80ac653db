"""The same tenants twice: together in one database, and each alone in one of its own.

Whatever a tenant does must be answered alike in both: rows, counts, errors and their words. Then nothing that it can ask
tells of the other, not even that there is one.
"""

import asyncio
import json
import re
from collections.abc import Coroutine, Mapping
from contextlib import AsyncExitStack
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from foundation_subgraph.kit import Subgraph
from foundation_subgraph.kit.testing import ACME, GLOBEX, ThrowAwayDatabase, principal, throw_away_database
from tests.foundation_subgraph.kit.isolation.tenant_tables import SUBGRAPHS, superuser

_Result = TypeVar("_Result")

TENANTS = (ACME, GLOBEX)
PEOPLE = {number: UUID(f"00000000-0000-4000-8000-0000000001{number:02}") for number in range(5)}
MEMBERS = {ACME: (0, 1, 2), GLOBEX: (2, 3, 4)}
"""The one in the middle belongs to both. The first of each is its owner."""

SCOPES = tuple(
    permission.id
    for subgraph in SUBGRAPHS
    for permission in subgraph.permissions
    if permission.access != "operate"
)
_VARYING = re.compile(
    r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}"  # ids
    r"|\d{4}-\d\d-\d\d[T ][\d:.]+(?:Z|\+[\d:]+)?"  # moments
    r"|[A-Za-z0-9_-]{43}"  # tokens
)
_TABLES = [
    f"{subgraph.name}.{table.name}"
    for subgraph in SUBGRAPHS
    if subgraph.tables is not None
    for table in reversed(subgraph.tables.sorted_tables)
]


class Difference(AssertionError):  # noqa: N818 - an assertion, with both answers
    """A tenant was answered otherwise than it is when nobody else is there."""


class Worlds:
    """Opened once, emptied for each run. Everything is synchronous outside, for Hypothesis."""

    def __init__(self, *alterations: str) -> None:
        self._runner = asyncio.Runner()
        self._stack = AsyncExitStack()
        self._alterations = alterations
        self.together, self.alone = self._run(self._open())

    async def _open(self) -> tuple[ThrowAwayDatabase, dict[UUID, ThrowAwayDatabase]]:
        opened = [
            await self._stack.enter_async_context(throw_away_database(*SUBGRAPHS))
            for _ in range(len(TENANTS) + 1)
        ]
        for database in opened:
            async with superuser(database) as connection:
                for alteration in self._alterations:
                    await connection.execute(text(alteration))
        return opened[0], dict(zip(TENANTS, opened[1:], strict=True))

    def _run(self, what: Coroutine[Any, Any, _Result]) -> _Result:
        return self._runner.run(what)

    def close(self) -> None:
        self._run(self._stack.aclose())
        self._runner.close()

    def begin(self) -> None:
        """Everything empty but for the tenants, their people and roles."""
        self._run(self._begin())

    async def _begin(self) -> None:
        for database in (self.together, *self.alone.values()):
            async with superuser(database) as connection:
                for table in _TABLES:
                    await connection.execute(text(f"DELETE FROM {table}"))
                for tenant in (
                    TENANTS
                    if database is self.together
                    else [one for one, it in self.alone.items() if it is database]
                ):
                    for statement in _beginning(tenant):
                        await connection.execute(text(statement))

    def ask(self, tenant: UUID, subgraph: Subgraph, query: str, **variables: object) -> object:
        """What the tenant is told, by the whole answer. Raises Difference."""

        async def one(database: ThrowAwayDatabase) -> object:
            asking = principal(*SCOPES, tenant=tenant, subject=PEOPLE[MEMBERS[tenant][0]])
            return await database.execute(subgraph, query, asking, variables)

        return self._compare(tenant, one, f"{query} {variables}")

    def sql(self, tenant: UUID, role: str, statement: str, **values: object) -> object:
        """What the tenant is told in raw SQL: rows in whatever order, their number, the error. Raises Difference."""

        async def one(database: ThrowAwayDatabase) -> object:
            try:
                async with database.session(tenant, role=role) as session:
                    result = await session.execute(text(statement), values)
                    rows = sorted(map(repr, result.all())) if result.returns_rows else []
                    return [rows, result.rowcount]  # type: ignore[attr-defined] # of a cursor
            except DBAPIError as error:
                return [str(error.orig), getattr(error.orig, "sqlstate", None)]

        return self._compare(tenant, one, f"{statement} {values}")

    def _compare(self, tenant: UUID, one: Any, told: str) -> object:
        async def both() -> tuple[object, object]:
            return await one(self.together), await one(self.alone[tenant])

        with_others, alone = self._run(both())
        if _comparable(with_others) != _comparable(alone):
            raise Difference(f"{told}\ntogether: {with_others}\nalone:    {alone}")
        return with_others


def _comparable(answer: object) -> str:
    """Without what differs from one run to the next: new ids and tokens by the place where they first come up."""
    known: dict[str, str] = {}
    return _VARYING.sub(
        lambda match: known.setdefault(match[0], f"<{len(known)}>"),
        json.dumps(answer, default=str, sort_keys=True),
    )


def _beginning(tenant: UUID) -> list[str]:
    name = "acme" if tenant == ACME else "globex"
    people = [(PEOPLE[number], f"p{number}@people.example", f"Person {number}") for number in MEMBERS[tenant]]
    return [
        f"INSERT INTO foundation.tenants (id, slug, name) VALUES ('{tenant}', '{name}', '{name}')",
        *(
            f"INSERT INTO foundation.permissions (id, subgraph, description, access) VALUES ('{one.id}', '{subgraph.name}', '', "
            f"'{one.access}') ON CONFLICT DO NOTHING"
            for subgraph in SUBGRAPHS
            for one in subgraph.permissions
        ),
        *(
            "INSERT INTO foundation.roles (tenant_id, name, description, accesses, is_built_in) "
            f"VALUES ('{tenant}', '{role}', '', '{{{kinds}}}', true)"
            for role, kinds in _BUILT_IN.items()
        ),
        *(
            "INSERT INTO foundation.users (id, email, name, password_hash) "
            f"VALUES ('{person}', '{email}', '{called}', 'x') ON CONFLICT DO NOTHING"
            for person, email, called in people
        ),
        *(
            f"INSERT INTO foundation.memberships (tenant_id, user_id) VALUES ('{tenant}', '{person}')"
            for person, _, _ in people
        ),
        f"INSERT INTO foundation.role_assignments (tenant_id, user_id, role) VALUES ('{tenant}', '{people[0][0]}', 'owner')",
    ]


_BUILT_IN: Mapping[str, str] = {
    "owner": "read,confidential,write,administer",
    "clerk": "read,confidential,write",
    "auditor": "read",
}
