from collections.abc import AsyncIterator

import httpx
import pytest

from supergraph.console import ConsoleConfig, DemoLogin, SignInProvider, console_app
from supergraph.console.assets import STATIC

SCRIPTS = sorted(path.relative_to(STATIC).as_posix() for path in STATIC.glob("assets/index-*.js"))


@pytest.fixture
async def client(console_config: ConsoleConfig) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(console_app(console_config))
    async with httpx.AsyncClient(transport=transport, base_url="http://console") as client:
        yield client


async def test_the_page_is_at_the_root_and_is_asked_for_anew_each_time(client: httpx.AsyncClient):
    answer = await client.get("/")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["cache-control"] == "no-cache"
    assert "<title>Dovetail</title>" in answer.text


async def test_everything_that_the_page_refers_to_is_served(client: httpx.AsyncClient):
    page = (await client.get("/")).text
    references = {part.split('"')[0] for part in page.replace('src="', 'href="').split('href="')[1:]}
    assert len(references) >= 3
    for reference in references:
        assert reference.startswith("/console/")
        assert (await client.get(reference)).status_code == 200


async def test_a_file_with_a_hash_in_its_name_is_kept_for_ever(client: httpx.AsyncClient):
    answer = await client.get(f"/console/{SCRIPTS[0]}")
    assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"


async def test_a_file_that_the_client_has_is_not_sent_again(client: httpx.AsyncClient):
    first = await client.get("/")
    for known in (first.headers["etag"], f'"another", {first.headers["etag"]}'):
        again = await client.get("/", headers={"If-None-Match": known})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == first.headers["etag"]
    assert (await client.get("/", headers={"If-None-Match": '"another"'})).status_code == 200


async def test_text_is_compressed_for_those_who_can_read_it(client: httpx.AsyncClient):
    path = f"/console/{SCRIPTS[0]}"
    plain = await client.get(path, headers={"Accept-Encoding": "gzip;q=0, identity"})
    assert "content-encoding" not in plain.headers
    packed = await client.get(path, headers={"Accept-Encoding": "br, gzip"})
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.headers["vary"] == "Accept-Encoding"
    assert int(packed.headers["content-length"]) < 0.5 * int(plain.headers["content-length"])
    assert packed.content == plain.content == (STATIC / SCRIPTS[0]).read_bytes()


async def test_fonts_are_not_compressed_twice(client: httpx.AsyncClient):
    font = next(STATIC.glob("assets/*.woff2"))
    answer = await client.get(f"/console/assets/{font.name}", headers={"Accept-Encoding": "gzip"})
    assert answer.headers["content-type"] == "font/woff2"
    assert "content-encoding" not in answer.headers


@pytest.mark.parametrize(
    "path", ["/", "/console/config.json", f"/console/{SCRIPTS[0]}", "/nothing", "/console/nothing.js"]
)
async def test_every_answer_forbids_foreign_and_inline_scripts_and_framing(
    client: httpx.AsyncClient, path: str
):
    headers = (await client.get(path)).headers
    policy = dict(part.split(" ", 1) for part in headers["content-security-policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert (
        policy["script-src"]
        == policy["worker-src"]
        == policy["connect-src"]
        == policy["font-src"]
        == "'self'"
    )
    assert policy["frame-ancestors"] == policy["base-uri"] == policy["form-action"] == "'none'"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cross-origin-opener-policy"] == "same-origin"


@pytest.mark.parametrize(
    "path",
    [
        "/console/../app.py",
        "/console/%2e%2e/app.py",
        "/console/..%2fapp.py",
        "/console/assets/..%2f..%2fapp.py",
        "/console/%2fetc%2fpasswd",
        "/console//etc/passwd",
        "/console/assets",
        "/console/",
        "/console/assets/%00",
        "/app.py",
    ],
)
async def test_nothing_but_the_built_files_can_be_reached(console_config: ConsoleConfig, path: str):
    """Raw paths, as a hostile client sends them: an HTTP library would tidy them up first."""
    path_on_the_wire = path.encode()
    sent = []

    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": b""}

    async def send(message: dict[str, object]) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": "GET",
        "path": httpx.URL(f"http://console{path}").path if "%" in path else path,
        "raw_path": path_on_the_wire,
        "query_string": b"",
        "headers": [],
        "root_path": "",
    }
    await console_app(console_config)(scope, receive, send)
    assert sent[0]["status"] == 404


async def test_the_console_only_reads(client: httpx.AsyncClient):
    assert (await client.post("/")).status_code == 405
    assert (await client.head("/")).status_code == 200


async def test_the_page_learns_of_sign_in_and_demo_logins():
    config = ConsoleConfig(
        title="Acme Graph",
        sign_in="/sign-in",
        providers=[SignInProvider("Acme staff", "https://house.example/sign-in/oidc/acme")],
        demo_logins=[DemoLogin("clerk@acme.example", "Clerk", "a-demo-password")],
        sample_query="{ me { name } }",
    )
    transport = httpx.ASGITransport(console_app(config))
    async with httpx.AsyncClient(transport=transport, base_url="http://console") as client:
        answer = await client.get("/console/config.json")
    assert answer.headers["cache-control"] == "no-store"
    assert answer.json() == {
        "title": "Acme Graph",
        "endpoint": "/graphql",
        "signIn": "/sign-in",
        "providers": [{"title": "Acme staff", "url": "https://house.example/sign-in/oidc/acme"}],
        "demo": {"logins": [{"email": "clerk@acme.example", "role": "Clerk", "password": "a-demo-password"}]},
        "sampleQuery": "{ me { name } }",
    }


async def test_without_sign_in_there_is_nothing_to_sign_in_to():
    transport = httpx.ASGITransport(console_app(ConsoleConfig()))
    async with httpx.AsyncClient(transport=transport, base_url="http://console") as client:
        config = (await client.get("/console/config.json")).json()
    assert config["signIn"] is None
    assert config["demo"] is None
