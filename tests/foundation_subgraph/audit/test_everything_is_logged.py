"""Nothing is administered, and nobody is refused what they may not do, without an entry in the log of their tenant."""

from typing import Any

import pytest

from foundation_subgraph.audit.sink import DENIED, DenialAudit
from foundation_subgraph.graph import subgraph
from foundation_subgraph.kit import GraphQLRequest
from foundation_subgraph.permissions import graph as roles
from foundation_subgraph.seeding import demo_tenant_id
from supergraph.spec import Principal
from tests.foundation_subgraph.sign_in.door import ACME, OF_AN_OWNER, Door

PROVED_ELSEWHERE = {
    "enableModule",
    "disableModule",
    "rollOutModule",
    "finishModuleRollout",
    "haltModuleRollout",
    "rollBackModule",
    "publishModule",
}
"""Of the registry of modules: `tests/foundation_subgraph/modules/test_graph.py` and `test_publishing.py`."""

ACTS: tuple[tuple[str, str], ...] = (
    ("revokeSession", 'id: "{session}"'),
    ("createRole", 'name: "desk"'),
    ("updateRole", 'name: "desk", description: "At the desk"'),
    ("grantRole", 'userId: "{clerk}", role: "desk"'),
    ("revokeRole", 'userId: "{clerk}", role: "desk"'),
    ("deleteRole", 'name: "desk"'),
    ("inviteUser", 'email: "new@acme.example", name: "Nina", roles: ["clerk"]'),
    ("withdrawInvitation", 'email: "new@acme.example"'),
    ("createServiceAccount", 'name: "importer"'),
    ("createApiKey", 'accountId: "{createServiceAccount}", name: "nightly", scopes: ["users:read"]'),
    ("revokeApiKey", 'id: "{createApiKey}"'),
    ("createPasswordReset", 'userId: "{clerk}"'),
    ("removeSecondFactor", 'userId: "{clerk}"'),
    ("revokeAllSessions", ""),
    ("renameTenant", 'name: "Acme and Sons"'),
    ("removeUser", 'userId: "{clerk}"'),
    (
        "createTenant",
        'slug: "initech", name: "Initech", ownerEmail: "bill@initech.example", ownerName: "Bill"',
    ),
    ("suspendTenant", 'id: "{createTenant}"'),
    ("reactivateTenant", 'id: "{createTenant}"'),
    ("closeTenant", 'id: "{createTenant}"'),
)
"""Every mutation with what makes it do something; {names} are ids, of whom there is or of what an act before has made."""

DENIALS: tuple[tuple[str, str, str], ...] = (
    ("inviteUser", 'email: "a@b.example", name: "A", roles: ["owner"]', "ROLE_BEYOND_YOUR_OWN"),
    ("grantRole", 'userId: "{clerk}", role: "owner"', "ROLE_BEYOND_YOUR_OWN"),
    ("createRole", 'name: "king", parents: ["owner"]', "ROLE_BEYOND_YOUR_OWN"),
    (
        "createApiKey",
        'accountId: "{clerk}", name: "n", scopes: ["audit:read"]',
        "PERMISSION_BEYOND_YOUR_OWN",
    ),
    ("createPasswordReset", 'userId: "{owner}"', "USER_BEYOND_YOU"),
    ("removeSecondFactor", 'userId: "{owner}"', "USER_BEYOND_YOU"),
    ("revokeAllSessions", 'userId: "{owner}"', "SESSIONS_NOT_YOURS"),
)
LITTLE = [one for one in OF_AN_OWNER if one not in {"audit:read", "sessions:manage"}]


MADE = {
    "createServiceAccount": "... on ServiceAccount { id }",
    "createApiKey": "... on NewApiKey { key { id } }",
    "createTenant": "... on NewTenant { tenant { id } }",
}


def mutation(name: str, arguments: str) -> str:
    given = f"({arguments})" if arguments else ""
    return f"mutation {{ {name}{given} {{ __typename ... on Problem {{ code }} {MADE.get(name, '')} }} }}"


def made(answer: dict[str, Any]) -> str:
    """The id of what an act has made, wherever it stands."""
    inner = next((one for one in answer.values() if isinstance(one, dict)), answer)
    return str(inner.get("id", ""))


async def entries(door: Door) -> int:
    """In the logs of the tenant and of the platform."""
    count = "SELECT count(*) AS all FROM foundation.audit_log"
    return sum([(await door.sql(count, tenant))[0].all for tenant in (ACME, demo_tenant_id("platform"))])


async def unlogged(door: Door) -> list[str]:
    """The mutations that did something without an entry of it."""
    owner = (await door.enter("owner@acme.example")).json()
    operator = (await door.enter("operator@platform.example")).json()
    clerk = (await door.enter("clerk@acme.example")).json()
    known = {
        "clerk": clerk["user"]["id"],
        "session": str(door.issuer.read(clerk["token"]).session),
    }
    found: list[str] = []
    for name, arguments in ACTS:
        by = operator if "Tenant" in name and name != "renameTenant" else owner
        before = await entries(door)
        answer = await door.ask(mutation(name, arguments.format(**known)), by["token"])
        done: dict[str, Any] = answer["data"][name]
        assert "code" not in done, (name, done)
        known[name] = made(done)
        if await entries(door) == before:
            found.append(name)
    return found


def test_every_mutation_there_is_is_asked() -> None:
    root = subgraph.schema.executable.mutation_type
    assert root is not None
    assert {name for name, _ in ACTS} | PROVED_ELSEWHERE == set(root.fields)


async def test_every_administrative_act_is_in_the_log(door: Door) -> None:
    assert await unlogged(door) == []


async def test_acts_that_are_not_in_the_log_are_noticed(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    async def record_nothing(*_: object) -> None:
        pass

    monkeypatch.setattr(roles, "record", record_nothing)
    assert await unlogged(door) == ["createRole", "updateRole", "deleteRole"]


async def refused(door: Door, name: str, arguments: str, code: str) -> None:
    """Somebody with few rights is refused, and the log of their tenant says so."""
    people = {
        who: (await door.enter(f"{who}@acme.example")).json()["user"]["id"] for who in ("owner", "clerk")
    }
    asking = Principal(
        people["clerk"], str(ACME), frozenset(LITTLE if "evoke" not in name else ["users:read"])
    )
    engine = door.database.application.engine
    audit = DenialAudit(engine)
    app = subgraph.asgi(door.database.application, services=[audit])
    answer = await app.execute(GraphQLRequest(mutation(name, arguments.format(**people))), asking)
    assert answer["data"][name] == {"__typename": "NotPermitted", "code": code}
    await audit.close()
    [entry] = await door.audited(DENIED)
    assert (entry["actor"], entry["target"]) == (people["clerk"], f"Mutation.{name}")
    assert entry["details"]["rules"] == [code]
    assert entry["details"]["outcome"] == "refused"


@pytest.mark.parametrize(("name", "arguments", "code"), DENIALS, ids=[one[0] for one in DENIALS])
async def test_what_a_use_case_refuses_as_too_much_is_in_the_log(
    door: Door, name: str, arguments: str, code: str
) -> None:
    await refused(door, name, arguments, code)
