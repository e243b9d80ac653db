"""With publishers' keys only what they have signed is taken into the registry, and only that is served out of it."""

from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sqlalchemy.ext.asyncio import AsyncSession

from foundation_subgraph.kit import Access, Permission, Refusal
from foundation_subgraph.modules.artefact import PublisherKeys, artefact_of
from foundation_subgraph.modules.following import RegisteredModules
from foundation_subgraph.modules.model import ModuleVersion, Registry, VersionId
from foundation_subgraph.modules.publication import publish
from supergraph.spec import InvalidKeyError, ModuleDocument, sign_content
from tests.foundation_subgraph.modules.house import ADA, CHECK, ITEMS, Registrar, version

KEY, OTHER = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
PUBLISHERS = PublisherKeys((KEY.public_key(),))
PUBLISHED = version("items@1", ITEMS, address="https://items.example/graphql")
FOUNDATION = ModuleDocument("foundation", "type Query { me: ID }", "http://foundation.example")


def signed(version: ModuleVersion, key: Ed25519PrivateKey = KEY) -> ModuleVersion:
    return replace(version, signature=sign_content(artefact_of(version), key))


CHANGES = [
    {"sdl": PUBLISHED.sdl + "\n"},
    {"address": "https://elsewhere.example/graphql"},
    {"permissions": (Permission("items:read", "See items", Access.OPERATE),)},
    {"permissions": ()},
    {"id": VersionId("items", 2)},
    {"depends_on": ("orders",)},
    {"owns": ("Item",)},
    {"extends": ("Item",)},
    {"owner": "others"},
    {"title": "Things"},
]


@pytest.mark.parametrize("change", CHANGES, ids=[next(iter(each)) for each in CHANGES])
def test_nothing_of_a_version_can_be_changed_without_its_signature(change: dict[str, object]) -> None:
    assert PUBLISHERS.flaw(signed(PUBLISHED)) is None
    assert "by none of" in str(PUBLISHERS.flaw(replace(signed(PUBLISHED), **change)))


def test_a_signature_by_somebody_else_none_and_nonsense_are_told_apart() -> None:
    assert "by none of" in str(PUBLISHERS.flaw(signed(PUBLISHED, OTHER)))
    assert "not signed" in str(PUBLISHERS.flaw(PUBLISHED))
    assert "base64" in str(PUBLISHERS.flaw(replace(PUBLISHED, signature="?")))


def test_without_keys_everybody_publishes() -> None:
    assert PublisherKeys().flaw(PUBLISHED) is None


def test_one_key_may_take_the_others_place() -> None:
    both = PublisherKeys((OTHER.public_key(), KEY.public_key()))
    assert both.flaw(signed(PUBLISHED)) is both.flaw(signed(PUBLISHED, OTHER)) is None


def test_keys_are_read_from_a_file_that_may_be_missing_but_not_broken(tmp_path: Path) -> None:
    file = tmp_path / "publishers.pub"
    assert PublisherKeys.read(file).keys == ()
    file.write_bytes(KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    assert PublisherKeys.read(file).flaw(signed(PUBLISHED)) is None
    file.write_text("nothing")
    with pytest.raises(InvalidKeyError, match=r"publishers\.pub: no public key"):
        PublisherKeys.read(file)


async def test_what_is_not_signed_is_not_published(registrar: Registrar) -> None:
    async with AsyncSession(registrar.database.owner) as session, session.begin():
        with pytest.raises(Refusal, match="items@1 is not published: it is not signed"):
            await publish(session, PUBLISHED, ADA, CHECK, publishers=PUBLISHERS)
        await publish(session, signed(PUBLISHED), ADA, CHECK, publishers=PUBLISHERS)
    assert (await registrar.registry()).versions[PUBLISHED.id] == signed(PUBLISHED)


async def test_what_came_into_the_registry_by_another_way_is_served_to_nobody(registrar: Registrar) -> None:
    """Somebody who writes into the database, or holds another house's role, has no key."""
    for found, has in ((signed(PUBLISHED), {"items@1"}), (PUBLISHED, set())):
        modules = RegisteredModules(FOUNDATION, {}, PUBLISHERS)
        modules.take_in(Registry({found.id: found}, for_all={"items": 1}))
        assert modules.of(None) == has
    assert "not signed" in modules.registry.faults[PUBLISHED.id]


async def test_what_the_house_runs_itself_needs_no_signature() -> None:
    modules = RegisteredModules(FOUNDATION, {PUBLISHED.id: FOUNDATION}, PUBLISHERS)
    modules.take_in(Registry({PUBLISHED.id: PUBLISHED}, for_all={"items": 1}))
    assert modules.of(None) == {"items@1"}
