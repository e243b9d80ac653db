"""Which plans the quick way can express; all others are the interpreter's."""

import pytest

from supergraph.gateway.executor.executable import prepare
from supergraph.gateway.executor.problems import Denial
from supergraph.planner import (
    BatchFetch,
    Condition,
    EachItem,
    EntityGroup,
    Fetch,
    OperationKind,
    PlanNode,
    QueryPlan,
    RenameKey,
    RequiredField,
    RequiredFragment,
    Sequence,
    Step,
)
from supergraph.spec import Coordinate, SubgraphName, TypeName

SDL = """
  type Query { things: [Thing!] node: Node }
  type Mutation { make: Thing }
  interface Node { id: ID! }
  type Thing implements Node { id: ID! name: String size: Int weight: Float maker: Maker }
  type Maker { id: ID! name: String }
"""
THINGS = (Step("things"), EachItem())


def ask(document: str, **more) -> Fetch:
    return Fetch(SubgraphName("a"), OperationKind.QUERY, document, **more)


def entities(selected: str, *names: str, path=THINGS, type_name="Thing", **more) -> Fetch:
    fields = tuple(RequiredField(name, name) for name in ("__typename", *names))
    document = (
        f"query ($representations: [_Any!]!) {{ _entities(representations: $representations) "
        f"{{ ... on {type_name} {{ {selected} }} }} }}"
    )
    return ask(document, path=path, requires=(RequiredFragment(TypeName(type_name), fields),), **more)


@pytest.fixture
def compiled(house):
    def compile_(query: str, *nodes: PlanNode, denials=(), variables=None):
        ready = house(SDL)
        node = nodes[0] if len(nodes) == 1 else Sequence(nodes)
        program = prepare(QueryPlan(node), ready.operation(query), ready.schema, denials)
        return program.projection(variables or {}).plan

    return compile_


ROOT = ask("{ things { __typename id name } }")


def test_an_entity_whose_every_field_follows_from_its_key_is_one_hole(compiled):
    assert compiled("{ things { id size } }", ask("{ things { __typename id } }"), entities("size", "id"))


def test_what_is_sent_may_come_with_an_earlier_entity(compiled):
    weight = entities("weight", "id", "size")
    assert compiled("{ things { id name size weight } }", ROOT, entities("size", "id"), weight).tables == 2


def test_two_subgraphs_that_are_sent_the_same_share_a_table(compiled):
    plan = compiled("{ things { name size weight } }", ROOT, entities("size", "id"), entities("weight", "id"))
    assert plan.tables == 1


def test_conditions_are_decided_before(compiled):
    plan = Condition("more", entities("size", "id"), None)
    query = "query ($more: Boolean!) { things { name size @include(if: $more) } }"
    assert len(compiled(query, ROOT, plan, variables={"more": True}).fetches) == 2
    assert len(compiled(query, ROOT, plan, variables={"more": False}).fetches) == 1


@pytest.mark.parametrize(
    ("query", "nodes"),
    [
        ("{ node { id } }", [ask("{ node { __typename id } }")]),
        ("{ things { id name } }", [ROOT, entities("name", "id")]),
        ("{ things { name size } }", [ROOT, entities("size", "id", "weight")]),
        ("{ things { id size } }", [ROOT, entities("size", "id", path=(Step("things"), EachItem(frozenset({"Thing"}))))]),
        ("{ things { id size } }", [ROOT, entities("s: size", "id", output_rewrites=(RenameKey((Step("s"),), "size"),))]),
        ("{ things { id } __schema { description } }", [ROOT]),
        ("mutation { make { id } }", [Fetch(SubgraphName("a"), OperationKind.MUTATION, "mutation { make { id } }")]),
    ],
    ids=["abstract type", "two sources", "nowhere to be read", "types on the way", "renames", "introspection", "mutation"],
)  # fmt: skip
def test_what_takes_more_is_the_interpreters(compiled, query, nodes):
    assert compiled(query, *nodes) is None


def test_what_is_denied_is_the_interpreters(compiled):
    assert compiled("{ things { id } }", ROOT) is not None
    assert (
        compiled(
            "{ things { id name } }", ROOT, denials=(Denial(("things", "name"), Coordinate("Thing.name")),)
        )
        is None
    )


def test_a_batch_is_several_spots_of_one_request(compiled):
    required = (RequiredFragment(TypeName("Thing"), (RequiredField("id", "id"),)),)
    maker = (RequiredFragment(TypeName("Maker"), (RequiredField("id", "id"),)),)
    batch = BatchFetch(
        SubgraphName("b"),
        "query ($r0: [_Any!]!, $r1: [_Any!]!) { e0: _entities(representations: $r0) { ... on Thing { size } } "
        "e1: _entities(representations: $r1) { ... on Maker { name } } }",
        (EntityGroup("e0", "r0", THINGS, required), EntityGroup("e1", "r1", (*THINGS, Step("maker")), maker)),
    )
    root = ask("{ things { id maker { id } } }")
    plan = compiled("{ things { size maker { name } } }", root, batch)
    assert [len(fetch.entities) for fetch in plan.fetches.values()] == [0, 2]
