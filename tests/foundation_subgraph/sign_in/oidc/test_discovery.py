"""What a provider's documents may say, and where they may lead."""

from typing import Any

import pytest
from aiohttp import web

from foundation_subgraph.sign_in.oidc.discovery import (
    Answer,
    ProviderTroubleError,
    fetch_json,
    read_keys,
    read_metadata,
)

ISSUER = "https://login.example"
DOCUMENT = {
    "issuer": ISSUER,
    "authorization_endpoint": f"{ISSUER}/authorize",
    "token_endpoint": f"{ISSUER}/token",
    "jwks_uri": f"{ISSUER}/keys",
    "userinfo_endpoint": f"{ISSUER}/me",
}
PUBLIC = {"kty": "RSA", "kid": "1", "n": "AQAB" * 86, "e": "AQAB"}
SHARED = {"kty": "oct", "kid": "2", "k": "c2VjcmV0LXRoYXQtZXZlcnlib2R5LWtub3dz"}


@pytest.mark.parametrize("endpoint", [name for name in DOCUMENT if name != "issuer"])
def test_from_https_nothing_leads_to_less(endpoint: str) -> None:
    assert read_metadata(ISSUER, Answer(200, DOCUMENT)).token_endpoint == f"{ISSUER}/token"
    with pytest.raises(ProviderTroubleError, match=f"leads from https to less in {endpoint}"):
        read_metadata(ISSUER, Answer(200, {**DOCUMENT, endpoint: "http://login.example/x"}))


def test_a_shared_secret_among_the_keys_is_no_key() -> None:
    keys = read_keys(Answer(200, {"keys": [PUBLIC, SHARED]}))
    assert [key.kid for key in keys.keys] == ["1"]


async def test_no_redirect_is_followed_with_what_was_meant_for_one_address() -> None:
    asked: list[str] = []

    async def answer(request: web.Request) -> web.Response:
        asked.append(request.path)
        if request.path == "/token":
            raise web.HTTPTemporaryRedirect("/elsewhere")
        told: dict[str, Any] = {}
        return web.json_response(told)

    app = web.Application()
    app.router.add_route("*", "/{any}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        [(_, port)] = runner.addresses
        with pytest.raises(ProviderTroubleError, match="answered 307"):
            await fetch_json("POST", f"http://127.0.0.1:{port}/token", body="client_secret=x")
    finally:
        await runner.cleanup()
    assert asked == ["/token"]
