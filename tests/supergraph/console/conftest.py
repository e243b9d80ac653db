"""A small house with people, tenants and a schema, to show the console to a browser."""

import asyncio
import secrets
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import pytest
import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response
from graphql import GraphQLSchema, build_schema, graphql

from supergraph.console import ConsoleConfig, DemoLogin, console_app


@dataclass(frozen=True)
class Tenant:
    id: str
    slug: str
    name: str
    customers: tuple[str, ...]
    sdl: str


@dataclass(frozen=True)
class Person:
    id: str
    name: str
    email: str
    password: str
    tenants: tuple[str, ...]
    may_award: bool


SDL = '''
"""What one tenant may ask."""
type Query { me: Person! customers: [Customer!]! }
type Mutation { awardPoints(customer: ID!, points: Int!): Int }
"Somebody <img src=x onerror=alert(1)> who works here."
type Person { id: ID! name: String! }
"Somebody who buys here."
type Customer { id: ID! name: String! }
'''
TENANTS = {
    "acme": Tenant("t-1", "acme", "Acme Corporation", ("Road Runner Ltd", "Coyote & Sons"), SDL),
    "globex": Tenant(
        "t-2", "globex", "Globex", ("Springfield Nuclear",), SDL + "extend type Query { warehouses: Int }"
    ),
}
PEOPLE = {
    person.email: person
    for person in (
        Person("u-1", "Carla Clerk", "clerk@acme.example", "clerk-demo-login", ("acme",), may_award=True),
        Person(
            "u-2", "Beatrice Both", "both@example.com", "both-demo-login", ("acme", "globex"), may_award=False
        ),
    )
}
SAMPLE_QUERY = "query Sample {\n  me {\n    name\n  }\n  customers {\n    id\n    name\n  }\n}\n"


@dataclass
class House:
    """Signs people in and answers GraphQL, like the gateway and the foundation together, in a few lines."""

    origin: str = ""
    lifetime: timedelta = timedelta(minutes=15)
    slowness: float = 0
    """Seconds that a query waits for its answer."""
    people: dict[str, Person] = field(default_factory=lambda: dict(PEOPLE))
    sessions: dict[str, tuple[Person, Tenant]] = field(default_factory=dict)
    second_factors: dict[str, str] = field(default_factory=dict)
    """The code that is asked for, by e-mail."""
    visitor: Person | None = None
    """Who is signed in at the OpenID provider."""
    tickets: dict[str, str] = field(default_factory=dict)
    """What is in the cookie that goes with each."""
    introspected: list[str] = field(default_factory=list)
    """The tenants for which the schema was asked, in order."""
    headers: list[dict[str, str]] = field(default_factory=list)

    def app(self, config: ConsoleConfig) -> FastAPI:
        app = FastAPI(openapi_url=None)
        app.post("/sign-in")(self.sign_in)
        app.post("/sign-in/switch")(self.switch)
        app.post("/sign-in/out")(self.sign_out)
        app.get("/sign-in/oidc/staff")(self.visit_provider)
        app.post("/sign-in/oidc/finish")(self.finish)
        app.post("/graphql")(self.graphql)
        app.mount("/", console_app(config))
        return app

    async def sign_in(self, request: Request) -> JSONResponse:
        asked = await request.json()
        person = self.people.get(asked["email"])
        if person is None or person.password != asked["password"]:
            return JSONResponse({"error": {"message": "E-mail or password is wrong."}}, 401)
        if refused := self.without_second_factor(person, asked):
            return refused
        return self.begin(person, asked.get("tenant", person.tenants[0]))

    async def visit_provider(self, request: Request) -> Response:
        """There and back in one step, as `visitor`, who is somebody or nobody."""
        page = request.query_params["returnTo"]
        if self.visitor is None:
            refused = urlencode({"error": "PERSON_UNKNOWN", "message": "Nobody here is known as that."})
            return Response(status_code=303, headers={"location": f"{page}#{refused}"})
        ticket, trip = secrets.token_urlsafe(), secrets.token_urlsafe()
        self.tickets[ticket] = trip
        return Response(
            status_code=303,
            headers={"location": f"{page}#ticket={ticket}", "set-cookie": f"trip={trip}; HttpOnly; Path=/"},
        )

    async def finish(self, request: Request) -> JSONResponse:
        asked = await request.json()
        trip = self.tickets.get(asked["ticket"])
        if trip is None or self.visitor is None or request.cookies.get("trip") != trip:
            said = {"code": "TICKET_INVALID", "message": "The ticket is not valid."}
            return JSONResponse({"error": said}, 401)
        if refused := self.without_second_factor(self.visitor, asked):
            return refused
        del self.tickets[asked["ticket"]]
        return self.begin(self.visitor, self.visitor.tenants[0])

    def without_second_factor(self, person: Person, asked: dict[str, str]) -> JSONResponse | None:
        if person.email not in self.second_factors or asked.get("code") == self.second_factors[person.email]:
            return None
        wrong = "WRONG" if "code" in asked else "REQUIRED"
        said = {"code": f"SECOND_FACTOR_{wrong}", "message": f"The code is {wrong.lower()}."}
        return JSONResponse({"error": said}, 401)

    async def switch(self, request: Request) -> JSONResponse:
        session = self.session_of(request)
        if session is None:
            return JSONResponse({"error": {"message": "Sign in first."}}, 401)
        return self.begin(session[0], (await request.json())["tenant"])

    async def sign_out(self, request: Request) -> Response:
        self.sessions.pop(request.headers["authorization"].removeprefix("Bearer "), None)
        return Response(status_code=204)

    def begin(self, person: Person, tenant: str) -> JSONResponse:
        if tenant not in person.tenants:
            return JSONResponse({"error": {"message": f"You do not belong to {tenant}."}}, 403)
        token = secrets.token_urlsafe()
        self.sessions[token] = (person, TENANTS[tenant])

        def shown(each: Tenant) -> dict[str, str]:
            return {"id": each.id, "slug": each.slug, "name": each.name}

        return JSONResponse(
            {
                "token": token,
                "expiresAt": (datetime.now(UTC) + self.lifetime).isoformat(),
                "user": {"id": person.id, "name": person.name, "email": person.email},
                "tenant": shown(TENANTS[tenant]),
                "tenants": [shown(TENANTS[slug]) for slug in person.tenants],
            }
        )

    async def graphql(self, request: Request) -> JSONResponse:
        self.headers.append(dict(request.headers))
        session = self.session_of(request)
        if session is None:
            return JSONResponse({"errors": [{"message": "The token is not valid."}]}, 401)
        person, tenant = session
        await asyncio.sleep(self.slowness)
        asked = await request.json()
        if asked.get("operationName") == "IntrospectionQuery":
            self.introspected.append(tenant.slug)
        result = await graphql(
            schema_of(person, tenant),
            asked["query"],
            variable_values=asked.get("variables"),
            operation_name=asked.get("operationName"),
        )
        return JSONResponse(result.formatted)

    def session_of(self, request: Request) -> tuple[Person, Tenant] | None:
        return self.sessions.get(request.headers.get("authorization", "").removeprefix("Bearer "))


def schema_of(person: Person, tenant: Tenant) -> GraphQLSchema:
    def award_points(_root: object, _info: object, customer: str, points: int) -> int:
        if not person.may_award:
            raise PermissionError("Not allowed: awardPoints needs the permission loyalty:award.")
        return points

    schema = build_schema(tenant.sdl)
    customers = [{"id": str(number), "name": name} for number, name in enumerate(tenant.customers, 1)]
    schema.query_type.fields["me"].resolve = lambda *_: {"id": person.id, "name": person.name}
    schema.query_type.fields["customers"].resolve = lambda *_: customers
    schema.mutation_type.fields["awardPoints"].resolve = award_points
    return schema


DEMO_LOGINS = tuple(
    DemoLogin(person.email, "Clerk" if person.may_award else "Auditor", person.password)
    for person in PEOPLE.values()
)


@pytest.fixture
def console_config() -> ConsoleConfig:
    return ConsoleConfig(sign_in="/sign-in", demo_logins=DEMO_LOGINS, sample_query=SAMPLE_QUERY)


@pytest.fixture
def house(console_config: ConsoleConfig) -> Iterator[House]:
    house = House()
    listening = socket.create_server(("127.0.0.1", 0))
    house.origin = f"http://127.0.0.1:{listening.getsockname()[1]}"
    server = uvicorn.Server(
        uvicorn.Config(house.app(console_config), log_level="warning", ws="none", timeout_graceful_shutdown=2)
    )
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield house
    server.should_exit = True
    thread.join()


@pytest.fixture
def origin(house: House) -> str:
    return house.origin
