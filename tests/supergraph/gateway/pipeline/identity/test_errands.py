"""What is taken back from somebody is taken from the modules that ask for them."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from supergraph.gateway.errors import Refusal
from supergraph.gateway.pipeline.identity import Identity
from supergraph.spec import Caller, ErrandSigner, ErrandVerifier, Principal, RevocationList

KEY = Ed25519PrivateKey.generate()
ASKER = Principal("u1", "acme", frozenset({"a:read"}), "s1")


@pytest.fixture
def shown() -> bytes:
    return f"Dovetail-Errand {ErrandSigner(KEY).sign(ASKER, 'reports')}".encode()


async def test_a_module_is_whoever_asked_it(shown: bytes) -> None:
    caller = await Identity(errands=ErrandVerifier(KEY.public_key())).identify(shown)
    assert isinstance(caller, Caller)
    assert caller.session == "s1"
    assert caller.principal.scopes == ASKER.scopes
    assert caller.principal.errand is not None
    assert caller.until == caller.principal.errand.until


async def test_who_lends_nothing_takes_nothing_back(shown: bytes) -> None:
    refused = await Identity().identify(shown)
    assert isinstance(refused, Refusal)
    assert refused.status == 401


async def test_an_errand_ends_with_its_callers_session(shown: bytes) -> None:
    revocations = RevocationList()
    identity = Identity(errands=ErrandVerifier(KEY.public_key()), revocations=[revocations])
    assert isinstance(await identity.identify(shown), Caller)
    revocations.revoke_session("s1")
    assert isinstance(await identity.identify(shown), Refusal)


async def test_an_errand_ends_with_its_callers_rights(shown: bytes) -> None:
    revocations = RevocationList()
    identity = Identity(errands=ErrandVerifier(KEY.public_key()), revocations=[revocations])
    revocations.revoke_subject("u1", "acme")
    assert isinstance(await identity.identify(shown), Refusal)
