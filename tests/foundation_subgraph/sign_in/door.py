"""The sign-in over HTTP, on a real database with the demo people in it."""

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import jwt
from fastapi import FastAPI
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from foundation_subgraph.graph import subgraph
from foundation_subgraph.kit import Access
from foundation_subgraph.kit.testing import ThrowAwayDatabase
from foundation_subgraph.permissions.register import register_permissions
from foundation_subgraph.seeding import DEMO_PASSWORD, demo_tenant_id, seed_people
from foundation_subgraph.sign_in import (
    OidcSettings,
    OidcSignIn,
    PasswordChanges,
    PasswordCost,
    Passwords,
    Provider,
    SecondFactors,
    SignIn,
    TokenIssuer,
    build_sign_in_router,
    load_or_create_key,
    load_or_create_seal,
)
from supergraph.spec import Principal

CHEAP = PasswordCost(passes=1, memory=8, lanes=1)
ACME = demo_tenant_id("acme")
GLOBEX = demo_tenant_id("globex")
OF_AN_OWNER = [one.id for one in subgraph.permissions if one.access is not Access.OPERATE]


class Clock:
    """Tells what it is told to: seconds since the epoch."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


class Postbox:
    """A mailer: keeps what it is given."""

    def __init__(self) -> None:
        self.sent: list[dict[str, str]] = []

    async def send_password_reset(self, *, email: str, name: str, token: str) -> None:
        self.sent.append({"email": email, "name": name, "token": token})


@dataclass(frozen=True)
class Door:
    app: FastAPI
    client: httpx.AsyncClient
    database: ThrowAwayDatabase
    sign_in: SignIn
    clock: Clock
    postbox: Postbox = field(default_factory=Postbox)

    @property
    def issuer(self) -> TokenIssuer:
        return self.sign_in.issuer

    async def enter(self, email: str, password: str = DEMO_PASSWORD, **more: object) -> httpx.Response:
        return await self.client.post("/sign-in", json={"email": email, "password": password} | more)

    async def post(self, path: str, sent: object = None, token: str | None = None) -> httpx.Response:
        headers = {} if token is None else {"authorization": f"Bearer {token}"}
        return await self.client.post(f"/sign-in{path}", json={} if sent is None else sent, headers=headers)

    async def ask(self, query: str, token: str, **variables: object) -> dict[str, Any]:
        """The foundation's answer to whoever has this token."""
        claims = jwt.decode(token, options={"verify_signature": False})
        asking = Principal(claims["sub"], claims["tenant"], frozenset(claims["scope"].split()), claims["sid"])
        return await self.database.execute(subgraph, query, asking, variables)

    async def invite(self, email: str, roles: list[str], tenant: str = "acme") -> str:
        owner = (await self.enter(f"owner@{tenant}.example")).json()
        query = (
            'mutation ($e: String!, $r: [String!]!) { inviteUser(email: $e, name: "Nina", roles: $r) '
            "{ ... on NewInvitation { token } } }"
        )
        answer = await self.ask(query, owner["token"], e=email, r=roles)
        token: str = answer["data"]["inviteUser"]["token"]
        return token

    async def accept(self, token: str, password: str) -> httpx.Response:
        return await self.client.post("/sign-in/accept", json={"token": token, "password": password})

    async def sql(self, statement: str, tenant: UUID = ACME, **values: object) -> list[Any]:
        """As the owner of the tables, in a tenant."""
        async with AsyncSession(self.database.owner) as session, session.begin():
            await session.execute(
                text("SELECT set_config('dovetail.tenant_id', :tenant, true)"), {"tenant": str(tenant)}
            )
            done = await session.execute(text(statement), values)
            return list(done.all()) if done.returns_rows else []  # type: ignore[attr-defined] # SQLAlchemy's

    async def audited(self, action: str, tenant: UUID = ACME) -> list[dict[str, Any]]:
        """What the log has of an action, the oldest first: actor, target, details."""
        rows = await self.sql(
            "SELECT actor, target, details FROM foundation.audit_log WHERE action = :action ORDER BY at",
            tenant,
            action=action,
        )
        return [{"actor": row.actor, "target": row.target, "details": row.details} for row in rows]


@asynccontextmanager
async def open_door(
    database: ThrowAwayDatabase,
    folder: Path,
    oidc: OidcSettings | None = None,
    clock_of_providers: Callable[[], float] = time.monotonic,
) -> AsyncIterator[Door]:
    async with AsyncSession(database.owner) as session, session.begin():
        await register_permissions(session, subgraph.name, subgraph.permissions)
    passwords = Passwords(CHEAP)
    await seed_people(database.owner, database.sign_in, passwords)
    issuer = TokenIssuer(load_or_create_key(folder / "k.pem"))
    clock = Clock()
    second_factors = SecondFactors(database.sign_in, load_or_create_seal(folder / "seal.key"), clock=clock)
    offered = () if oidc is None else oidc.providers
    reaches = {one.name: one for one in offered}
    sign_in = SignIn(database.sign_in, passwords, issuer, second_factors, reaches)
    by_providers = None
    if oidc is not None:
        providers = {one.name: Provider(one, clock=clock_of_providers) for one in offered}
        by_providers = OidcSignIn(sign_in, oidc, providers)
    app, postbox = FastAPI(), Postbox()
    app.include_router(build_sign_in_router(sign_in, PasswordChanges(sign_in, postbox), by_providers))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://house") as client:
        yield Door(app, client, database, sign_in, clock, postbox)
