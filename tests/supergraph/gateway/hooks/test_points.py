"""The page of hook points, and what stands on it."""

import inspect
from pathlib import Path

import supergraph.gateway.hooks
from supergraph.gateway.hooks import gathering, points
from supergraph.gateway.hooks.page import print_points

PROTOCOLS = {
    name: each
    for name, each in vars(points).items()
    if inspect.isclass(each) and getattr(each, "_is_protocol", False) and each.__module__ == points.__name__
}


def test_the_page_is_what_the_source_says():
    page = Path(supergraph.gateway.hooks.__file__).with_name("POINTS.md")
    assert page.read_text() == print_points(), "print it anew: python -m supergraph.gateway.hooks.page"


def test_every_point_stands_on_the_page_and_at_the_door():
    page = print_points()
    for name in PROTOCOLS:
        assert f"### {name}\n" in page
        assert name in supergraph.gateway.hooks.__all__


def test_every_point_and_method_says_what_it_is():
    for name, protocol in PROTOCOLS.items():
        assert protocol.__doc__, name
        for method, function in vars(protocol).items():
            if inspect.isfunction(function) and not method.startswith("_"):
                assert function.__doc__, f"{name}.{method}"


def test_a_hook_is_known_by_its_methods():
    for protocol in gathering._POINTS:
        assert not isinstance(object(), protocol)
        named = {name for name in vars(protocol) if not name.startswith("_")}
        assert all(
            named != {name for name in vars(other) if not name.startswith("_")}
            for other in gathering._POINTS
            if other is not protocol
        )
