"""A world twice: as subgraphs behind the planner and the executor, and as one plain schema, executed as it is."""

import asyncio
import json
from dataclasses import dataclass, field
from typing import Any, ClassVar

from graphql import GraphQLSchema, build_ast_schema, execute_sync, graphql_sync, parse

from supergraph.composer import SubgraphSource, compose
from supergraph.gateway.executor import (
    ExecutionRequest,
    ExecutionResult,
    execute,
    execute_incrementally,
    prepare,
    read_execution_schema,
)
from supergraph.gateway.transport import SubgraphResponse
from supergraph.planner import (
    NormalizedOperation,
    QueryPlan,
    build_query_graph,
    normalize,
    plan_operation,
    plan_to_json,
)
from supergraph.spec import client_schema, read_supergraph
from tests.differential.splitting import subgraph_sdl
from tests.differential.world import ROOTS, World


@dataclass
class Resolution:
    """Resolves fields over a world, as one subgraph of it or as the plain schema."""

    world: World
    subgraph: int | None = None
    done: list[str] = field(default_factory=list)

    def resolve_field(self, source: Any, info: Any, **arguments: Any) -> Any:
        name, owner = info.field_name, info.parent_type.name
        if name == "_entities":
            return [self.entity(each) for each in arguments["representations"]]
        if owner not in ROOTS and name in ("id", "code"):
            return f"{name}-{source['ref']}"
        if owner == "Mutation":
            self.done.append(f"{name}({arguments})")
        model = next((each for each in self.world.fields_of(owner) if each.name == name), None)
        if model is None:
            return None
        if self.world.is_taken(model, self.subgraph):
            raise AssertionError(f"{owner}.{name} was taken from this subgraph")
        source, x = source or {"seed": "root", "ref": "root"}, arguments.get("x", 1)
        if self.subgraph is not None:
            return self.world.resolve_in_subgraph(model, source, x, arguments.get("mark"))
        found = self.world.resolve(model, source, x, source.get("mark") if model.told_by else None)
        context = self.world.context
        if context is not None and model is context.way:
            # The plain schema has no arguments for it: what is above is handed down with the objects.
            mark = self.world.resolve(context.mark, source, 1)
            for each in found if isinstance(found, list) else [found]:
                each and each.update(mark=mark)
        return found

    def entity(self, representation: dict[str, Any]) -> dict[str, Any]:
        name = representation["__typename"]
        keys = ("id",) if name == "I" else self.world.types[name].keys[self.subgraph]
        complete = [key.split() for key in keys if all(each in representation for each in key.split())]
        assert complete, f"no key of s{self.subgraph} in {representation}"
        refs = {representation[each].removeprefix(f"{each}-") for each in complete[0]}
        assert len(refs) == 1, representation
        ref = refs.pop()
        typename, _, seed = ref.partition(".")
        if self.world.interface_object and self.subgraph == self.world.interface_object.subgraph:
            typename = "I"  # It has no other name for what is truly one of the members.
        return {"__typename": typename, "seed": seed, "ref": ref, "representation": representation}


@dataclass
class Federation:
    """A world twice: as subgraphs behind the planner and the executor, and as one plain schema, executed as it is."""

    world: World
    plain: GraphQLSchema = field(init=False)
    sdls: dict[str, str] = field(init=False)
    asked: list[tuple[str, dict[str, Any], Any]] = field(default_factory=list)
    done: list[str] = field(default_factory=list)
    plan: QueryPlan | None = None

    write: ClassVar[Any] = staticmethod(subgraph_sdl)
    resolution: ClassVar[Any] = Resolution

    def __post_init__(self) -> None:
        self.sdls = {f"s{each}": self.write(self.world, each) for each in range(self.world.size)}
        composition = compose([SubgraphSource(name, "", sdl) for name, sdl in self.sdls.items()])
        assert composition.ok, list(composition.diagnostics)
        supergraph = read_supergraph(composition.supergraph_sdl)
        self.plain = client_schema(supergraph)
        self._assert_nothing_is_lost()
        self.schema = read_execution_schema(supergraph, self.plain)
        self.graph = build_query_graph(supergraph)
        self.subgraphs = {name: self._executable(sdl) for name, sdl in self.sdls.items()}

    def _assert_nothing_is_lost(self) -> None:
        for each in [
            *self.world.roots,
            *(one for model in self.world.types.values() for one in model.fields),
            *(self.world.interface_object.fields if self.world.interface_object else ()),
        ]:
            owner = self.plain.type_map.get(each.owner)
            if owner is not None and any(f" {each.text} " in f"{sdl} " for sdl in self.sdls.values()):
                assert str(owner.fields[each.name].type) == each.type_text

    def _executable(self, sdl: str) -> GraphQLSchema:
        entities = [
            each.name for each in self.world.types.values() if each.is_entity and f"type {each.name} " in sdl
        ] + (["I"] if "type I " in sdl else [])
        more = (
            "scalar _Any type _Service { sdl: String! }\nextend"
            if "type Query" in sdl
            else "scalar _Any type _Service { sdl: String! }\n"
        )
        more += " type Query { _service: _Service! }"
        if entities:
            more += f"\nunion _Entity = {' | '.join(entities)}"
            more += "\nextend type Query { _entities(representations: [_Any!]!): [_Entity]! }"
        return build_ast_schema(parse(f"{sdl}\n{more}"), assume_valid_sdl=True)

    def expected(self, query: str, variables: dict[str, Any]) -> tuple[Any, list[str]]:
        """The plain schema's answer, and the mutations that it ran, in order."""
        resolution = self.resolution(self.world)
        result = execute_sync(
            self.plain, parse(query), variable_values=variables, field_resolver=resolution.resolve_field
        )
        return result, resolution.done

    async def send(self, request: Any) -> SubgraphResponse:
        body = json.loads(request.body)
        result = graphql_sync(
            self.subgraphs[request.subgraph],
            body["query"],
            variable_values=body.get("variables"),
            field_resolver=self.resolution(self.world, int(request.subgraph[1:]), self.done).resolve_field,
        )
        self.asked.append((request.subgraph, body, result.formatted))
        return SubgraphResponse(200, json.dumps(result.formatted).encode())

    async def close(self) -> None:
        pass

    async def answer(self, query: str, variables: dict[str, Any]) -> ExecutionResult:
        operation = normalize(self.plain, parse(query))
        assert isinstance(operation, NormalizedOperation), operation
        plan = plan_operation(self.graph, operation, overrides=self.world.active)
        assert isinstance(plan, QueryPlan), plan
        self.plan, self.asked, self.done = plan, [], []
        return await execute(prepare(plan, operation, self.schema), ExecutionRequest(self, variables))

    async def parts(self, query: str, variables: dict[str, Any]) -> list[Any] | None:
        """The first result and the increments; None where nothing is deferred."""
        operation = normalize(self.plain, parse(query))
        assert isinstance(operation, NormalizedOperation), operation
        plan = plan_operation(self.graph, operation, overrides=self.world.active)
        assert isinstance(plan, QueryPlan), plan
        self.plan, self.asked, self.done = plan, [], []
        executable = prepare(plan, operation, self.schema)
        defer = executable.defer(variables)
        if defer is None:
            return None
        async with asyncio.timeout(5):
            results = execute_incrementally(executable, ExecutionRequest(self, variables), defer)
            return [each async for each in results]

    def documents(self) -> str:
        return "\n".join(f"# {name}\n{sdl}" for name, sdl in self.sdls.items())

    def told(self) -> str:
        """The last plan, and what its requests were answered."""
        parts = [json.dumps(plan_to_json(self.plan))] if self.plan is not None else []
        parts += [
            f"{name} <- {json.dumps(body)}\n   -> {json.dumps(answer)}" for name, body, answer in self.asked
        ]
        return "\n".join(parts)
