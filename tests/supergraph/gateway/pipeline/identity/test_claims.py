"""Claims -> principal, and what an issuer may say."""

import pytest

from supergraph.gateway import ClaimRules
from supergraph.gateway.errors import Refusal
from supergraph.gateway.pipeline.identity.claims import read_claim_path, read_principal
from supergraph.spec import Principal

CLAIMS = {
    "sub": "u1",
    "tenant": "t1",
    "scope": "a b",
    "scp": ["c", "d e"],
    "realm_access": {"roles": ["admin", "auditor"]},
    "https://acme.example/tenant": "t2",
    "groups": ["/staff", "/finance"],
}


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("sub", ("sub",)),
        ("realm_access.roles", ("realm_access", "roles")),
        ("https://acme.example/tenant", ("https://acme.example/tenant",)),
        ("custom:tenant", ("custom:tenant",)),
    ],
)
def test_a_path_is_read_by_its_text_alone(text, path):
    assert read_claim_path(text) == path


@pytest.mark.parametrize("text", ["", ".", "a.", ".a", "a..b"])
def test_a_path_with_nothing_in_it_is_none(text):
    with pytest.raises(ValueError, match="path"):
        read_claim_path(text)


@pytest.mark.parametrize(
    ("paths", "scopes"),
    [
        (["scope"], {"a", "b"}),
        (["scp"], {"c", "d e"}),
        (["realm_access.roles"], {"admin", "auditor"}),
        (["scope", "scp"], {"a", "b", "c", "d e"}),
        (["nowhere"], set()),
        (["sub.deeper"], set()),
        ([], set()),
    ],
)
def test_scopes_are_taken_from_where_the_rules_say(paths, scopes):
    rules = ClaimRules(scopes=tuple(read_claim_path(path) for path in paths))
    assert read_principal(CLAIMS, rules) == Principal("u1", "t1", frozenset(scopes))


def test_what_a_subject_belongs_to_stands_for_scopes():
    granted = {
        ("groups",): {"/finance": frozenset({"billing:read"}), "/owners": frozenset({"billing:write"})}
    }
    found = read_principal(CLAIMS, ClaimRules(granted=granted))
    assert found == Principal("u1", "t1", frozenset({"a", "b", "billing:read"}))


def test_scopes_that_an_issuer_may_not_grant_are_left_out():
    granted = {("groups",): {"/staff": frozenset({"platform:explain"})}}
    found = read_principal(CLAIMS, ClaimRules(granted=granted, grantable=frozenset({"a", "z"})))
    assert found == Principal("u1", "t1", frozenset({"a"}))


def test_the_tenant_may_stand_in_a_claim_with_a_url_for_its_name():
    rules = ClaimRules(tenant=read_claim_path("https://acme.example/tenant"))
    assert read_principal(CLAIMS, rules) == Principal("u1", "t2", frozenset({"a", "b"}))


def test_a_fixed_tenant_is_all_tokens_tenant_whatever_they_say():
    for claims in (CLAIMS, {**CLAIMS, "tenant": 7}, {"sub": "u1"}):
        found = read_principal(claims, ClaimRules(fixed_tenant="acme"))
        assert isinstance(found, Principal)
        assert found.tenant == "acme"


@pytest.mark.parametrize(("tenant", "is_taken"), [("t1", True), ("t2", False), (None, False), ("", False)])
def test_an_issuer_bound_to_tenants_speaks_for_no_other_and_must_name_one(tenant, is_taken):
    found = read_principal({**CLAIMS, "tenant": tenant}, ClaimRules(tenants=frozenset({"t1", "t9"})))
    assert isinstance(found, Principal) is is_taken


def test_subjects_of_different_issuers_are_different_people():
    found = read_principal(CLAIMS, ClaimRules(subject_prefix="acme"))
    assert isinstance(found, Principal)
    assert found.subject == "acme|u1"


def test_a_subject_is_not_made_of_nothing_but_a_prefix():
    assert isinstance(read_principal({**CLAIMS, "sub": ""}, ClaimRules(subject_prefix="acme")), Refusal)
