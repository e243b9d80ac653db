"""Who may be taken for whom."""

import pytest

from supergraph.gateway import ClaimRules, GivenApiKeys, Identity, TokenRules, TrustedIssuer
from supergraph.gateway.errors import Refusal
from supergraph.spec import NOBODY, Caller, RevocationList


async def test_nobody_is_anonymous_unless_everybody_must_say_who_they_are(issuer, reason):
    assert await issuer.identity().identify(None) is NOBODY
    refusal = await issuer.identity(require=True).identify(None)
    assert "answers nobody without a token or an API key" in reason(refusal)
    assert (b"www-authenticate", b"Bearer") in refusal.headers, (
        "nothing was shown, so nothing was wrong with it"
    )


@pytest.mark.parametrize(
    "credential", [b"", b"Bearer", b"Bearer ", b"Basic dTpw", b"Digest x", b"token", b"\xff\xfe x"]
)
async def test_what_is_neither_token_nor_key_is_refused_and_not_taken_for_nobody(issuer, reason, credential):
    refusal = await issuer.identity().identify(credential)
    assert "must be `Bearer` and a token" in reason(refusal)


def test_a_gateway_that_could_let_nobody_in_is_not_made():
    with pytest.raises(ValueError, match="nobody could ever be let in"):
        Identity(require=True)
    Identity(require=True, api_keys=GivenApiKeys([]))


def test_an_issuer_is_there_once(issuer):
    with pytest.raises(ValueError, match="twice"):
        Identity([issuer.trusted(), issuer.trusted()])


def prefixed(issuer, prefix):
    rules = TokenRules(issuer.name, {issuer.audience}, claims=ClaimRules(subject_prefix=prefix))
    return TrustedIssuer(issuer.trusted().keys, rules)


@pytest.mark.parametrize("prefix", [None, "acme"])
def test_issuers_that_could_name_the_same_subject_are_not_taken_together(issuer, new_issuer, prefix):
    """Subgraphs know people by their subject: a company's provider must not be able to name another's."""
    other = new_issuer("https://other.example")
    with pytest.raises(ValueError, match="could name the same subject"):
        Identity([prefixed(issuer, prefix), prefixed(other, prefix)])


async def test_no_issuer_names_a_subject_of_another(issuer, new_issuer, reason):
    company = new_issuer("https://acme.example")
    identity = Identity([issuer.trusted(), prefixed(company, "acme")])
    mine = await identity.identify(f"Bearer {company.token(sub='7')}".encode())
    assert isinstance(mine, Caller)
    assert mine.principal.subject == "acme|7"
    theirs = await identity.identify(f"Bearer {issuer.token(sub='acme|7')}".encode())
    assert "does not speak for this subject" in reason(theirs)
    assert isinstance(await identity.identify(f"Bearer {issuer.token(sub='auth0|7')}".encode()), Caller)


async def test_what_was_revoked_holds_no_longer_not_even_where_it_was_remembered(issuer, caller, reason):
    revocations = RevocationList()
    identity = issuer.identity(revocations=[revocations])
    shown, other = (f"Bearer {issuer.token(sid=session)}".encode() for session in ("s1", "s2"))
    caller(await identity.identify(shown))
    revocations.revoke_session("s1")
    assert "revoked" in reason(await identity.identify(shown))
    caller(await identity.identify(other))


async def test_memory_has_a_bound_in_bytes_too(issuer, caller):
    identity = issuer.identity()
    for number in range(2_200):
        caller(await identity.identify(f"Bearer {issuer.token(jti=str(number), pad='x' * 6_000)}".encode()))
    assert identity._known._total <= 16 * 1024 * 1024
    assert len(identity._known) < 2_200


async def test_a_refusal_is_not_remembered(issuer):
    identity = issuer.identity()
    assert isinstance(await identity.identify(f"Bearer {issuer.token(aud='other')}".encode()), Refusal)
    assert len(identity._known) == 0
