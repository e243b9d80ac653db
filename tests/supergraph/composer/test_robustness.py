"""Whatever is handed in, the answer is a composition: nothing raises, nothing hangs."""

import re
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from supergraph.composer import Composition, SubgraphSource, compose, compose_batch_line
from supergraph.spec import Code

CASES = Path(__file__).parents[2] / "cases" / "composition"
DOCUMENTS = [file.read_text() for file in sorted(CASES.glob("*/subgraphs/*.graphql"))]
WORDS = sorted({word for text in DOCUMENTS for word in re.findall(r'"[^"\n]*"|\w+|[^\w\s]', text)})
LINK = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@requires", "@external"])\n'


def answered(*documents: str) -> Composition:
    started = time.monotonic()
    composition = compose([SubgraphSource(f"s{number}", "", text) for number, text in enumerate(documents)])
    assert (
        composition.ok == (composition.supergraph_sdl is not None) == (composition.api_schema_sdl is not None)
    )
    assert composition.ok != bool(composition.errors)
    for diagnostic in composition.diagnostics:
        assert diagnostic.message
    assert time.monotonic() - started < 10
    return composition


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=200))
def test_any_text_is_answered(text: str):
    answered(text)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_answered(raw: bytes):
    answered(raw.decode("utf-8", "surrogateescape"))
    assert compose_batch_line(raw)


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_any_change_to_a_document_is_answered(data: st.DataObject):
    """One to three words of a sound document replaced, dropped, doubled or added; beside another document."""
    words = re.findall(r'"[^"\n]*"|\w+|[^\w\s]|\s+', data.draw(st.sampled_from(DOCUMENTS)))
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(words) - 1))
        length = data.draw(st.integers(0, 2))
        words[at : at + length] = data.draw(st.lists(st.sampled_from(WORDS), max_size=2))
        words = words or [" "]
    answered("".join(words), data.draw(st.sampled_from(DOCUMENTS)))


def chain(length: int) -> str:
    """Types whose keys need each other's keys, one behind the other."""
    types = (
        f'type T{each} @key(fields: "next {{ id }}") {{ id: ID! next: T{each + 1}! }}'
        for each in range(length)
    )
    return LINK + "type Query { t: T0 }\n" + "\n".join(types) + f"\ntype T{length} {{ id: ID! }}"


def requirements(length: int) -> str:
    """Fields that require each other in a ring."""
    fields = (
        f'f{each}: Int @requires(fields: "f{(each + 1) % length}") f{each}: Int' for each in range(length)
    )
    return LINK + 'type Query { t: T }\ntype T @key(fields: "id") { id: ID! ' + " ".join(fields) + " }"


@pytest.mark.parametrize(
    "text",
    [
        "type Query { a: Int @d(x: " + "[" * 200_000,
        "type Query { a: " + "[" * 50_000 + "Int" + "]" * 50_000 + " }",
        "{" * 100_000,
        "#" * 1_000_000,
        '"' * 100_001,
        '"""' + '\\"""' * 100_000,
        "type Query { a: Int }" + " @d" * 100_000,
        LINK + 'type Query { a: U }\ntype U @key(fields: "' + "a{" * 5_000 + '") { id: ID! }',
        LINK + "type Query { a: U }\ntype U " + '@key(fields: "id") ' * 3_000 + "{ id: ID! }",
        "interface A implements B { a: Int }\ninterface B implements A { a: Int }\ntype Query { a: A }",
        "input A { b: B! }\ninput B { a: A! }\ntype Query { a(x: A): Int }",
        "type Query { a: __Type }\ntype __Type { a: Int }",
        "scalar String\nscalar ID\ntype Query { a: String }",
        "type Query { a: Query }\ntype Query { a: Query }",
        "union U = U\ntype Query { u: U }",
        chain(1_500),
        requirements(1_000),
        "\ud800",
        'type Query { a: Int @deprecated(reason: "\ud800") }',
    ],
    ids=lambda text: text[:24].encode("ascii", "replace").decode(),
)
def test_hostile_documents_are_answered(text: str):
    answered(text)


def test_a_cycle_of_many_inputs_is_found_in_one_pass():
    count = 20_000
    inputs = "\n".join(f"input I{each} {{ next: I{(each + 1) % count}! }}" for each in range(count))
    composition = answered(f"type Query {{ a(x: I0): Int }}\n{inputs}")
    assert {error.code for error in composition.errors} == {Code.INVALID_GRAPHQL}


def test_many_problems_in_one_document_are_all_told():
    fields = "\n".join(f"  f{each}: Missing{each}" for each in range(5_000))
    assert len(answered(f"type Query {{\n{fields}\n}}").errors) == 5_000


@pytest.mark.sweep
def test_a_document_of_ten_megabytes_is_read():
    types = "\n".join(
        f"type T{each} {{ a: Int b: String c: [Float!]! d: T{each} }}" for each in range(200_000)
    )
    started = time.monotonic()
    composition = compose([SubgraphSource("big", "", f"type Query {{ t: T0 }}\n{types}")])
    assert composition.ok
    assert time.monotonic() - started < 120


def test_two_subgraphs_of_one_name_are_refused():
    sources = [SubgraphSource("twin", "", "type Query { a: Int }")] * 2
    assert {error.code for error in compose(sources).errors} == {Code.INVALID_SUBGRAPH_NAME}


def test_no_subgraph_at_all_is_answered():
    assert {error.code for error in compose([]).errors} == {Code.NO_QUERIES}
