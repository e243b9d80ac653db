import re

import pytest

from supergraph.spec import ApiKey, StoredApiKey, new_api_key, read_api_key


def stored(key: ApiKey) -> StoredApiKey:
    return StoredApiKey(key.id, key.digest(), "importer")


def test_a_key_is_known_again_by_its_hash() -> None:
    key = new_api_key()
    assert read_api_key(key.text()) == key
    assert stored(key).matches(key)
    assert not stored(key).matches(new_api_key())
    assert not stored(key).matches(ApiKey(key.id, new_api_key().secret))
    assert not stored(key).matches(ApiKey(new_api_key().id, key.secret))


def test_a_secret_is_32_random_bytes_and_no_two_are_alike() -> None:
    keys = [new_api_key() for _ in range(200)]
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{43}", key.secret) for key in keys)
    assert len({key.secret for key in keys}) == len({key.id for key in keys}) == 200


def test_neither_secret_nor_hash_shows_where_a_key_is_printed() -> None:
    key = new_api_key()
    assert key.secret not in repr(key)
    assert key.digest() not in repr(stored(key))
    assert key.secret not in repr(stored(key))


@pytest.mark.parametrize("digest", ["", "x", "sha256:", "md5:" + "0" * 64, "sha256:" + "G" * 64, "0" * 64])
def test_a_hash_that_nothing_could_match_is_refused(digest: str) -> None:
    with pytest.raises(ValueError, match="digest"):
        StoredApiKey("aaaaaaaa", digest, "importer")


def test_a_key_speaks_for_somebody() -> None:
    with pytest.raises(ValueError, match="names nobody"):
        StoredApiKey("aaaaaaaa", new_api_key().digest(), "")
