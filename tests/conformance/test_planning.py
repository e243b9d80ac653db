"""The public planning cases: no more fetches and no longer chain than the reference, and documents that are valid."""

import json
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
from graphql import (
    DocumentNode,
    GraphQLSchema,
    ObjectTypeDefinitionNode,
    ObjectTypeExtensionNode,
    SchemaDefinitionNode,
    SchemaExtensionNode,
    TypeDefinitionNode,
    TypeExtensionNode,
    build_ast_schema,
    parse,
    print_ast,
    validate,
)

from supergraph.planner import (
    BatchFetch,
    Condition,
    Fetch,
    NormalizedOperation,
    Parallel,
    PlanNode,
    QueryPlan,
    Sequence,
    Subscribe,
    build_query_graph,
    count_fetches,
    longest_chain,
    normalize,
    plan_operation,
)
from supergraph.spec import client_schema, read_supergraph

PLANNING = Path(__file__).resolve().parents[3] / "shared" / "conformance" / "planning"
KNOWN = {
    line.split("|")[1].strip()
    for line in (Path(__file__).parent / "KNOWN.md").read_text().splitlines()
    if line.startswith("| p")
}


@dataclass(frozen=True)
class Case:
    id: str
    supergraph: str
    subgraphs: tuple[tuple[str, str], ...]
    operation: str
    name: str | None
    active: frozenset[str]
    fetches: int
    depth: int


def read_cases(file: Path) -> Iterator[Case]:
    content = json.loads(file.read_text())
    for case in content["cases"]:
        supergraph = content["supergraphs"][case["supergraph"]]
        yield Case(
            case["id"],
            supergraph["sdl"],
            tuple((each["name"], each["sdl"]) for each in supergraph.get("subgraphs", ())),
            case["operation"],
            case.get("operationName"),
            frozenset(label for label, active in (case.get("overrides") or {}).items() if active),
            case["fetches"],
            case["depth"],
        )


@pytest.fixture(params=[f"planning-{number:03}.json" for number in range(10)])
def cases(request) -> list[Case]:
    file = PLANNING / request.param
    if not file.exists():
        pytest.skip("the shared cases are not beside the project (../shared)")
    return list(read_cases(file))


@cache
def prepared(sdl: str):
    supergraph = read_supergraph(sdl)
    return build_query_graph(supergraph), client_schema(supergraph)


def planned(case: Case):
    graph, schema = prepared(case.supergraph)
    operation = normalize(schema, parse(case.operation, no_location=True), case.name)
    assert isinstance(operation, NormalizedOperation)
    return plan_operation(graph, operation, overrides=case.active, incremental=False)


def requests(node: PlanNode | None) -> Iterator[Fetch | BatchFetch]:
    match node:
        case Fetch() | BatchFetch():
            yield node
        case Sequence(nodes=nodes) | Parallel(nodes=nodes):
            for each in nodes:
                yield from requests(each)
        case Condition(if_true=one, if_false=other):
            yield from requests(one)
            yield from requests(other)
        case Subscribe(primary=primary, then=then):
            yield primary
            yield from requests(then)


def test_plans_need_no_more_than_the_references_plans(cases):
    worse = {}
    for case in cases:
        plan = planned(case)
        if not isinstance(plan, QueryPlan):
            worse[case.id] = plan.message
        elif count_fetches(plan.node) > case.fetches or longest_chain(plan.node) > case.depth:
            worse[case.id] = (
                f"{count_fetches(plan.node)}/{longest_chain(plan.node)} > {case.fetches}/{case.depth}"
            )
    assert {case: why for case, why in worse.items() if case not in KNOWN} == {}


def test_every_case_is_planned_within_a_second(cases):
    slow = {}
    for case in cases:
        prepared(case.supergraph)
        start = time.process_time()
        planned(case)
        if (spent := time.process_time() - start) > 1:
            slow[case.id] = spent
    assert slow == {}


def test_every_document_is_valid_in_its_subgraph(cases):
    wrong = {}
    for case in cases:
        plan = planned(case)
        schemas = {name: subgraph_schema(sdl) for name, sdl in case.subgraphs}
        for request in requests(plan.node) if isinstance(plan, QueryPlan) and schemas else ():
            found = validate(schemas[request.subgraph], parse(request.document))
            if found:
                wrong[case.id] = f"{request.document}: {found[0].message}"
    assert wrong == {}


@cache
def subgraph_schema(sdl: str) -> GraphQLSchema:
    """What the subgraph serves: its document with the entities' machinery."""
    definitions = list(parse(re.sub(r"@oneOf\b", "", sdl), no_location=True).definitions)
    defined = {each.name.value for each in definitions if isinstance(each, TypeDefinitionNode)}
    query = next(
        (
            each.type.name.value
            for node in definitions
            if isinstance(node, SchemaDefinitionNode | SchemaExtensionNode)
            for each in node.operation_types or ()
            if each.operation.value == "query"
        ),
        "Query",
    )
    entities: dict[str, None] = {}
    for position, node in enumerate(definitions):
        if isinstance(node, ObjectTypeDefinitionNode | ObjectTypeExtensionNode) and any(
            each.name.value in {"key", "federation__key"} for each in node.directives or ()
        ):
            entities[node.name.value] = None
        if isinstance(node, TypeExtensionNode) and node.name.value not in defined:
            # An extension of what is defined elsewhere is this subgraph's definition.
            defined.add(node.name.value)
            [definitions[position]] = parse(print_ast(node).removeprefix("extend ")).definitions
    if "_Service" not in defined:
        extra = f"scalar _Any type _Service {{ sdl: String! }} {'extend ' if query in defined else ''}type {query} {{ _service: _Service! }}"
        if entities:
            extra += f" union _Entity = {' | '.join(entities)}"
            extra += f" extend type {query} {{ _entities(representations: [_Any!]!): [_Entity]! }}"
        definitions += parse(extra).definitions
    return build_ast_schema(
        DocumentNode(definitions=tuple(definitions)), assume_valid=True, assume_valid_sdl=True
    )
