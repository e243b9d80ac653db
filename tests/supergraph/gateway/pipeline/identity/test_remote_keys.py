"""Keys at an address: rotation, patience, outages, bounds (F9)."""

import asyncio
import socket
import time
from urllib.parse import urlsplit

import pytest
from structlog.testing import capture_logs

from supergraph.gateway import KeySource, RemoteKeys, TokenRules, discovered_at
from supergraph.gateway.errors import Refusal
from supergraph.gateway.hooks import KeysUnavailableError
from supergraph.gateway.pipeline.identity.fetching import is_public, read_max_age
from supergraph.spec import Caller


class Clock:
    def __init__(self):
        self.now = 1_000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def remote(provider, clock):
    def make(**options):
        return RemoteKeys(f"{provider.url}/jwks", clock=clock, **options)

    return make


async def ids(keys, key_id="k1"):
    return [key.key_id for key in await keys.keys(key_id)]


async def settled(provider, asked):
    async with asyncio.timeout(3):
        while provider.asked < asked:  # noqa: ASYNC110 - what is waited for is what a test asserts
            await asyncio.sleep(0.005)
        await asyncio.sleep(0.05)
    assert provider.asked == asked


def test_it_is_a_key_source():
    assert isinstance(RemoteKeys("https://issuer.example/jwks"), KeySource)


async def test_keys_are_fetched_when_they_are_first_needed_and_once(remote, provider):
    keys = remote()
    assert provider.asked == 0
    for _ in range(3):
        assert await ids(keys) == ["k1"]
    assert provider.asked == 1


async def test_a_key_that_was_rotated_in_is_found(remote, provider, clock, new_issuer):
    keys = remote()
    assert await ids(keys) == ["k1"]
    provider.keys = [new_issuer(kid="k2").public]
    clock.now += 10
    assert await ids(keys, "k2") == ["k2"]
    assert await ids(keys, "k1") == []
    assert provider.asked == 2


async def test_a_storm_of_unknown_keys_is_one_fetch_per_patience(remote, provider, clock):
    keys = remote(patience=10)
    assert await ids(keys) == ["k1"]
    for second in range(30):
        clock.now += 1
        for number in range(20):
            assert await ids(keys, f"nobody-{second}-{number}") == []
    assert provider.asked == 4


async def test_a_storm_at_once_is_one_fetch_and_all_wait_for_it(remote, provider):
    provider.seconds = 0.1
    keys = remote()
    found = await asyncio.gather(*(ids(keys) for _ in range(50)))
    assert found == [["k1"]] * 50
    assert provider.asked == 1


async def test_one_fetch_is_under_way_however_little_the_patience(remote, provider):
    provider.seconds = 0.2
    keys = remote(patience=0)
    storm = [asyncio.create_task(ids(keys, f"nobody{number}")) for number in range(20)]
    await asyncio.sleep(0.1)
    assert provider.asked == 1
    await asyncio.gather(*storm)


async def test_who_shows_a_known_key_waits_for_nobody(remote, provider, clock):
    keys = remote(lifetime=300)
    await ids(keys)
    provider.seconds = 0.3
    clock.now += 301
    started = time.monotonic()
    assert await ids(keys) == ["k1"]
    assert time.monotonic() - started < 0.2
    await settled(provider, 2)


async def test_a_client_that_leaves_ends_no_fetch_that_others_wait_for(remote, provider):
    provider.seconds = 0.2
    keys = remote()
    leaving, staying = asyncio.create_task(ids(keys)), asyncio.create_task(ids(keys))
    await asyncio.sleep(0.05)
    leaving.cancel()
    assert await staying == ["k1"]
    assert provider.asked == 1


async def test_one_issuers_storm_does_not_keep_another_waiting(remote, provider, issuer, new_issuer):
    other = new_issuer("https://other.example")
    from supergraph.gateway import ClaimRules, Identity

    provider.seconds = 0.5
    rules = TokenRules(other.name, {other.audience}, claims=ClaimRules(subject_prefix="other"))
    identity = Identity([issuer.trusted(keys=remote()), other.trusted(rules)])
    storm = [
        asyncio.create_task(identity.identify(f"Bearer {issuer.token(headers={'kid': str(n)})}".encode()))
        for n in range(20)
    ]
    await asyncio.sleep(0.01)
    started = time.monotonic()
    assert isinstance(await identity.identify(f"Bearer {other.token()}".encode()), Caller)
    assert time.monotonic() - started < 0.4
    assert all(isinstance(found, Refusal) for found in await asyncio.gather(*storm))
    assert provider.asked == 1


@pytest.mark.parametrize(
    "outage", [{"status": 500}, {"status": 404}, {"body": b"<html>"}, {"body": b'{"keys": []}'}]
)
async def test_keys_that_were_known_outlive_an_outage(remote, provider, clock, outage):
    keys = remote(lifetime=300, stale=1_000)
    await ids(keys)
    for name, value in outage.items():
        setattr(provider, name, value)
    clock.now += 400
    with capture_logs() as logs:
        assert await ids(keys) == ["k1"]
        await settled(provider, 2)
    assert [log["event"] for log in logs] == ["an issuer's keys cannot be had"]


async def test_keys_are_not_believed_for_ever_while_an_issuer_is_away(remote, provider, clock):
    keys = remote(lifetime=300, stale=1_000)
    await ids(keys)
    provider.status = 500
    clock.now += 1_301
    with pytest.raises(KeysUnavailableError):
        await ids(keys)
    provider.status = 200
    clock.now += 10
    assert await ids(keys) == ["k1"]


async def test_keys_that_cannot_be_had_at_all_are_not_the_clients_fault(remote, provider, issuer, reason):
    provider.status = 500
    identity = issuer.identity(keys=remote())
    for _ in range(5):
        refusal = await identity.identify(f"Bearer {issuer.token()}".encode())
        assert "cannot be checked at the moment" in reason(refusal, 503)
        assert (b"retry-after", b"5") in refusal.headers
    assert provider.asked == 1, "an outage is not made worse by asking at each request"


@pytest.mark.parametrize(
    ("said", "fresh"),
    [
        (None, 300),
        ("max-age=600", 600),
        ("public, max-age=600, must-revalidate", 600),
        ("max-age=1", 10),
        ("no-store", 10),
        ("no-cache, max-age=600", 10),
        ("max-age=999999", 3600),
        ("s-maxage=600", 300),
        ("max-age=soon", 300),
    ],
)
async def test_an_answer_says_how_long_it_holds_within_bounds(remote, provider, clock, said, fresh):
    provider.headers = {} if said is None else {"cache-control": said}
    keys = remote(lifetime=300, longest=3_600, patience=10)
    await ids(keys)
    clock.now += fresh - 1
    await ids(keys)
    await settled(provider, 1)
    clock.now += 2
    await ids(keys)
    await settled(provider, 2)


@pytest.mark.parametrize("said", ["s-maxage=5", "x-max-age=5", "", "max-age=", "max-age=-1"])
def test_what_says_nothing_of_an_age_is_passed_over(said):
    assert read_max_age([said]) is None


async def test_a_key_set_has_a_bound(remote, provider):
    provider.body = b'{"keys": [' + b" " * 300_000 + b"]}"
    with capture_logs() as logs, pytest.raises(KeysUnavailableError):
        await ids(remote())
    assert "more than 262144 bytes" in logs[0]["reason"]


async def test_nobody_is_followed_to_elsewhere(remote, provider):
    provider.status = 302
    provider.headers = {"location": f"{provider.url}/jwks"}
    with capture_logs() as logs, pytest.raises(KeysUnavailableError):
        await ids(remote())
    assert "status 302" in logs[0]["reason"]
    assert provider.asked == 1


async def test_an_address_where_nobody_answers_is_an_outage(clock):
    with capture_logs(), pytest.raises(KeysUnavailableError):
        await ids(RemoteKeys("http://127.0.0.1:1/jwks", clock=clock))


async def test_a_provider_is_found_by_its_issuer_url_alone(provider, new_issuer):
    company = new_issuer(provider.url)
    provider.keys = [company.public]
    identity = company.identity(keys=RemoteKeys(discovered_at(provider.url)))
    assert isinstance(await identity.identify(f"Bearer {company.token()}".encode()), Caller)


@pytest.mark.parametrize(
    ("discovery", "said"),
    [
        ({"issuer": "https://other.example", "jwks_uri": "{url}/jwks"}, "not of the issuer"),
        ({"issuer": "{url}/", "jwks_uri": "{url}/jwks"}, "not of the issuer"),
        ({"issuer": "{url}"}, "no `jwks_uri`"),
        ({"issuer": "{url}", "jwks_uri": 7}, "no `jwks_uri`"),
        ({"issuer": "{url}", "jwks_uri": "file:///etc/passwd"}, "no `jwks_uri`"),
        ({"issuer": "{url}", "jwks_uri": "//["}, "no `jwks_uri`"),
    ],
)
async def test_what_a_provider_says_of_itself_must_be_of_that_provider(provider, discovery, said):
    provider.discovery = {
        name: value.format(url=provider.url) if isinstance(value, str) else value
        for name, value in discovery.items()
    }
    with capture_logs() as logs, pytest.raises(KeysUnavailableError):
        await RemoteKeys(discovered_at(provider.url)).keys("k1")
    assert said in logs[0]["reason"]
    assert provider.asked == 0


async def test_discovery_does_not_lead_from_https_to_less(monkeypatch):
    async def fetch(url):
        assert url == "https://issuer.example/.well-known/openid-configuration"
        return {"issuer": "https://issuer.example/", "jwks_uri": "http://issuer.example/jwks"}, None

    monkeypatch.setattr("supergraph.gateway.pipeline.identity.remote_keys.fetch_json", fetch)
    with pytest.raises(KeysUnavailableError, match="over https"):
        await discovered_at("https://issuer.example/")()


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "[::1]",
        "10.1.2.3",
        "169.254.169.254",
        "[::ffff:10.0.0.1]",
        "localhost",
    ],
)
async def test_discovery_does_not_lead_into_a_private_network(provider, monkeypatch, host):
    """Whoever can answer for an issuer could have this gateway ask whatever only it can reach."""
    looked_up = socket.getaddrinfo

    def look_up(name, *rest, **options):
        return looked_up("127.0.0.1" if name == "issuer.example" else name, *rest, **options)

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    port = urlsplit(provider.url).port
    issuer = f"http://issuer.example:{port}"
    provider.discovery = {"issuer": issuer, "jwks_uri": f"http://{host}:{port}/jwks"}
    with capture_logs() as logs, pytest.raises(KeysUnavailableError):
        await RemoteKeys(discovered_at(issuer)).keys("k1")
    assert "private network" in logs[0]["reason"]
    assert "jwks_url" in logs[0]["reason"], "how to mend it"
    assert provider.asked == 0
    # On the issuer's own host, which somebody here has configured, they are found.
    provider.discovery["jwks_uri"] = f"{issuer}/jwks"
    assert await ids(RemoteKeys(discovered_at(issuer))) == ["k1"]


@pytest.mark.parametrize(
    ("address", "found"),
    [
        ("8.8.8.8", True),
        ("2606:4700::1111", True),
        ("192.168.0.1", False),
        ("100.64.0.1", False),
        ("0.0.0.0", False),
        ("fe80::1%eth0", False),
        ("::ffff:8.8.8.8", True),
        ("::ffff:192.168.0.1", False),
    ],
)
def test_addresses_of_the_open_internet_are_told_from_others(address, found):
    assert is_public(address) is found
