"""Publishing through the graph: the rules of the command line, for operators alone."""

from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from foundation_subgraph.graph import subgraph
from foundation_subgraph.kit import narrow
from foundation_subgraph.kit.testing import ACME, principal
from foundation_subgraph.modules.model import VersionId
from foundation_subgraph.modules.publishing import Publisher
from foundation_subgraph.tenants.tables import TenantRow
from tests.foundation_subgraph.modules.house import ITEMS, LINK, Registrar, version

MANIFEST = """id = "items"
title = "Items"
version = {version}
owner = "team"
owns = ["Item"]

[permissions]
"items:read" = {{ description = "See items", access = "read" }}
"""
PUBLISH = """mutation ($manifest: String!, $sdl: String!, $address: String!, $accept: String!) {
  publishModule(manifest: $manifest, sdl: $sdl, address: $address, accept: $accept) {
    __typename ... on Problem { code message } ... on RegisteredModule { id versionForAll versions { version address permissions } }
  }
}"""
ADDRESS = "https://items.example/graphql"


@pytest.fixture(autouse=True)
async def platform(registrar: Registrar) -> None:
    async with AsyncSession(registrar.database.owner) as session, session.begin():
        await narrow(session, ACME)
        # The operator's tenant here is acme: that it is the platform's changes nothing for publishing.
        (await session.get_one(TenantRow, ACME)).is_platform = True


async def publish(
    registrar: Registrar,
    manifest: str = MANIFEST.format(version=1),
    sdl: str = LINK + ITEMS,
    address: str = ADDRESS,
    accept: str = "",
    *,
    scopes: str = "platform:modules",
    in_house: bool = True,
) -> dict[str, Any]:
    return await registrar.database.execute(
        subgraph,
        PUBLISH,
        principal(*scopes.split(), tenant=ACME),
        {"manifest": manifest, "sdl": sdl, "address": address, "accept": accept},
        services=[Publisher(registrar.database.owner)] if in_house else [],
    )


async def published(registrar: Registrar, *arguments: str, **named: Any) -> dict[str, Any]:
    answer = await publish(registrar, *arguments, **named)
    assert "errors" not in answer, answer
    found: dict[str, Any] = answer["data"]["publishModule"]
    return found


async def test_a_version_is_published_with_its_permissions_and_nobody_has_it_yet(
    registrar: Registrar,
) -> None:
    assert await published(registrar) == {
        "__typename": "RegisteredModule",
        "id": "items",
        "versionForAll": None,
        "versions": [{"version": 1, "address": ADDRESS, "permissions": ["items:read"]}],
    }
    kept = (await registrar.registry()).versions[VersionId("items", 1)]
    assert (kept.sdl, kept.owns, kept.title) == (LINK + ITEMS, ("Item",), "Items")
    assert await registrar.of(ACME) == []


async def test_who_publishes_is_in_the_log(registrar: Registrar) -> None:
    await published(registrar)
    log = "{ auditLog { nodes { action target } } }"
    answer = await registrar.database.execute(subgraph, log, principal("audit:read", tenant=ACME))
    assert answer["data"]["auditLog"]["nodes"] == [{"action": "module.published", "target": "items@1"}]


async def test_only_operators_publish(registrar: Registrar) -> None:
    answer = await publish(registrar, scopes="modules:read")
    assert answer["errors"]
    assert (await registrar.registry()).versions == {}


@pytest.mark.parametrize(
    ("changed", "code", "says"),
    [
        ({"address": "module_subgraphs.items:subgraph"}, "BAD_USER_INPUT", "begins with http:// or https://"),
        ({"manifest": 'id = "items"'}, "BAD_USER_INPUT", "the manifest: title is missing"),
        ({"sdl": "type Query {"}, "MODULES_DO_NOT_FIT", "items@1 does not fit"),
        (
            {"manifest": MANIFEST.format(version=1).replace('"team"', '"others"')},
            "MODULE_TAKEN",
            'belongs to "team"',
        ),
    ],
)
async def test_what_cannot_be_published_is_refused_with_its_reason_and_nothing_is_kept(
    registrar: Registrar, changed: dict[str, str], code: str, says: str
) -> None:
    if code == "MODULE_TAKEN":
        await registrar.publish(version("items@1", ITEMS))
        changed = {"manifest": changed["manifest"].replace("version = 1", "version = 2")}
    before = (await registrar.registry()).versions
    refused = await published(registrar, **changed)
    assert (refused["code"], says in refused["message"]) == (code, True), refused
    assert (await registrar.registry()).versions == before


async def test_what_breaks_clients_is_published_where_that_is_meant(registrar: Registrar) -> None:
    await published(registrar)
    narrower = {"manifest": MANIFEST.format(version=2), "sdl": LINK + ITEMS.replace(" name: String!", "")}
    assert (await published(registrar, **narrower))["code"] == "BREAKING_CHANGES"
    done = await published(registrar, **narrower, accept="nobody asks")
    assert [each["version"] for each in done["versions"]] == [2, 1]
    assert (await published(registrar))["code"] == "VERSION_EXISTS"


async def test_a_foundation_apart_from_its_house_says_where_to_publish(registrar: Registrar) -> None:
    assert (await published(registrar, in_house=False))["code"] == "NOT_PUBLISHED_HERE"
