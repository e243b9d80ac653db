"""Somebody with a browser, who signs in by a provider: each step on its own, so that a test can take another one."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx

from foundation_subgraph.kit.testing import ThrowAwayDatabase
from foundation_subgraph.sign_in import OidcSettings
from tests.foundation_subgraph.sign_in.door import Door, open_door
from tests.foundation_subgraph.sign_in.openid_provider import CLIENT, SECRET, OpenIdProvider, open_provider

HOUSE = "http://house"
NINA = {"sub": "nina-1", "email": "nina@x.example", "email_verified": True, "name": "Nina"}
OWNER = {"sub": "owner-1", "email": "owner@acme.example", "email_verified": True, "name": "Olga"}
BOTH = {"sub": "both-1", "email": "both@acme.example", "email_verified": True, "name": "Bo"}


class Ticking:
    """Seconds that never go back, and go on when told to."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Visitor:
    """`browser` has cookies of its own; `provider` is the one called `staff`, `other` the one called `partner`."""

    door: Door
    browser: httpx.AsyncClient
    provider: OpenIdProvider
    other: OpenIdProvider
    ticking: Ticking = field(default_factory=Ticking)

    async def leave(self, name: str = "staff", **query: str) -> httpx.Response:
        return await self.browser.get(f"/sign-in/oidc/{name}", params=query)

    async def at_provider(self, left: httpx.Response) -> str:
        """Signed in there: the address that it sends the browser back to."""
        assert left.status_code == 303, left.text
        async with httpx.AsyncClient(trust_env=False) as web:
            answer = await web.get(left.headers["location"])
        assert answer.status_code == 302, answer.text
        return answer.headers["location"]

    async def come_back(self, address: str) -> httpx.Response:
        return await self.browser.get(address.removeprefix(HOUSE))

    async def visit(self, name: str = "staff", **query: str) -> dict[str, str]:
        """There and back: what stands behind the # of the page."""
        return outcome(await self.come_back(await self.at_provider(await self.leave(name, **query))))

    async def finish(self, ticket: str, **more: object) -> httpx.Response:
        return await self.browser.post("/sign-in/oidc/finish", json={"ticket": ticket, **more})

    async def enter(self, name: str = "staff", **more: object) -> httpx.Response:
        """The whole way."""
        return await self.finish((await self.visit(name))["ticket"], **more)

    async def identities(self) -> list[tuple[str, str]]:
        async with self.door.database.sign_in.connect() as connection:
            rows = await connection.exec_driver_sql(
                "SELECT i.subject, u.email FROM foundation.identities i JOIN foundation.users u ON u.id = i.user_id "
                "ORDER BY i.created_at"
            )
            return [tuple(row) for row in rows]


def outcome(answer: httpx.Response) -> dict[str, str]:
    assert answer.status_code == 303, answer.text
    return dict(parse_qsl(urlsplit(answer.headers["location"]).fragment))


def code_of(answer: httpx.Response) -> tuple[int, str]:
    assert answer.is_error, "it is no refusal"
    return answer.status_code, answer.json()["error"]["code"]


@asynccontextmanager
async def open_visit(
    database: ThrowAwayDatabase, folder: Path, staff: Mapping[str, Any]
) -> AsyncIterator[Visitor]:
    """A house with two providers: `staff`, as the test wants it, and `partner`, for globex."""
    secret = folder / "client-secret"
    secret.write_text(f"{SECRET}\n")
    async with open_provider() as provider, open_provider() as other:
        common = {"client_id": CLIENT, "client_secret": {"file": str(secret)}}
        settings = OidcSettings.model_validate(
            {
                "public_url": HOUSE,
                "return_addresses": ["https://app.example/signed-in"],
                "providers": [
                    {"name": "staff", "title": "Acme staff", "issuer": provider.issuer, "tenants": ["acme"]}
                    | common
                    | dict(staff),
                    {"name": "partner", "title": "Partner", "issuer": other.issuer, "tenants": ["globex"]}
                    | common,
                ],
            }
        )
        for one, double in zip(settings.providers, (provider, other), strict=True):
            double.redirect_uris.add(settings.callback(one))
        ticking = Ticking()
        async with open_door(database, folder, settings, ticking) as door:
            transport = httpx.ASGITransport(door.app)
            async with httpx.AsyncClient(transport=transport, base_url=HOUSE) as browser:
                yield Visitor(door, browser, provider, other, ticking)
