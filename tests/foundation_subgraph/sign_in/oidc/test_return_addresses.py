"""Where a sign-in may end, as browsers read it."""

import pytest

from foundation_subgraph.kit import Refusal
from foundation_subgraph.sign_in.oidc.return_addresses import safe_return_address
from foundation_subgraph.sign_in.oidc.settings import OidcSettings

SETTINGS = OidcSettings(public_url="https://house.example", return_addresses=("https://app.example/in",))


@pytest.mark.parametrize(
    ("wanted", "address"),
    [
        ("/", "https://house.example/"),
        ("/a/b?c=%2F%2Fevil.example", "https://house.example/a/b?c=%2F%2Fevil.example"),
        ("/@evil.example", "https://house.example/@evil.example"),
        ("https://app.example/in", "https://app.example/in"),
    ],
)
def test_a_path_of_ones_own_and_what_is_configured_are_returned_to(wanted: str, address: str) -> None:
    assert safe_return_address(SETTINGS, wanted) == address


@pytest.mark.parametrize(
    "wanted",
    [
        "",
        "evil.example",
        "https://evil.example/",
        "https://house.example.evil.example/",
        "https://house.example@evil.example/",
        "//evil.example/",
        "///evil.example/",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "/\n/evil.example",
        " /",
        "javascript:alert(1)",
        "data:text/html,x",
        "/a#ticket=mine",
        "/\u2044evil.example",
        "/\0",
        "https://app.example/in?more",
        "https://app.example/in/../out",
    ],
)
def test_nothing_else_is(wanted: str) -> None:
    with pytest.raises(Refusal, match="returnTo"):
        safe_return_address(SETTINGS, wanted)
