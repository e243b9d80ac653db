"""`dovetail module`'s commands about the registry: the rules of the registry, told in a line, and on record."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from supergraph.spec import sign_content

Command = Callable[..., Awaitable[Any]]

LINK = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@external", "@requires"])\n'
ITEMS = LINK + 'type Item @key(fields: "id") { id: ID! name: String! }\ntype Query { items: [Item!] }\n'
WITH_PRICE = ITEMS.replace("name: String!", "name: String! price: Int!")
ORDERS = LINK + 'type Item @key(fields: "id") { id: ID! ordered: Int! }\n'
MANIFEST = 'id = "{id}"\ntitle = "T"\nversion = {version}\nowner = "shop"\ndepends_on = [{needs}]\n'


@pytest.fixture
async def shop(dovetail: Command, tmp_path: Path) -> Command:
    """Commands over two tenants, and `publish` of a module from files."""
    for slug in ("acme", "globex"):
        await dovetail("tenant", "create", slug, "--name", slug.title(), "--owner", f"o@{slug}.example")
    return dovetail


@pytest.fixture
def publish(shop: Command, tmp_path: Path) -> Command:
    async def publish(name: str, sdl: str, *options: str, needs: str = "", code: int = 0) -> Any:
        module, _, version = name.partition("@")
        manifest, document = tmp_path / f"{name}.toml", tmp_path / f"{name}.graphql"
        manifest.write_text(MANIFEST.format(id=module, version=version, needs=f'"{needs}"' if needs else ""))
        document.write_text(sdl)
        files = ("--sdl", str(document), "--manifest", str(manifest))
        return await shop("module", "publish", module, *files, *options, code=code)

    return publish


async def status(shop: Command, module: str = "items") -> Any:
    [found] = (await shop("module", "status", module, "--json")).told
    return found


async def test_a_version_is_published_from_files_and_listed(shop: Command, publish: Command) -> None:
    said = await publish("items@1", ITEMS, "--address", "http://items.example/graphql")
    assert said.out == "items@1 is published. Nobody has it yet.\n"
    [listed] = (await shop("module", "versions", "items", "--json")).told
    assert (listed["version"], listed["owner"], listed["address"], listed["published_by"]) == (
        "items@1", "shop", "http://items.example/graphql", "cli:ada",
    )  # fmt: skip
    assert "items@1" in (await shop("module", "versions")).out
    assert (
        await publish("items@1", ITEMS, code=1)
    ).err == "error: items@1 is published already, and stays as it is\n"
    found = await status(shop)
    assert (found["latest"], found["for_all"], found["tenants"], found["rollout"]) == (1, None, {}, None)


async def test_a_house_that_has_publishers_keys_takes_what_they_have_signed_alone(
    shop: Command, publish: Command, tmp_path: Path
) -> None:
    """The artefact is printed, signed by whoever holds the key, and published with the signature."""
    key = Ed25519PrivateKey.generate()
    keys = tmp_path / "data" / "keys" / "publishers.pub"
    keys.parent.mkdir(parents=True)
    keys.write_bytes(key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    data = ("--data", str(tmp_path / "data"))
    unsigned = await publish("items@1", ITEMS, *data, code=1)
    assert unsigned.err.startswith("error: items@1 is not published: it is not signed")
    files = ("--sdl", str(tmp_path / "items@1.graphql"), "--manifest", str(tmp_path / "items@1.toml"))
    address = ("--address", "https://items.example/graphql")
    artefact = (await shop("module", "artefact", "items", *files, *address)).out
    signature = tmp_path / "items.sig"
    signature.write_text(sign_content(artefact.encode(), key) + "\n")
    moved = await publish("items@1", ITEMS, *data, "--signature", str(signature), code=1)
    assert "by none of the publishers' keys" in moved.err
    said = await publish("items@1", ITEMS, *data, *address, "--signature", str(signature))
    assert said.out == "items@1 is published. Nobody has it yet.\n"


async def test_a_version_is_published_from_its_code(shop: Command) -> None:
    said = await shop("module", "publish", "customers", "--json")
    assert said.told["version"] == "customers@1"
    assert "customers:read" in said.told["permissions"]
    missing = await shop("module", "publish", "nothing", code=1)
    assert missing.err.startswith("error: There is no module nothing here; there are customers")


async def test_what_breaks_clients_is_published_when_that_is_meant_and_said_twice(
    shop: Command, publish: Command
) -> None:
    await publish("items@1", WITH_PRICE)
    refused = await publish("items@2", ITEMS, code=1)
    assert refused.err.startswith("error: items@2 breaks clients of items@1: Item.price: ")
    await publish("items@2", ITEMS, "--accept", "nobody asks", code=2)
    await publish("items@2", ITEMS, "--accept", "nobody asks", "--yes")
    listed = (await shop("module", "versions", "items", "--json")).told
    assert [(one["version"], one["accepted"]) for one in listed] == [
        ("items@2", "nobody asks"),
        ("items@1", ""),
    ]


async def test_a_version_goes_its_way_from_one_tenant_to_all_and_back(
    shop: Command, publish: Command
) -> None:
    await publish("items@1", ITEMS)
    await publish("items@2", WITH_PRICE)
    assert (await shop("module", "enable", "items@1")).out == "items@1 is enabled for all.\n"
    begun = await shop("module", "rollout", "items@2", "--tenants", "acme")
    assert begun.out == "items@2 is being rolled out to acme.\n"
    await shop("module", "ring", "early", "--tenants", "globex")
    wider = await shop("module", "rollout", "items@2", "--ring", "early", "--percent", "10", "--json")
    assert wider.told["tenants"] == ["acme"]
    assert (wider.told["percent"], wider.told["rings"], wider.told["state"]) == (10, ["early"], "running")
    assert "items@2 to acme, the ring early, 10 % of all" in (await shop("module", "status")).out
    patient = await shop("module", "rollout", "items@2", "--percent", "10", "--max-errors", "7.5", "--json")
    assert (patient.told["max_errors"], patient.told["max_slow"], patient.told["slow_seconds"]) == (
        7.5,
        5.0,
        1.0,
    )
    much = await shop("module", "rollout", "items@2", "--percent", "10", "--max-slow", "101", code=1)
    assert much.err == "error: How many may fail or be slow is a share, from 0 % to 100 %\n"
    halted = await shop("module", "halt", "items", "--reason", "wrong prices")
    assert halted.out == "The rollout of items@2 is halted: everybody has what they had before.\n"
    [latest, *_] = (await shop("module", "history", "items", "--json")).told
    assert (latest["action"], latest["version"], latest["reason"]) == ("rollout_halted", 2, "wrong prices")
    await shop("module", "rollout", "items@2", "--tenants", "acme")
    await shop("module", "finish", "items")
    assert (await status(shop))["for_all"] == 2
    back = await shop("module", "rollback", "items", "--tenant", "acme")
    assert back.out == "items is rolled back for acme: items@1. Its data is kept.\n"
    assert (await shop("module", "rollback", "items", "--json")).told["version"] == "items@1"
    assert (await status(shop))["tenants"] == {"acme": 1}


async def test_what_another_module_needs_is_refused_with_names(shop: Command, publish: Command) -> None:
    """F6."""
    await publish("items@1", ITEMS)
    await publish("orders@1", ORDERS, needs="items")
    await shop("module", "enable", "items@1")
    await shop("module", "enable", "orders@1", "--tenant", "acme")
    for verb, *options in (("disable",), ("disable", "--tenant", "acme")):
        said = await shop("module", verb, "items", *options, code=1)
        assert said.err == "error: Nothing is changed: orders@1 needs items (for acme)\n"
    await shop("module", "disable", "orders", "--tenant", "acme")
    await shop("module", "disable", "items")
    assert (await status(shop))["for_all"] is None


async def test_what_is_done_for_a_tenant_is_in_its_log(shop: Command, publish: Command) -> None:
    await publish("items@1", ITEMS)
    await shop("module", "enable", "items@1", "--tenant", "acme", "--reason", "they bought it")
    [entry] = (await shop("audit", "list", "--tenant", "acme", "--action", "module.enabled", "--json")).told
    assert (entry["actor"], entry["target"], entry["details"]) == (
        "cli:ada", "items@1", {"reason": "they bought it"},
    )  # fmt: skip
    assert not (
        await shop("audit", "list", "--tenant", "globex", "--action", "module.enabled", "--json")
    ).told


async def test_what_is_written_wrongly_is_told_in_a_line(
    shop: Command, publish: Command, tmp_path: Path
) -> None:
    await publish("items@1", ITEMS)
    assert (await shop("module", "enable", "items", code=2)).err.endswith("write it like items@2\n")
    assert (await shop("module", "rollout", "items@1", code=2)).err.startswith("error: To whom?")
    missing = await shop("module", "enable", "items@1", "--tenant", "nobody", code=1)
    assert missing.err == 'error: There is no tenant "nobody"\n'
    assert (await shop("module", "status", "nothing", code=1)).err == "error: There is no module nothing\n"
    absent = await shop(
        "module",
        "publish",
        "items",
        "--sdl",
        str(tmp_path / "x"),
        "--manifest",
        str(tmp_path / "items@1.toml"),
        code=1,
    )
    assert absent.err.endswith("x cannot be read: No such file or directory\n")
    await shop("module", "publish", "items", "--sdl", "x", code=2)
