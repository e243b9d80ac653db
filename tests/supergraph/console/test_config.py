import pytest

from supergraph.console import ConsoleConfig


@pytest.mark.parametrize(
    "address", ["https://elsewhere.example/graphql", "//elsewhere.example/graphql", "graphql", ""]
)
def test_the_console_is_not_pointed_at_another_host(address: str):
    with pytest.raises(ValueError, match="its own gateway"):
        ConsoleConfig(endpoint=address)
    with pytest.raises(ValueError, match="its own gateway"):
        ConsoleConfig(sign_in=address)
