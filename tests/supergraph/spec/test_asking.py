"""What modules are lent: taken as that, and as nothing else; nothing else is taken as that."""

import time

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from supergraph.spec import (
    ANONYMOUS,
    Errand,
    ErrandSigner,
    ErrandVerifier,
    InvalidPrincipalError,
    Principal,
    PrincipalSigner,
    PrincipalVerifier,
)

KEY = Ed25519PrivateKey.generate()
SIGNER = ErrandSigner(KEY)
VERIFIER = ErrandVerifier(KEY.public_key())
ASKER = Principal("u1", "acme", frozenset({"a:read", "with space"}), "s1")


def test_a_module_is_lent_what_its_caller_may_and_nothing_beside() -> None:
    found, signed_at = VERIFIER.verify(SIGNER.sign(ASKER, "reports"))
    assert found.errand is not None
    assert found.errand.modules == ("reports",)
    assert (found.subject, found.tenant, found.scopes, found.session) == ("u1", "acme", ASKER.scopes, "s1")
    assert signed_at <= time.time() < found.errand.until <= time.time() + SIGNER.lifetime
    assert VERIFIER.verify(SIGNER.sign(ANONYMOUS, "reports"))[0].subject is None


def test_what_a_subgraph_is_told_is_not_what_a_module_is_lent() -> None:
    """Whatever the subgraph is called: the one is never taken for the other."""
    for subgraph in ("reports", "dovetail-gateway"):
        with pytest.raises(InvalidPrincipalError):
            VERIFIER.verify(PrincipalSigner(KEY).sign(ASKER, subgraph))
        with pytest.raises(InvalidPrincipalError):
            PrincipalVerifier([KEY.public_key()], subgraph).verify(SIGNER.sign(ASKER, subgraph))


def test_an_errand_ends_with_the_first_of_it() -> None:
    until = int(time.time()) + 3
    further, _ = VERIFIER.verify(SIGNER.sign(Principal("u1", errand=Errand(("reports",), until)), "leads"))
    assert further.errand == Errand(("reports", "leads"), until)


def test_a_subgraph_hears_of_the_errand() -> None:
    asked = Principal("u1", "acme", errand=Errand(("reports",), 2_000_000_000))
    header = PrincipalSigner(KEY).sign(asked, "customers")
    assert PrincipalVerifier([KEY.public_key()], "customers").verify(header) == asked


@pytest.mark.parametrize("modules", [("a", "b", "c", "d"), ("a", "b", "a")])
def test_an_errand_that_is_too_long_or_a_loop_is_refused(modules: tuple[str, ...]) -> None:
    begun = Principal("u1", errand=Errand(modules[:-1], int(time.time()) + 9))
    with pytest.raises(InvalidPrincipalError, match="without end"):
        VERIFIER.verify(SIGNER.sign(begun, modules[-1]))


def _claims(**other: object) -> dict[str, object]:
    now = int(time.time())
    errand = {"modules": ["reports"], "until": now + 9}
    return {
        "iss": "dovetail-errands",
        "aud": "dovetail-gateway",
        "iat": now,
        "exp": now + 9,
        "scopes": [],
        "errand": errand,
        **other,
    }


@pytest.mark.parametrize(
    "claims",
    [
        _claims(exp=int(time.time()) - 1),
        _claims(aud="reports"),
        _claims(iss="dovetail-gateway"),
        _claims(errand=None),
        _claims(errand={"modules": [], "until": 1}),
        _claims(errand={"modules": ["reports"], "until": 2_000_000_000}),
        _claims(scopes="a:read"),
        _claims(tenant=7),
    ],
)
def test_a_token_that_is_not_whole_is_refused(claims: dict[str, object]) -> None:
    token = jwt.encode(claims, KEY, algorithm="EdDSA", headers={"typ": "dovetail-errand+jwt"})
    with pytest.raises(InvalidPrincipalError):
        VERIFIER.verify(token)


def test_a_forged_token_is_refused() -> None:
    other = Ed25519PrivateKey.generate()
    good = SIGNER.sign(ASKER, "reports")
    for token in (
        ErrandSigner(other).sign(ASKER, "reports"),
        jwt.encode(_claims(), "secret" * 8, algorithm="HS256", headers={"typ": "dovetail-errand+jwt"}),
        good[:-8] + "AAAAAAAA",
        "no token",
        "",
    ):
        with pytest.raises(InvalidPrincipalError):
            VERIFIER.verify(token)
