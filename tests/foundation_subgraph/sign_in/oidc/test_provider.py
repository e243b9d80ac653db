"""A provider that lies, is somebody else, replaces its keys, or is away."""

import hmac
import json
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from aiohttp import web
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc import jwt

from tests.foundation_subgraph.sign_in.openid_provider import OpenIdProvider, new_key
from tests.foundation_subgraph.sign_in.visitor import HOUSE, OWNER, Visitor, code_of, outcome

LINKING = pytest.mark.parametrize("visitor", [{"link_by_email": True}], indirect=True, ids=["linking"])
PUBLIC = pytest.mark.parametrize(
    "visitor", [{"link_by_email": True, "client_secret": None}], indirect=True, ids=["public"]
)
Lie = Callable[[dict[str, Any]], dict[str, Any]]

WITHOUT = {
    name: (lambda claims, name=name: {key: value for key, value in claims.items() if key != name})
    for name in ("iss", "aud", "exp", "iat", "sub", "nonce")
}
LIES: dict[str, Lie] = {
    "another nonce": lambda claims: claims | {"nonce": "another"},
    "another audience": lambda claims: claims | {"aud": "another-client"},
    "several audiences and no authorized party": lambda claims: claims | {"aud": ["dovetail", "another"]},
    "another audience, and we the authorized party": lambda claims: (
        claims | {"aud": "another-client", "azp": "dovetail"}
    ),
    "another authorized party": lambda claims: claims | {"azp": "another"},
    "another issuer": lambda claims: claims | {"iss": "https://login.evil.example"},
    "expired": lambda claims: claims | {"exp": int(time.time()) - 3600},
    "not yet": lambda claims: claims | {"nbf": int(time.time()) + 3600},
    "from the future": lambda claims: claims | {"iat": int(time.time()) + 3600},
    "the hash of another access token": lambda claims: claims | {"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"},
    "a time that is none": lambda claims: claims | {"exp": "tomorrow"},
    "a subject that is no text": lambda claims: claims | {"sub": 7},
    "a subject that no table holds": lambda claims: claims | {"sub": "a\0b"},
    "an endless subject": lambda claims: claims | {"sub": "a" * 256},
    "an empty subject": lambda claims: claims | {"sub": ""},
    **{f"no {name}": lie for name, lie in WITHOUT.items()},
}


@LINKING
@pytest.mark.parametrize("lie", LIES.values(), ids=LIES.keys())
async def test_an_id_token_that_is_not_for_this_visit_opens_nothing(visitor: Visitor, lie: Lie) -> None:
    visitor.provider.person = OWNER
    visitor.provider.claims_said = lie
    assert (await visitor.visit())["error"] == "ID_TOKEN_INVALID"
    visitor.provider.claims_said = dict
    assert (await visitor.enter()).status_code == 200, "the same person, honestly told"


def unsigned(provider: OpenIdProvider, claims: dict[str, Any]) -> str:
    header, payload, _ = provider.signed(claims).split(".")
    none = "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0"  # {"alg":"none","typ":"JWT"}
    assert header != none
    return f"{none}.{payload}."


def by_public_key_as_secret(provider: OpenIdProvider, claims: dict[str, Any]) -> str:
    """By hand, since no library of ours would: whoever knows the public key could sign."""
    public = provider.key.public_key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    header = urlsafe_b64encode(json.dumps({"alg": "HS256", "kid": provider.key.kid}).encode()).rstrip(b"=")
    payload = provider.signed(claims).split(".")[1].encode()
    signature = urlsafe_b64encode(hmac.digest(public, header + b"." + payload, "sha256")).rstrip(b"=")
    return b".".join((header, payload, signature)).decode()


def by_strangers_key(provider: OpenIdProvider, claims: dict[str, Any]) -> str:
    return provider.signed(claims, new_key(str(provider.key.kid)))


def by_key_brought_along(provider: OpenIdProvider, claims: dict[str, Any]) -> str:
    key = new_key("mine")
    header = {"alg": "ES256", "kid": "mine", "jwk": key.as_dict(private=False)}
    return jwt.encode(header, claims, key)


def altered(provider: OpenIdProvider, claims: dict[str, Any]) -> str:
    header, _, signature = provider.signed(claims).split(".")
    _, payload, _ = provider.signed(claims | {"sub": "owner-2"}).split(".")
    return f"{header}.{payload}.{signature}"


def rubbish(provider: OpenIdProvider, claims: dict[str, Any]) -> str:
    return "e30.e30.\u00e9"


@LINKING
@pytest.mark.parametrize(
    "forge", [unsigned, by_public_key_as_secret, by_strangers_key, by_key_brought_along, altered, rubbish]
)
async def test_a_signature_that_is_not_the_issuers_proves_nothing(
    visitor: Visitor, forge: Callable[[OpenIdProvider, dict[str, Any]], str]
) -> None:
    visitor.provider.person = OWNER
    visitor.provider.sign = lambda claims: forge(visitor.provider, claims)
    assert (await visitor.visit())["error"] == "ID_TOKEN_INVALID"
    visitor.ticking.now += 60  # an unknown key may be a new one: looked for again, and not found
    assert (await visitor.visit())["error"] == "ID_TOKEN_INVALID"
    assert await visitor.identities() == []


@pytest.mark.parametrize(
    "visitor", [{"link_by_email": True, "algorithms": ["RS256"]}], indirect=True, ids=["rs256"]
)
async def test_an_algorithm_that_is_not_configured_is_not_taken(visitor: Visitor) -> None:
    visitor.provider.person = OWNER
    assert (await visitor.visit())["error"] == "ID_TOKEN_INVALID"


@LINKING
async def test_a_key_that_was_replaced_is_found_and_the_old_one_holds_no_more(visitor: Visitor) -> None:
    visitor.provider.person = OWNER
    assert (await visitor.enter()).status_code == 200
    old = visitor.provider.key
    visitor.provider.rotate()
    visitor.ticking.now += 10
    assert (await visitor.enter()).status_code == 200
    visitor.provider.sign = lambda claims: visitor.provider.signed(claims, old)
    visitor.ticking.now += 10
    assert (await visitor.visit())["error"] == "ID_TOKEN_INVALID"


@LINKING
async def test_however_many_unknown_keys_are_shown_they_are_looked_for_once_in_a_while(
    visitor: Visitor,
) -> None:
    visitor.provider.person = OWNER
    assert (await visitor.enter()).status_code == 200
    visitor.provider.sign = lambda claims: by_key_brought_along(visitor.provider, claims)
    for _ in range(3):
        assert (await visitor.visit())["error"] == "ID_TOKEN_INVALID"
    assert visitor.provider.asked_for_keys == 1
    visitor.ticking.now += 10
    for _ in range(3):
        assert (await visitor.visit())["error"] == "ID_TOKEN_INVALID"
    assert visitor.provider.asked_for_keys == 2


@LINKING
async def test_a_code_counts_once_and_only_with_the_verifier_of_its_visit(visitor: Visitor) -> None:
    visitor.provider.person = OWNER
    first = dict(parse_qsl(urlsplit(await visitor.at_provider(await visitor.leave())).query))
    second = dict(parse_qsl(urlsplit(await visitor.at_provider(await visitor.leave())).query))
    swapped = urlencode(second | {"code": first["code"]})
    told = outcome(await visitor.come_back(f"{HOUSE}/sign-in/oidc/staff/callback?{swapped}"))
    assert told["error"] == "PROVIDER_REFUSED", "a code injected into another visit"
    third = dict(parse_qsl(urlsplit(await visitor.at_provider(await visitor.leave())).query))
    again = urlencode(third | {"code": first["code"]})
    told = outcome(await visitor.come_back(f"{HOUSE}/sign-in/oidc/staff/callback?{again}"))
    assert told["error"] == "PROVIDER_REFUSED"


@PUBLIC
async def test_without_a_clients_secret_the_verifier_alone_protects_the_code(visitor: Visitor) -> None:
    visitor.provider.person, visitor.provider.secret = OWNER, None
    assert (await visitor.enter()).status_code == 200
    first, second = [
        dict(parse_qsl(urlsplit(await visitor.at_provider(await visitor.leave())).query)) for _ in range(2)
    ]
    swapped = urlencode(second | {"code": first["code"]})
    told = outcome(await visitor.come_back(f"{HOUSE}/sign-in/oidc/staff/callback?{swapped}"))
    assert told["error"] == "PROVIDER_REFUSED", "a code injected into another visit"


@LINKING
async def test_an_answer_in_another_issuers_name_is_shown_to_neither(visitor: Visitor) -> None:
    visitor.provider.person = OWNER
    back = dict(parse_qsl(urlsplit(await visitor.at_provider(await visitor.leave())).query))
    mixed = urlencode(back | {"iss": visitor.other.issuer})
    told = outcome(await visitor.come_back(f"{HOUSE}/sign-in/oidc/staff/callback?{mixed}"))
    assert told["error"] == "ID_TOKEN_INVALID"
    assert visitor.provider.asked_for_tokens == visitor.other.asked_for_tokens == 0


@LINKING
async def test_a_provider_that_names_itself_always_does(visitor: Visitor) -> None:
    """RFC 9207: one that says it does, and once does not, was not the one who answered."""
    visitor.provider.person = OWNER
    visitor.provider.metadata_said = lambda said: (
        said | {"authorization_response_iss_parameter_supported": True}
    )
    back = dict(parse_qsl(urlsplit(await visitor.at_provider(await visitor.leave())).query))
    del back["iss"]
    told = outcome(await visitor.come_back(f"{HOUSE}/sign-in/oidc/staff/callback?{urlencode(back)}"))
    assert told["error"] == "ID_TOKEN_INVALID"
    assert (await visitor.enter()).status_code == 200


@LINKING
async def test_who_says_no_at_the_provider_is_told_so(visitor: Visitor) -> None:
    left = await visitor.leave()
    state = dict(parse_qsl(urlsplit(left.headers["location"]).query))["state"]
    refused = urlencode({"state": state, "error": "access_denied", "error_description": "<script>"})
    told = outcome(await visitor.come_back(f"{HOUSE}/sign-in/oidc/staff/callback?{refused}"))
    assert told == {"error": "PROVIDER_REFUSED", "message": "Acme staff did not sign you in: begin again"}


async def test_a_provider_that_is_away_is_said_to_be_and_found_again(visitor: Visitor) -> None:
    visitor.provider.is_away = True
    away = await visitor.leave()
    assert code_of(away) == (503, "PROVIDER_UNAVAILABLE")
    assert int(away.headers["retry-after"]) > 0
    visitor.provider.is_away = False
    assert (await visitor.leave()).status_code == 503, "it is left alone for a moment"
    visitor.ticking.now += 3
    assert (await visitor.leave()).status_code == 303


@LINKING
async def test_a_provider_that_goes_away_meanwhile_is_said_to_have(visitor: Visitor) -> None:
    visitor.provider.person = OWNER
    address = await visitor.at_provider(await visitor.leave())
    visitor.provider.is_away = True
    assert outcome(await visitor.come_back(address))["error"] == "PROVIDER_UNAVAILABLE"


BAD_DOCUMENTS: dict[str, Lie] = {
    "another issuer's": lambda said: said | {"issuer": "https://login.evil.example"},
    "nobody's": lambda said: {key: value for key, value in said.items() if key != "issuer"},
    "without a token endpoint": lambda said: said | {"token_endpoint": None},
    "with an endpoint that is a script": lambda said: (
        said | {"authorization_endpoint": "javascript:alert(1)"}
    ),
    "with an endpoint that is no address": lambda said: said | {"jwks_uri": "http://[::1"},
}


@pytest.mark.parametrize("lie", BAD_DOCUMENTS.values(), ids=BAD_DOCUMENTS.keys())
async def test_a_document_of_discovery_that_is_not_right_sends_nobody_anywhere(
    visitor: Visitor, lie: Lie
) -> None:
    visitor.provider.metadata_said = lie
    assert code_of(await visitor.leave()) == (503, "PROVIDER_UNAVAILABLE")


BAD_ANSWERS: dict[str, Callable[[dict[str, Any]], web.Response]] = {
    "no JSON": lambda said: web.Response(text="<html>"),
    "no object": lambda said: web.json_response([said]),
    "a redirect": lambda said: web.Response(status=307, headers={"location": "http://127.0.0.1:1/token"}),
    "endless": lambda said: web.json_response(said | {"more": "x" * 300_000}),
    "our secret is wrong": lambda said: web.json_response({"error": "invalid_client"}, status=401),
}


@LINKING
@pytest.mark.parametrize("answer", BAD_ANSWERS.values(), ids=BAD_ANSWERS.keys())
async def test_whatever_a_provider_answers_a_person_gets_one_clear_line(
    visitor: Visitor, answer: Callable[[dict[str, Any]], web.Response]
) -> None:
    visitor.provider.person = OWNER
    visitor.provider.token_answer = answer
    told = await visitor.visit()
    assert told == {
        "error": "PROVIDER_UNAVAILABLE",
        "message": "Acme staff cannot be reached just now: try again in a moment",
    }


@LINKING
@pytest.mark.parametrize("left_out", ["id_token", "access_token"])
async def test_an_answer_without_its_tokens_proves_nothing(visitor: Visitor, left_out: str) -> None:
    visitor.provider.person = OWNER
    visitor.provider.token_answer = lambda said: web.json_response(said | {left_out: None})
    assert (await visitor.visit())["error"] == "ID_TOKEN_INVALID"


@LINKING
async def test_an_address_may_stand_at_the_user_info_alone(visitor: Visitor) -> None:
    visitor.provider.person = {"sub": OWNER["sub"]}
    visitor.provider.userinfo = dict(OWNER)
    assert (await visitor.enter()).json()["user"]["email"] == "owner@acme.example"


@LINKING
async def test_user_info_about_somebody_else_is_not_taken(visitor: Visitor) -> None:
    visitor.provider.person = {"sub": "somebody"}
    visitor.provider.userinfo = dict(OWNER)
    assert (await visitor.visit())["error"] == "ID_TOKEN_INVALID"


@LINKING
async def test_an_address_of_one_place_is_not_verified_by_the_other(visitor: Visitor) -> None:
    visitor.provider.person = {"sub": OWNER["sub"], "email": OWNER["email"]}
    visitor.provider.userinfo = dict(OWNER)
    assert code_of(await visitor.enter()) == (403, "PERSON_UNKNOWN")
