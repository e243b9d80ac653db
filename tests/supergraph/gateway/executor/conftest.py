"""A small house for executor tests: an API schema, a plan made by hand, and subgraphs that answer what they are told."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from graphql import GraphQLSchema, build_schema, is_abstract_type, is_object_type, is_scalar_type, parse

from supergraph.gateway.executor import (
    Denial,
    Disclosure,
    ExecutionRequest,
    ExecutionResult,
    ExecutionSchema,
    execute,
    prepare,
)
from supergraph.gateway.transport import SubgraphFailure, SubgraphRequest, SubgraphResponse
from supergraph.planner import NormalizedOperation, PlanNode, QueryPlan
from supergraph.planner.operation.normalization import normalize
from supergraph.spec import BUILT_IN_SCALARS

Answer = Mapping[str, Any] | bytes | SubgraphFailure | Callable[[dict[str, Any]], Any]
"""What a subgraph answers: a JSON body, bytes as they are, a failure, or a function from the request's body."""


@dataclass
class ToldSubgraphs:
    """Answers each request with the next of its subgraph's answers; the last one stays."""

    answers: dict[str, list[Answer]]
    requests: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    sent: list[SubgraphRequest] = field(default_factory=list)

    async def send(self, request: SubgraphRequest) -> SubgraphResponse | SubgraphFailure:
        body = json.loads(request.body)
        self.sent.append(request)
        self.requests.append((request.subgraph, body))
        waiting = self.answers[request.subgraph]
        answer = waiting.pop(0) if len(waiting) > 1 else waiting[0]
        if callable(answer):
            answer = answer(body)
        if isinstance(answer, SubgraphFailure):
            return answer
        if isinstance(answer, SubgraphResponse):
            return answer
        return SubgraphResponse(200, answer if isinstance(answer, bytes) else json.dumps(answer).encode())

    async def close(self) -> None:
        pass


@dataclass
class House:
    api: GraphQLSchema
    schema: ExecutionSchema
    requests: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    sent: list[SubgraphRequest] = field(default_factory=list)

    def operation(self, query: str) -> NormalizedOperation:
        operation = normalize(self.api, parse(query))
        assert isinstance(operation, NormalizedOperation), operation
        return operation

    async def ask(
        self,
        query: str,
        plan: PlanNode | None,
        answers: Mapping[str, Answer | list[Answer]],
        *,
        variables: Mapping[str, object] | None = None,
        denials: tuple[Denial, ...] = (),
        disclosure: Disclosure | None = None,
    ) -> ExecutionResult:
        subgraphs = ToldSubgraphs({k: v if isinstance(v, list) else [v] for k, v in answers.items()})
        request = ExecutionRequest(subgraphs, variables or {})
        if disclosure is not None:
            request = replace(request, disclosure=disclosure)
        executable = prepare(QueryPlan(plan), self.operation(query), self.schema, denials)
        result = await execute(executable, request)
        self.requests, self.sent = subgraphs.requests, subgraphs.sent
        return result


def build_house(sdl: str, inaccessible: str = "") -> House:
    """`inaccessible` is SDL that subgraphs know beside what clients may see."""
    whole, api = build_schema(sdl + inaccessible), build_schema(sdl)
    types = [each for each in whole.type_map.values() if not each.name.startswith("__")]
    return House(
        api,
        ExecutionSchema(
            api=api,
            possible_types={
                each.name: frozenset((each.name, *(one.name for one in whole.get_possible_types(each))))
                for each in types
                if is_abstract_type(each)
            },
            object_types=frozenset(each.name for each in types if is_object_type(each)),
            has_custom_scalars=any(is_scalar_type(t) and t.name not in BUILT_IN_SCALARS for t in types),
        ),
    )


@pytest.fixture
def house() -> Callable[..., House]:
    return build_house
