"""CSRF and CORS: what a page of somebody else may make a visitor's browser do here."""

import pytest

from supergraph.gateway import GatewaySettings, GatewayStartError

ORIGIN = "https://shop.example"
PREFLIGHT = {"origin": ORIGIN, "access-control-request-method": "POST"}


@pytest.fixture
def subgraphs(graphql_subgraph):
    return {"a": graphql_subgraph("type Query { hello: String }", {"Query.hello": lambda *_: "Hello"})}


@pytest.fixture
def open_with(open_gateway, subgraphs):
    return lambda **http: open_gateway(subgraphs, settings=GatewaySettings(http=http))


async def get(gateway, **headers: str) -> int:
    """The status of a GET with these headers and no others of interest."""
    url = f"{gateway.url}/graphql?query={{hello}}"
    async with gateway.session.get(
        url, headers={k.replace("_", "-"): v for k, v in headers.items()}
    ) as answer:
        return answer.status


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"content_type": "text/plain"},
        {"content_type": "application/x-www-form-urlencoded; charset=utf-8"},
        {"content_type": "Multipart/Form-Data; boundary=x"},
        {"graphql_require_preflight": ""},
        {"accept": "application/graphql-response+json"},
    ],
)
async def test_a_get_that_any_page_could_cause_is_refused(open_with, headers):
    gateway = await open_with()
    assert await get(gateway, **headers) == 400


@pytest.mark.parametrize(
    "headers",
    [
        {"graphql_require_preflight": "1"},
        {"apollo_require_preflight": "true"},
        {"x_apollo_operation_name": "Hello"},
        {"content_type": "application/json"},
    ],
)
async def test_a_get_that_needed_a_preflight_is_answered(open_with, headers):
    gateway = await open_with()
    assert await get(gateway, **headers) == 200


async def test_the_refusal_says_how_to_mend_it(open_with):
    gateway = await open_with()
    async with gateway.session.get(f"{gateway.url}/graphql?query={{hello}}") as answer:
        [error] = (await answer.json())["errors"]
    assert error["extensions"]["code"] == "CSRF_PREVENTED"
    assert "`graphql-require-preflight`" in error["message"]


async def test_prevention_can_be_switched_off_and_its_headers_chosen(open_with):
    off = await open_with(csrf={"enabled": False})
    assert await get(off) == 200
    own = await open_with(csrf={"headers": ["X-Shop"]})
    assert (await get(own, x_shop="1"), await get(own, graphql_require_preflight="1")) == (200, 400)


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"]
)
async def test_a_post_as_forms_send_it_is_not_read(open_with, content_type):
    gateway = await open_with()
    answer = await gateway.send(data=b'{"query":"{ hello }"}', headers={"content-type": content_type})
    assert answer.status == 415


async def test_without_settings_no_page_of_another_origin_may_read_an_answer(open_with):
    gateway = await open_with()
    answer = await gateway.ask("{ hello }", headers={"origin": ORIGIN})
    assert answer.status == 200
    assert not any(name.lower().startswith("access-control") for name in answer.headers)
    async with gateway.session.options(f"{gateway.url}/graphql", headers=PREFLIGHT) as preflight:
        assert preflight.status == 405
        assert "access-control-allow-origin" not in preflight.headers


async def test_a_listed_origin_is_let_in_and_told_so(open_with):
    gateway = await open_with(
        cors={"origins": [ORIGIN], "credentials": True, "max_age_seconds": 60, "request_headers": ["X-One"]}
    )
    async with gateway.session.options(f"{gateway.url}/graphql", headers=PREFLIGHT) as preflight:
        assert preflight.status == 204
        assert preflight.headers["access-control-allow-origin"] == ORIGIN
        assert preflight.headers["access-control-allow-methods"] == "GET, POST"
        assert preflight.headers["access-control-allow-headers"] == "x-one"
        assert preflight.headers["access-control-max-age"] == "60"
        assert preflight.headers["access-control-allow-credentials"] == "true"
    answer = await gateway.ask("{ hello }", headers={"origin": ORIGIN})
    assert answer.headers["access-control-allow-origin"] == ORIGIN
    assert answer.headers["access-control-expose-headers"] == "retry-after"
    assert answer.headers["vary"] == "origin"


async def test_what_a_page_may_read_of_the_headers_can_be_chosen(open_with):
    gateway = await open_with(cors={"origins": [ORIGIN], "exposed_headers": ["X-Trace", "x-region"]})
    answer = await gateway.ask("{ hello }", headers={"origin": ORIGIN})
    assert answer.headers["access-control-expose-headers"] == "x-trace, x-region"
    gateway = await open_with(cors={"origins": [ORIGIN], "exposed_headers": []})
    answer = await gateway.ask("{ hello }", headers={"origin": ORIGIN})
    assert "access-control-expose-headers" not in answer.headers


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "https://shop.example.evil.example"])
async def test_another_origin_is_told_nothing(open_with, origin):
    gateway = await open_with(cors={"origins": [ORIGIN]})
    answer = await gateway.ask("{ hello }", headers={"origin": origin})
    assert "access-control-allow-origin" not in answer.headers
    assert answer.headers["vary"] == "origin"


async def test_refusals_can_be_read_by_a_listed_origin_too(open_with):
    gateway = await open_with(cors={"origins": [ORIGIN]})
    answer = await gateway.send(data=b"nonsense", headers={"origin": ORIGIN})
    assert answer.status == 415
    assert answer.headers["access-control-allow-origin"] == ORIGIN


async def test_all_origins_may_be_let_in_but_not_with_credentials(open_with):
    gateway = await open_with(cors={"origins": ["*"]})
    answer = await gateway.ask("{ hello }", headers={"origin": "https://any.example"})
    assert answer.headers["access-control-allow-origin"] == "*"
    with pytest.raises(GatewayStartError, match="credentials together with"):
        await open_with(cors={"origins": ["*"], "credentials": True})


@pytest.mark.parametrize("origin", ["shop.example", "https://shop.example/", "https://shop.example/path", ""])
def test_what_is_no_origin_is_an_error(origin):
    with pytest.raises(ValueError, match="is no origin"):
        GatewaySettings(http={"cors": {"origins": [origin]}})


async def test_every_answer_has_the_headers_that_are_set(open_with):
    gateway = await open_with()
    for answer in (
        await gateway.ask("{ hello }"),
        await gateway.ask("{ nope }"),
        await gateway.send(data=b"x"),
    ):
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == "no-store"
    own = await open_with(headers={"X-Frame-Options": "DENY"})
    answer = await own.ask("{ hello }")
    assert answer.headers["x-frame-options"] == "DENY"
    assert "cache-control" not in answer.headers


@pytest.mark.parametrize("headers", [{"a b": "c"}, {"a": "b\r\nset-cookie: x"}])
def test_what_is_no_header_is_an_error(headers):
    with pytest.raises(ValueError, match="header"):
        GatewaySettings(http={"headers": headers})
