from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from foundation_subgraph.sign_in import (
    UnusableKeyError,
    load_or_create_key,
    read_public_key,
    write_public_key,
)


def test_a_key_is_made_once_and_only_its_owner_may_read_it(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "sign_in.pem"
    made = load_or_create_key(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert load_or_create_key(path).kid == made.kid
    assert list(path.parent.iterdir()) == [path]
    assert load_or_create_key(tmp_path / "other.pem").kid != made.kid


def test_a_key_that_others_can_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "k.pem"
    load_or_create_key(path)
    path.chmod(0o644)
    with pytest.raises(UnusableKeyError, match="can be read by others: chmod 600"):
        load_or_create_key(path)


def test_a_file_that_is_no_key_is_refused_and_not_replaced(tmp_path: Path) -> None:
    path = tmp_path / "k.pem"
    path.write_text("half a key")
    path.chmod(0o600)
    with pytest.raises(UnusableKeyError, match="not a private key"):
        load_or_create_key(path)
    assert path.read_text() == "half a key"


def test_the_public_half_can_be_handed_on(tmp_path: Path) -> None:
    key = load_or_create_key(tmp_path / "k.pem")
    write_public_key(key, tmp_path / "k.pub")
    assert read_public_key(tmp_path / "k.pub") == key.public
    with pytest.raises(UnusableKeyError, match="cannot be read"):
        read_public_key(tmp_path / "nothing.pub")
    with pytest.raises(UnusableKeyError, match="not a public key"):
        read_public_key(tmp_path / "k.pem")


def test_a_key_that_cannot_be_made_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "keys").write_text("a file where a folder should be")
    with pytest.raises(UnusableKeyError, match="can be neither read nor made"):
        load_or_create_key(tmp_path / "keys" / "sign_in.pem")


def test_of_instances_that_start_at_once_all_get_the_same_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as threads:
        keys = list(threads.map(lambda _: load_or_create_key(tmp_path / "k.pem").kid, range(32)))
    assert len(set(keys)) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["k.pem"]
