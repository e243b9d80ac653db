"""Settings -> who is trusted, and which settings are refused."""

import json
import re
from pathlib import Path

import pytest
import yaml
from pydantic import ValidationError

from supergraph.gateway import IdentitySettingsError, build_identity
from supergraph.gateway.errors import Refusal
from supergraph.gateway.settings import GatewaySettings, IdentitySettings
from supergraph.spec import Caller, Principal, new_api_key


@pytest.fixture
def settings(issuer, tmp_path):
    path = tmp_path / "jwks.json"
    path.write_text(json.dumps({"keys": [issuer.public]}))

    def make(*others, identity=None, **changes):
        mine = {"issuer": issuer.name, "audiences": [issuer.audience], "jwks_file": str(path), **changes}
        return IdentitySettings.model_validate({"issuers": [mine, *others], **(identity or {})})

    return make


async def test_settings_that_trust_nobody_make_no_identity():
    assert build_identity(IdentitySettings()) is None


async def test_an_issuer_of_the_settings_is_trusted(settings, issuer):
    identity = build_identity(settings())
    assert identity is not None
    assert isinstance(await identity.identify(f"Bearer {issuer.token()}".encode()), Caller)


async def test_every_rule_of_an_issuer_is_heeded(settings, issuer, caller, reason):
    identity = build_identity(
        settings(
            algorithms=["EdDSA"],
            types=["at+jwt"],
            leeway_seconds=0,
            audience_claim="realm.for",
            claims={
                "subject": "realm.user",
                "tenant": "https://acme.example/tenant",
                "scopes": ["scp", "realm.roles"],
                "granted": {"groups": {"admins": ["loyalty:award", "platform:explain"]}},
            },
            tenants=["acme"],
            grantable_scopes=["read", "auditor", "loyalty:award"],
            subject_prefix="acme",
        )
    )
    assert identity is not None
    claims = {
        "aud": None,
        "sub": None,
        "tenant": "other",
        "scp": "read write",
        "groups": ["admins"],
        "realm": {"user": "u7", "for": "dovetail", "roles": ["auditor"]},
        "https://acme.example/tenant": "acme",
    }
    token = issuer.token(headers={"typ": "at+jwt"}, **claims)
    assert caller(await identity.identify(f"Bearer {token}".encode())).principal == Principal(
        "acme|u7", "acme", frozenset({"read", "auditor", "loyalty:award"})
    )
    foreign = issuer.token(headers={"typ": "at+jwt"}, **{**claims, "https://acme.example/tenant": "globex"})
    assert "does not speak for this tenant" in reason(await identity.identify(f"Bearer {foreign}".encode()))


async def test_keys_may_stand_in_the_settings_and_in_a_file(tmp_path, caller):
    here, there = new_api_key(), new_api_key()
    path = tmp_path / "keys.yaml"
    path.write_text(
        f"keys: [{{id: {there.id}, digest: '{there.digest()}', subject: there, expires: 2199-01-01}}]"
    )
    given = {"id": here.id, "digest": here.digest(), "subject": "here", "tenant": "acme", "scopes": ["a"]}
    identity = build_identity(
        IdentitySettings.model_validate({"require": True, "api_keys": {"keys": [given], "file": str(path)}})
    )
    assert identity is not None
    first = caller(await identity.identify(f"Bearer {here.text()}".encode()))
    second = caller(await identity.identify(f"ApiKey {there.text()}".encode()))
    assert first.principal == Principal("here", "acme", frozenset({"a"}))
    assert (second.principal.subject, second.until) == ("there", 7_226_582_400.0)
    assert isinstance(await identity.identify(None), Refusal)


def test_the_examples_of_the_page_are_settings():
    page = Path(__file__).resolve().parents[5] / "docs" / "identity.md"
    examples = re.findall(r"```yaml\n(.*?)```", page.read_text(), re.DOTALL)
    assert len(examples) == 4
    for example in examples:
        GatewaySettings.model_validate(yaml.safe_load(example))


COMPANY = {"issuer": "https://login.acme.example", "audiences": ["dovetail"], "subject_prefix": "acme"}


@pytest.mark.parametrize(
    ("others", "changes", "identity", "said"),
    [
        ([COMPANY], {"tenants": "*"}, {}, "which tenants may https://login.acme.example speak for"),
        ([{**COMPANY, "tenant": "acme"}], {}, {}, "which tenants may https://issuer.example speak for"),
        ([{**COMPANY, "tenant": "acme", "subject_prefix": None}], {"tenants": "*"}, {}, "subject_prefix"),
        ([], {"jwks_file": "/nowhere/jwks.json"}, {}, "/nowhere/jwks.json cannot be read"),
        ([], {"algorithms": ["HS256"]}, {}, "HS256"),
        ([], {"claims": {"subject": "a..b"}}, {}, "is no path of a claim"),
        ([], {}, {"api_keys": {"file": "/nowhere/keys.yaml"}}, "/nowhere/keys.yaml cannot be read"),
    ],
)
def test_settings_that_could_not_tell_people_apart_are_refused_in_a_line(
    settings, others, changes, identity, said
):
    with pytest.raises(IdentitySettingsError) as raised:
        build_identity(settings(*others, identity=identity, **changes))
    assert said in str(raised.value)
    assert "\n" not in str(raised.value)


def test_nobody_may_be_required_where_nobody_is_trusted():
    with pytest.raises(IdentitySettingsError, match="nobody could ever be let in"):
        build_identity(IdentitySettings(require=True))


@pytest.mark.parametrize(
    "issuer",
    [
        {"issuer": "https://a.example"},
        {"issuer": "https://a.example", "audiences": []},
        {"issuer": "dovetail", "audiences": ["a"]},
        {"issuer": "https://a.example", "audiences": ["a"], "jwks_url": "ftp://a.example"},
        {
            "issuer": "https://a.example",
            "audiences": ["a"],
            "jwks_url": "https://a.example",
            "jwks_file": "x",
        },
        {"issuer": "https://a.example", "audiences": ["a"], "jwks_url": "https://user:secret@a.example/jwks"},
        {"issuer": "https://a.example", "audiences": ["a"], "tenant": "t", "tenants": ["t"]},
        {"issuer": "https://a.example", "audiences": ["a"], "subject_prefix": "a|b"},
        {"issuer": "https://a.example", "audiences": ["a"], "leeway_seconds": 3_600},
        {"issuer": "https://a.example", "audiences": ["a"], "jwks": "https://a.example"},
    ],
)
def test_an_issuer_that_is_half_described_is_refused(issuer):
    with pytest.raises(ValidationError):
        IdentitySettings.model_validate({"issuers": [issuer]})


async def test_a_company_and_the_platform_stand_side_by_side(
    settings, issuer, new_issuer, provider, caller, reason
):
    """A company's provider: its URL, the audience, its tenant; and it speaks for nobody else's."""
    company = new_issuer(provider.url)
    provider.keys = [company.public]
    described = {
        "issuer": provider.url,
        "audiences": ["dovetail"],
        "tenant": "acme",
        "subject_prefix": "acme",
    }
    identity = build_identity(settings(described, tenants="*"))
    assert identity is not None
    theirs = caller(await identity.identify(f"Bearer {company.token(tenant='globex')}".encode()))
    assert (theirs.principal.subject, theirs.principal.tenant) == ("acme|u1", "acme")
    ours = caller(await identity.identify(f"Bearer {issuer.token()}".encode()))
    assert (ours.principal.subject, ours.principal.tenant) == ("u1", "t1")
    assert "signature" in reason(await identity.identify(f"Bearer {company.token(iss=issuer.name)}".encode()))
