import time

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from supergraph.spec import (
    ANONYMOUS,
    InvalidPrincipalError,
    Principal,
    PrincipalSigner,
    PrincipalVerifier,
    principal_key_id,
)

KEY = Ed25519PrivateKey.generate()
VERIFIER = PrincipalVerifier([KEY.public_key()], "loyalty")


@pytest.mark.parametrize(
    "principal",
    [
        ANONYMOUS,
        Principal("u1", "acme", frozenset({"loyalty:read", "loyalty:award"})),
        Principal("u1", None, frozenset({"one scope with spaces"})),
        Principal("u1"),
        Principal("u1", "acme", frozenset({"loyalty:read"}), "a-session"),
    ],
)
def test_a_signed_principal_arrives_as_it_was(principal: Principal) -> None:
    assert VERIFIER.verify(PrincipalSigner(KEY).sign(principal, "loyalty")) == principal


def test_a_gateway_of_before_that_says_nothing_of_sessions_is_understood() -> None:
    header = PrincipalSigner(KEY).sign(Principal("u1", "acme"), "loyalty")
    assert "sid" not in jwt.decode(header, options={"verify_signature": False})
    assert VERIFIER.verify(header).session is None


def test_a_principal_signed_by_another_key_is_refused() -> None:
    forged = PrincipalSigner(Ed25519PrivateKey.generate()).sign(Principal("u1", "acme"), "loyalty")
    with pytest.raises(InvalidPrincipalError):
        VERIFIER.verify(forged)


def test_a_principal_lives_for_one_request_only() -> None:
    with pytest.raises(InvalidPrincipalError, match="expired"):
        VERIFIER.verify(PrincipalSigner(KEY, lifetime=-10).sign(Principal("u1"), "loyalty"))


def test_clocks_may_differ_by_a_moment() -> None:
    assert VERIFIER.verify(PrincipalSigner(KEY, lifetime=-1).sign(Principal("u1"), "loyalty")) == Principal(
        "u1"
    )


def test_a_token_of_another_issuer_is_no_principal() -> None:
    """A client's own sign-in token must not pass, even were it signed with the same key."""
    now = int(time.time())
    claims = {"iss": "somebody", "aud": "loyalty", "iat": now, "exp": now + 60, "sub": "u1", "scopes": []}
    token = jwt.encode(claims, KEY, algorithm="EdDSA", headers={"kid": principal_key_id(KEY.public_key())})
    with pytest.raises(InvalidPrincipalError):
        VERIFIER.verify(token)


def test_an_unsigned_principal_is_refused() -> None:
    now = int(time.time())
    token = jwt.encode({"iss": "dovetail-gateway", "iat": now, "exp": now + 60}, "", algorithm="none")
    with pytest.raises(InvalidPrincipalError):
        VERIFIER.verify(token)


@pytest.mark.parametrize("header", ["", "x", "a.b.c", "Bearer x"])
def test_what_is_no_token_is_refused(header: str) -> None:
    with pytest.raises(InvalidPrincipalError):
        VERIFIER.verify(header)


def test_a_tenant_without_a_subject_is_nobody() -> None:
    assert not Principal(tenant="acme", scopes=frozenset({"a"})).is_authenticated


def test_what_one_subgraph_was_sent_it_cannot_show_to_another() -> None:
    header = PrincipalSigner(KEY).sign(Principal("u1", "acme"), "loyalty", "customers")
    assert VERIFIER.verify(header) == Principal("u1", "acme")
    with pytest.raises(InvalidPrincipalError):
        PrincipalVerifier([KEY.public_key()], "billing").verify(header)


def test_a_header_that_held_is_not_remembered_past_its_end() -> None:
    header = PrincipalSigner(KEY, lifetime=-3).sign(Principal("u1"), "loyalty")  # within the leeway still
    assert VERIFIER.verify(header) == VERIFIER.verify(header) == Principal("u1")
    time.sleep(2.05)
    with pytest.raises(InvalidPrincipalError, match="expired"):
        VERIFIER.verify(header)


def test_what_is_remembered_has_a_bound() -> None:
    verifier = PrincipalVerifier([KEY.public_key()], "loyalty")
    for number in range(1100):
        verifier.verify(PrincipalSigner(KEY).sign(Principal(f"u{number}"), "loyalty"))
    assert len(verifier._known) == 1024
