"""A broad world twice, as `federation` has the other kind; and its subscriptions, event by event."""

import asyncio
import json
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from typing import Any, ClassVar, Self

from graphql import execute_sync, parse

from supergraph.composer import SubgraphSource, compose
from supergraph.gateway.executor import (
    ExecutionRequest,
    ExecutionResult,
    LiveSubscription,
    Subscription,
    prepare_subscription,
    subscribe,
)
from supergraph.gateway.transport import FailureReason, SubgraphFailure, SubgraphResponse
from supergraph.planner import NormalizedOperation, QueryPlan, normalize, plan_operation
from supergraph.spec import Code, Severity
from tests.differential.broad_splitting import broad_sdl
from tests.differential.broad_world import ATOMS, ROOTS, BroadWorld, Selected, sent
from tests.differential.federation import Federation

ROOT = {"seed": "root", "ref": "root"}
EVENTS = [{"seed": f"event{index}", "ref": f"event{index}"} for index in range(3)]


@dataclass
class BroadResolution:
    """Resolves fields over a world, as one subgraph of it or as the plain schema."""

    world: BroadWorld
    subgraph: int | None = None
    done: list[str] = field(default_factory=list)

    def resolve_field(self, source: Any, info: Any, **arguments: Any) -> Any:
        name, owner = info.field_name, info.parent_type.name
        if name == "_entities":
            return [self.entity(each) for each in arguments["representations"]]
        if owner == "K":
            return source["oid"]
        if owner not in ROOTS and name in ATOMS:
            value = f"{name}-{source['ref']}"
            return {"oid": value} if name == "org" else value
        if owner == "Mutation":
            self.done.append(f"{name}({json.dumps(arguments)})")
        model = self.world.field_of(owner, name)
        if model is None:
            return None
        source = source or ROOT
        if self.subgraph is None:
            return self.world.resolve(model, source, arguments)
        provided: list[Selected] = source.get("provided", [])
        at_home = self.subgraph in model.homes
        brought = next((each for each in provided if each.model is model), None)
        assert at_home or brought is not None, f"{owner}.{name} was asked of s{self.subgraph}"
        required = sent(source["representation"], model.requires) if model.requires else None
        value = self.world.value(model, source, arguments, required)
        return _bringing(value, model.provides.get(self.subgraph) or (brought.inner if brought else []))

    def entity(self, representation: dict[str, Any]) -> dict[str, Any]:
        name = representation["__typename"]
        keys = [("id",)] if name == "I" else self.world.types[name].keys[self.subgraph]
        complete = [key for key in keys if all(each in representation for each in key)]
        assert complete, f"no key of s{self.subgraph} in {representation}"
        given = [(each, representation[each]) for each in complete[0]]
        refs = {(value["oid"] if each == "org" else value).removeprefix(f"{each}-") for each, value in given}
        assert len(refs) == 1, representation
        ref = refs.pop()
        typename, _, seed = ref.partition(".")
        interface = self.world.abstract.get("I")
        if interface is not None and self.subgraph in interface.object_in and name == "I":
            typename = "I"
        return {"__typename": typename, "seed": seed, "ref": ref, "representation": representation}


def _bringing(value: Any, provided: list[Selected]) -> Any:
    if isinstance(value, list):
        return [_bringing(each, provided) for each in value]
    if isinstance(value, dict) and "ref" in value:
        mine = [each for each in provided if each.on in (None, value["__typename"])]
        return {**value, "provided": mine}
    return value


class BroadFederation(Federation):
    """`down` names a subgraph that answers nothing useful: by `failure`, one of `failures`."""

    write = staticmethod(broad_sdl)
    resolution = BroadResolution
    failures: ClassVar[dict[str, Any]] = {
        "unreachable": None,
        "an error": b'{"data": null, "errors": [{"message": "no"}]}',
        "no JSON": b"<html>",
        "nothing": b"",
        "a list": b"[]",
        "no data": b"{}",
    }
    down: str | None = None
    failure: str = "nothing"
    was_down: bool = False

    @classmethod
    def of(cls, world: BroadWorld) -> Self | None:
        """None where the world has something that nobody could answer: that is drawn at times, nothing else that is wrong."""
        sources = [SubgraphSource(f"s{each}", "", broad_sdl(world, each)) for each in range(world.size)]
        errors = [each for each in compose(sources).diagnostics if each.severity == Severity.ERROR]
        unexpected = [each for each in errors if each.code is not Code.SATISFIABILITY_ERROR]
        assert not unexpected, "\n".join(map(str, [*unexpected, *(each.sdl for each in sources)]))
        return None if errors else cls(world)

    async def send(self, request: Any) -> Any:
        if request.subgraph != self.down:
            return await super().send(request)
        self.was_down = True
        body = self.failures[self.failure]
        self.asked.append((request.subgraph, json.loads(request.body), self.failure))
        if body is None:
            return SubgraphFailure(request.subgraph, FailureReason.REFUSED)
        return SubgraphResponse(200, body)

    async def answer(self, query: str, variables: dict[str, Any]) -> ExecutionResult:
        self.was_down = False
        return await super().answer(query, variables)

    def _assert_nothing_is_lost(self) -> None:
        for each in [one for model in self.world.types.values() for one in model.fields]:
            owner = self.plain.type_map.get(each.owner)
            if owner is not None and not each.hidden:
                strict = "!" if each.homes <= each.strict_in else ""
                kind = "[" * each.lists + each.of + "]" * each.lists + strict
                assert str(owner.fields[each.name].type) == kind

    def expected_events(self, query: str, variables: dict[str, Any]) -> list[Any]:
        return [
            execute_sync(
                self.plain,
                parse(query),
                root_value=event,
                variable_values=variables,
                field_resolver=BroadResolution(self.world).resolve_field,
            )
            for event in EVENTS
        ]

    async def subscribe(self, request: Any) -> AsyncGenerator[SubgraphResponse, None]:
        body = json.loads(request.body)
        for event in EVENTS:
            result = execute_sync(
                self.subgraphs[request.subgraph],
                parse(body["query"]),
                root_value=event,
                variable_values=body.get("variables"),
                field_resolver=BroadResolution(self.world, int(request.subgraph[1:])).resolve_field,
            )
            self.asked.append((request.subgraph, body, result.formatted))
            yield SubgraphResponse(200, json.dumps(result.formatted).encode())

    async def events(self, query: str, variables: dict[str, Any]) -> list[ExecutionResult]:
        operation = normalize(self.plain, parse(query))
        assert isinstance(operation, NormalizedOperation), operation
        plan = plan_operation(self.graph, operation, overrides=self.world.active)
        assert isinstance(plan, QueryPlan), plan
        self.plan, self.asked, self.done = plan, [], []
        prepared = prepare_subscription(plan, operation, self.schema)
        assert isinstance(prepared, Subscription)
        async with asyncio.timeout(5):
            live = LiveSubscription(prepared, ExecutionRequest(self, variables))
            return [each async for each in subscribe(live)]
