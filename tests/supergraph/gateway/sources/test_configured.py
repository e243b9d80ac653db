from pathlib import Path

import pytest

from supergraph.gateway import (
    SupergraphAddress,
    SupergraphFile,
    SupergraphUnavailableError,
    configured_source,
)
from supergraph.gateway.settings import Secret, SupergraphSettings


def test_a_file_or_an_address_or_none():
    assert configured_source(SupergraphSettings()) is None
    assert configured_source(SupergraphSettings(file="s.graphql", file_seconds=2)) == SupergraphFile(
        Path("s.graphql"), seconds=2
    )
    source = configured_source(
        SupergraphSettings(address="https://registry.example/graph", address_seconds=3)
    )
    assert isinstance(source, SupergraphAddress)
    assert (source.url, source.seconds, source.token()) == ("https://registry.example/graph", 3, None)


def test_not_both():
    with pytest.raises(ValueError, match="`file` or `address`"):
        SupergraphSettings(file="s.graphql", address="https://registry.example/graph")


def test_the_token_is_read_again_for_each_request(tmp_path):
    file = tmp_path / "token"
    settings = SupergraphSettings(address="https://registry.example/graph", token=Secret(file=file))
    source = configured_source(settings)
    with pytest.raises(SupergraphUnavailableError, match="token"):
        source.token()
    for token in ("one", "two"):
        file.write_text(f"{token}\n")
        assert source.token() == token


async def test_a_token_that_is_not_there_is_a_registry_that_cannot_be_had(tmp_path):
    settings = SupergraphSettings(address="http://127.0.0.1:9/", token=Secret(file=tmp_path / "none"))
    with pytest.raises(SupergraphUnavailableError, match="the supergraph's token"):
        configured_source(settings).read()
