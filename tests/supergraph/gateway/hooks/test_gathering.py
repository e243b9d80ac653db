"""Hooks of strangers: given, or named in the settings."""

import sys
from types import ModuleType

import pytest

from supergraph.gateway import GatewaySettings, GatewayStartError
from supergraph.gateway.hooks import HttpRequest, Refusal, refuse
from supergraph.gateway.hooks.gathering import InvalidHookError, gather_hooks, load_hooks


class Region:
    """Tells clients which region answered."""

    def headers(self, request: HttpRequest) -> tuple[tuple[bytes, bytes], ...]:
        return ((b"x-region", b"eu-1"),)


class Closed:
    """Lets nobody in who does not say please."""

    def admit(self, request: HttpRequest) -> Refusal | None:
        return None if request.header(b"x-please") else refuse(403, "Say please.")


class Broken:
    def admit(self, request: HttpRequest) -> None:
        raise ZeroDivisionError("secret inside")


class Manifest:
    def registered_text(self, operation_id: str) -> str | None:
        return "{ __typename }" if operation_id == "mine" else None

    def is_registered(self, text: str) -> bool:
        return text == "{ __typename }"


@pytest.fixture
def package(monkeypatch) -> str:
    """A stranger's package `mypackage.hooks`."""
    module = ModuleType("mypackage.hooks")
    module.Region, module.region, module.number = Region, Region(), 7
    module.make = Closed
    module.fails = lambda: 1 / 0
    monkeypatch.setitem(sys.modules, "mypackage", ModuleType("mypackage"))
    monkeypatch.setitem(sys.modules, "mypackage.hooks", module)
    return "mypackage.hooks"


@pytest.fixture
def subgraphs(graphql_subgraph):
    return {"a": graphql_subgraph("type Query { hello: String }", {"Query.hello": lambda *_: "Hello"})}


async def test_a_hook_given_to_the_app_is_called(open_gateway, subgraphs):
    gateway = await open_gateway(subgraphs, hooks=[Region()])
    answer = await gateway.ask("{ hello }")
    assert (answer.data, answer.headers["x-region"]) == ({"hello": "Hello"}, "eu-1")


async def test_a_hook_named_in_the_settings_is_called(open_gateway, subgraphs, package):
    settings = GatewaySettings(hooks=[f"{package}:Region", f"{package}:make"])
    gateway = await open_gateway(subgraphs, settings=settings)
    refused = await gateway.ask("{ hello }")
    assert (refused.status, refused.errors[0]["message"]) == (403, "Say please.")
    assert refused.headers["x-region"] == "eu-1"
    assert (await gateway.ask("{ hello }", headers={"x-please": "1"})).data == {"hello": "Hello"}


async def test_a_hook_that_fails_is_a_fault_and_says_nothing_of_itself(open_gateway, subgraphs):
    gateway = await open_gateway(subgraphs, hooks=[Broken()])
    answer = await gateway.ask("{ hello }")
    assert (answer.status, answer.codes) == (500, ["INTERNAL_SERVER_ERROR"])
    assert "secret" not in str(answer.body)


async def test_a_strangers_manifest_stands_in_the_place_of_ours(open_gateway, subgraphs):
    gateway = await open_gateway(
        subgraphs,
        hooks=[Manifest()],
        settings=GatewaySettings(persisted_operations={"unknown": "refuse"}),
    )
    assert (await gateway.send(json={"documentId": "mine"})).data == {"__typename": "Query"}
    assert (await gateway.ask("{ hello }")).codes == ["QUERY_NOT_IN_SAFELIST"]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("mypackage.hooks", "write it as package.module:name"),
        ("mypackage.nowhere:Region", "ModuleNotFoundError"),
        ("mypackage.hooks:Nothing", "AttributeError"),
        ("mypackage.hooks:fails", "ZeroDivisionError"),
    ],
)
def test_a_hook_that_cannot_be_had_is_named(package, name, expected):
    with pytest.raises(InvalidHookError, match=expected) as raised:
        load_hooks([name])
    assert name in str(raised.value)
    assert "\n" not in str(raised.value)


def test_what_has_the_methods_of_no_point_is_no_hook(package):
    with pytest.raises(InvalidHookError, match="int has the methods of no hook point"):
        gather_hooks(load_hooks([f"{package}:number"]))


def test_of_some_there_may_be_but_one():
    with pytest.raises(InvalidHookError, match="there may be one OperationManifest"):
        gather_hooks([Manifest(), Manifest()])


async def test_a_gateway_does_not_start_without_a_hook_that_it_was_given(open_gateway, subgraphs):
    with pytest.raises(GatewayStartError, match="nowhere:Hook"):
        await open_gateway(subgraphs, settings=GatewaySettings(hooks=["nowhere:Hook"]))
