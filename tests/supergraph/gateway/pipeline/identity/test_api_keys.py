"""API keys of machines: what is taken, how often a store is asked, and how soon a revoked key is out."""

import asyncio
from dataclasses import replace

import pytest
from structlog.testing import capture_logs

from supergraph.gateway import ApiKeyFile, GivenApiKeys, Identity
from supergraph.gateway.errors import Refusal
from supergraph.gateway.hooks import ApiKeyStore
from supergraph.gateway.pipeline.identity.api_keys import ApiKeys
from supergraph.spec import ApiKeysUnavailableError, Principal, StoredApiKey, new_api_key

KEY = new_api_key()
STORED = StoredApiKey(KEY.id, KEY.digest(), "importer", "acme", frozenset({"loyalty:award"}), name="nightly")
NOW = 1_800_000_000.0


class Clock:
    def __init__(self, now=NOW):
        self.now = now

    def __call__(self):
        return self.now


class Store:
    """Keeps keys, counts how often it is asked, and may be away."""

    def __init__(self, *keys):
        self.keys = {key.id: key for key in keys}
        self.asked = []
        self.used = []
        self.fault = None
        self.seconds = 0.0

    async def find_api_key(self, key_id):
        self.asked.append(key_id)
        await asyncio.sleep(self.seconds)
        if self.fault is not None:
            raise self.fault
        return self.keys.get(key_id)

    def api_key_used(self, key_id):
        self.used.append(key_id)


@pytest.fixture
def store():
    return Store(STORED)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def keys(store, clock):
    return ApiKeys(store, cache_seconds=5, clock=clock)


@pytest.mark.parametrize("form", ["Bearer {}", "bearer {}", "ApiKey {}", "apikey  {} "])
async def test_a_key_says_who_its_machine_is(caller, form):
    identity = Identity(api_keys=GivenApiKeys([STORED]))
    found = caller(await identity.identify(form.format(KEY.text()).encode()))
    assert found.principal == Principal("importer", "acme", frozenset({"loyalty:award"}))
    assert (found.api_key, found.issuer, found.client) == (KEY.id, None, "nightly")
    assert found.client_key == f"key:{KEY.id}"
    assert KEY.secret not in repr(found)


async def test_a_wrong_secret_and_an_unknown_id_are_told_alike(keys, reason):
    """Which ids there are is nobody's business."""
    other = new_api_key()
    wrong = replace(KEY, secret=other.secret)
    assert reason(await keys.check(wrong.text())) == reason(await keys.check(other.text()))


@pytest.mark.parametrize(
    "text",
    [
        "dk_",
        f"dk_{KEY.id}",
        f"dk_{KEY.id}_",
        f"dk_{KEY.id}_short",
        f"dk_{KEY.id.upper()}_{KEY.secret}",
        f"dk_{KEY.id}_{KEY.secret} ",
        f"dk_{KEY.id}_{KEY.secret}\n",
        f"dk_{KEY.id}_{KEY.secret}" + "x" * 200,
        f"dk_../../etc_{KEY.secret}",
        f"xx_{KEY.id}_{KEY.secret}",
    ],
    ids=range(10),  # not by their text: the key is another in each process
)
async def test_what_is_no_key_is_not_looked_up(keys, store, reason, text):
    assert "cannot be read" in reason(await keys.check(text))
    assert store.asked == []


async def test_a_key_holds_until_it_ends(store, clock, keys, caller, reason):
    store.keys[KEY.id] = replace(STORED, expires=NOW + 3)
    assert caller(await keys.check(KEY.text())).until == NOW + 3
    clock.now = NOW + 3
    assert "expired" in reason(await keys.check(KEY.text()))


async def test_a_store_is_asked_once_in_a_while_and_told_once_of_a_use(store, clock, keys, caller):
    for _ in range(20):
        caller(await keys.check(KEY.text()))
    assert store.asked == store.used == [KEY.id]
    clock.now += 5
    caller(await keys.check(KEY.text()))
    assert store.asked == store.used == [KEY.id] * 2


async def test_a_wrong_secret_is_no_use(store, keys):
    await keys.check(replace(KEY, secret=new_api_key().secret).text())
    assert store.used == []


async def test_a_revoked_key_is_out_within_the_time_it_is_remembered(store, clock, keys, caller, reason):
    caller(await keys.check(KEY.text()))
    del store.keys[KEY.id]
    clock.now += 4.9
    caller(await keys.check(KEY.text()))
    clock.now += 0.2
    assert "not known" in reason(await keys.check(KEY.text()))


async def test_a_new_key_is_in_within_that_time_too(store, clock, keys, caller):
    late = new_api_key()
    assert isinstance(await keys.check(late.text()), Refusal)
    store.keys[late.id] = replace(STORED, id=late.id, digest=late.digest())
    clock.now += 5.1
    caller(await keys.check(late.text()))


async def test_a_flood_of_unknown_keys_pushes_no_good_one_out(store, keys, caller):
    caller(await keys.check(KEY.text()))
    for _ in range(1_500):
        await keys.check(new_api_key().text())
    store.asked.clear()
    caller(await keys.check(KEY.text()))
    assert store.asked == []
    assert len(keys._unknown) == 1_000


async def test_many_at_once_with_one_key_are_one_look_up(store, keys, caller):
    store.seconds = 0.05
    for found in await asyncio.gather(*(keys.check(KEY.text()) for _ in range(50))):
        caller(found)
    assert store.asked == [KEY.id]


async def test_a_client_that_leaves_ends_no_look_up_that_others_wait_for(store, keys, caller):
    store.seconds = 0.1
    leaving, staying = (asyncio.create_task(keys.check(KEY.text())) for _ in range(2))
    await asyncio.sleep(0.02)
    leaving.cancel()
    caller(await staying)


@pytest.mark.parametrize("fault", [ApiKeysUnavailableError("away"), RuntimeError("a fault"), OSError("gone")])
async def test_a_store_that_is_away_lets_nobody_in_and_blames_nobody(
    store, clock, keys, caller, reason, fault
):
    caller(await keys.check(KEY.text()))
    store.fault = fault
    clock.now += 6
    with capture_logs() as logs:
        assert "cannot be checked at the moment" in reason(await keys.check(KEY.text()), 503)
    assert KEY.secret not in str(logs)
    store.fault = None
    caller(await keys.check(KEY.text()))


async def test_a_store_that_hangs_counts_as_away(store, keys, reason, monkeypatch):
    monkeypatch.setattr("supergraph.gateway.pipeline.identity.api_keys._LOOK_UP_SECONDS", 0.05)
    store.seconds = 5
    with capture_logs():
        assert reason(await keys.check(KEY.text()), 503)


async def test_a_store_that_gives_another_key_gives_none(store, keys, reason):
    other = new_api_key()
    store.keys[other.id] = STORED
    assert "not known" in reason(await keys.check(other.text()))


async def test_keys_and_tokens_are_taken_where_they_are_wanted_alone(issuer, reason):
    key, token = f"Bearer {KEY.text()}".encode(), f"Bearer {issuer.token()}".encode()
    assert "API keys are not taken" in reason(await issuer.identity().identify(key))
    assert "tokens are not taken" in reason(await Identity(api_keys=GivenApiKeys([STORED])).identify(token))


async def test_a_token_is_no_key_whatever_header_it_comes_in(issuer, reason):
    identity = issuer.identity(api_keys=GivenApiKeys([STORED]))
    assert "cannot be read" in reason(await identity.identify(f"ApiKey {issuer.token()}".encode()))


def write(path, *keys):
    lines = [
        f"  - {{id: {key.id}, digest: '{key.digest()}', subject: importer, tenant: acme, scopes: ['loyalty:award']}}"
        for key in keys
    ]
    path.write_text("keys:\n" + "\n".join(lines) + "\n" if lines else "keys: []\n")


async def test_a_file_of_keys_is_read_again_when_it_changes(tmp_path, clock):
    path, late = tmp_path / "keys.yaml", new_api_key()
    write(path, KEY)
    store = ApiKeyFile(path, clock=clock)
    assert isinstance(store, ApiKeyStore)
    found = await store.find_api_key(KEY.id)
    assert found is not None
    assert found.matches(KEY)
    write(path, late)
    assert await store.find_api_key(KEY.id) is not None, "it is not looked at at each request"
    clock.now += 1
    assert await store.find_api_key(KEY.id) is None
    assert await store.find_api_key(late.id) is not None
    write(path)
    clock.now += 1
    assert await store.find_api_key(late.id) is None


@pytest.mark.parametrize("content", ["keys: [", "keys: {}", "keys: [{id: x}]", "[]", "", None])
async def test_a_file_that_breaks_leaves_the_keys_as_they_were(tmp_path, clock, content):
    path = tmp_path / "keys.yaml"
    write(path, KEY)
    store = ApiKeyFile(path, clock=clock)
    if content is None:
        path.unlink()
    else:
        path.write_text(content)
    clock.now += 1
    with capture_logs() as logs:
        assert await store.find_api_key(KEY.id) is not None
        assert await store.find_api_key(KEY.id) is not None
    assert [log["event"] for log in logs] == ["API keys are as they were before"]
    assert str(path) in logs[0]["reason"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "cannot be read"),
        ("keys: [", "not YAML"),
        ("keys: [{id: x}]", "keys.0.id"),
        ("keis: []", "keis"),
        (f"keys: [{{id: {KEY.id}, digest: '{KEY.text()}', subject: s}}]", "keys.0.digest"),
    ],
)
def test_a_file_that_cannot_be_read_at_the_start_is_an_error_without_secrets(tmp_path, content, said):
    path = tmp_path / "keys.yaml"
    if content is not None:
        path.write_text(content)
    with pytest.raises(ValueError, match=said) as raised:
        ApiKeyFile(path)
    assert KEY.secret not in str(raised.value)
    assert "\n" not in str(raised.value)


def test_an_id_is_one_keys_own():
    with pytest.raises(ValueError, match=f"two API keys have the id {KEY.id}"):
        GivenApiKeys([STORED, STORED])
