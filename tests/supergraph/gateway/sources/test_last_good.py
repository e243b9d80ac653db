import stat

import pytest

from supergraph.gateway import SupergraphDocument, SupergraphUnavailableError
from supergraph.gateway.sources import LastGood

DOCUMENT = SupergraphDocument(b"type Query { a: Int }\n", "c2ln")


@pytest.fixture
def kept(tmp_path):
    last_good = LastGood(tmp_path / "kept" / "supergraph", "https://registry.example/graph")
    last_good.keep(DOCUMENT)
    return last_good


def test_what_is_kept_is_read_again_with_its_signature_and_age(kept):
    document, age = kept.read()
    assert document == DOCUMENT
    assert 0 <= age < 60


def test_only_its_owner_may_read_or_write_it(kept):
    assert stat.S_IMODE(kept.path.stat().st_mode) == 0o600


def test_the_newer_one_takes_its_place_and_nothing_else_is_left(kept):
    kept.keep(SupergraphDocument(b"second"))
    assert kept.read()[0] == SupergraphDocument(b"second")
    assert [each.name for each in kept.path.parent.iterdir()] == [kept.path.name]


@pytest.mark.parametrize("at", [5, -3])
def test_one_that_was_changed_is_not_used(kept, at):
    content = bytearray(kept.path.read_bytes())
    content[at] ^= 1
    kept.path.write_bytes(content)
    with pytest.raises(SupergraphUnavailableError, match=r"changed since it was kept|not a kept document"):
        kept.read()


def test_one_with_another_signature_put_in_is_not_used(kept):
    kept.path.write_bytes(kept.path.read_bytes().replace(b"c2ln", b"c2lm"))
    with pytest.raises(SupergraphUnavailableError, match="changed since it was kept"):
        kept.read()


@pytest.mark.parametrize("content", [b"", b"{}\nx", b"[]\nx", b"type Query { a: Int }"])
def test_a_file_of_another_kind_is_not_used(kept, content):
    kept.path.write_bytes(content)
    with pytest.raises(SupergraphUnavailableError, match="not a kept document"):
        kept.read()


def test_one_that_others_may_write_is_not_used(kept):
    kept.path.chmod(0o666)
    with pytest.raises(SupergraphUnavailableError, match="others than this user may write it"):
        kept.read()


def test_one_of_another_source_is_not_used(kept):
    with pytest.raises(SupergraphUnavailableError, match="another source"):
        LastGood(kept.path, "https://elsewhere.example/graph").read()


def test_none_at_all(tmp_path):
    with pytest.raises(SupergraphUnavailableError, match="none was kept yet"):
        LastGood(tmp_path / "none", "x").read()
