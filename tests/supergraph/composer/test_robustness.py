"""Whatever is handed in, the answer is a composition: nothing raises, nothing hangs."""

import re
import time
from collections.abc import Callable, Sequence
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
    # Its own time: a machine that is busy with others is no fault of the composer. A hang is what it is about, and
    # coverage makes the slowest of them, bounded at 5 s, take twice as long.
    started = time.process_time()
    composition = compose([SubgraphSource(f"s{number}", "", text) for number, text in enumerate(documents)])
    assert (
        composition.ok == (composition.supergraph_sdl is not None) == (composition.api_schema_sdl is not None)
    )
    assert composition.ok != bool(composition.errors)
    for diagnostic in composition.diagnostics:
        assert diagnostic.message
    assert time.process_time() - started < 30
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


NAMES = [
    "Query",
    "A",
    "B",
    "C",
    "__Type",
    "Int",
    "ID",
    "_Entity",
    "_Any",
    "FieldSet",
    "join__Graph",
    "Subscription",
]
FIELDS = ["id", "a", "b", "__typename", "_entities", "_service"]
DIRECTIVES = (
    (
        "@key(fields: {set}) @key(fields: {set}, resolvable: false) @shareable @external @requires(fields: {set}) "
        "@provides(fields: {set}) @override(from: {graph}) @override(from: {graph}, label: {label}) @inaccessible @extends "
        "@tag(name: {label}) @interfaceObject @composeDirective(name: {label}) @authenticated @context(name: {name}) "
        "@requiresScopes(scopes: [[{label}]]) @policy(policies: [[{label}]]) @cost(weight: 5) @listSize(assumedSize: 5) "
        "@fromContext(field: {context}) @deprecated @deprecated(reason: {label}) @specifiedBy(url: {label}) @oneOf "
        "@cacheTag(format: {label}) @link(url: {label}) @unknown"
    )
    .replace(") @", ")\n@")
    .split("\n")
)
IMPORTS = (
    "@key @requires @provides @external @tag @extends @shareable @inaccessible @override @composeDirective "
)
IMPORTS += "@interfaceObject @authenticated @requiresScopes @policy @context @fromContext @cost @listSize"
EVERYTHING = (
    'extend schema @link(url: "https://specs.apollo.dev/federation/v2.12", '
    f"import: [{', '.join(map(repr, IMPORTS.split()))}])\n"
).replace("'", '"')


@st.composite
def applied(draw: st.DrawFn, directives: Sequence[str] = DIRECTIVES, most: int = 2) -> str:
    """Some of these directives, with any field sets and any words."""
    field_sets = st.sampled_from(
        ["id", "a", "a { id }", "b { a { id } }", "__typename", "... on A { a }", "", "{", "a b"]
    )
    uses = [
        each.format(
            set=f'"{draw(field_sets)}"',
            graph=draw(st.sampled_from(['"s0"', '"s1"', '"nobody"', '""'])),
            label=draw(st.sampled_from(['"x"', '"percent(5)"', '"https://specs.apollo.dev/tag/v9.9"', '""'])),
            name=draw(st.sampled_from(['"c"', '"_"', '""'])),
            context=draw(st.sampled_from(['"$c { id }"', '"$c a"', '"c"', '"$"'])),
        )
        for each in draw(st.lists(st.sampled_from(directives), max_size=most))
    ]
    return " ".join(uses)


@st.composite
def definitions(draw: st.DrawFn) -> str:
    """One definition or extension of any kind: names reserved, doubled or unknown, members of any type."""
    names = st.sampled_from(NAMES)

    def type_reference() -> str:
        return draw(st.sampled_from(["{}", "{}!", "[{}]", "[{}!]!"])).format(draw(names))

    def field() -> str:
        arguments = f"(x: {type_reference()} {draw(applied())})" if draw(st.booleans()) else ""
        return f"{draw(st.sampled_from(FIELDS))}{arguments}: {type_reference()} {draw(applied())}"

    def block(member: Callable[[], str]) -> str:
        return "{ " + " ".join(member() for _ in range(draw(st.integers(1, 3)))) + " }"

    head = draw(st.sampled_from(["", "", "extend "]))
    name, uses = draw(names), draw(applied())
    others = draw(st.lists(names, max_size=2))
    match draw(st.sampled_from(["type", "type", "interface", "union", "enum", "input", "scalar", "schema"])):
        case "type" | "interface" as keyword:
            implemented = f"implements {' & '.join(others)}" if others else ""
            return f"{head}{keyword} {name} {implemented} {uses} {block(field)}"
        case "union":
            return f"{head}union {name} {uses} = {' | '.join(others or [name])}"
        case "enum":
            return f"{head}enum {name} {uses} {block(lambda: f'{draw(names)} {draw(applied())}')}"
        case "input":
            default = draw(st.sampled_from(["", " = 1", " = {}", " = [null]"]))
            return f"{head}input {name} {uses} {block(lambda: f'{draw(st.sampled_from(FIELDS))}: {type_reference()}{default}')}"
        case "scalar":
            return f"{head}scalar {name} {uses}"
        case _:
            return f"{head}schema {uses} {{ query: {name} }}"


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.lists(definitions(), min_size=1, max_size=6), min_size=1, max_size=3), st.booleans())
def test_any_definitions_with_any_directives_are_answered(documents: list[list[str]], is_federation_1: bool):
    head = "" if is_federation_1 else EVERYTHING
    answered(
        *(f"{head}type Query {{ a: A }}\ntype A {{ id: ID! a: A }}\n" + "\n".join(each) for each in documents)
    )


def named(names: str) -> list[str]:
    return [each for each in DIRECTIVES if each.partition("(")[0].removeprefix("@") in names.split()]


ON_BOTH = "shareable inaccessible tag authenticated requiresScopes policy cost"
ON_TYPES = named(f"{ON_BOTH} key extends")
ON_FIELDS = named(f"{ON_BOTH} external requires provides override deprecated")


@st.composite
def subgraphs_of_one_shape(draw: st.DrawFn) -> str:
    """Valid types, of which each subgraph has some fields; what federation says of them is anything that may stand there."""

    def fields() -> str:
        having = draw(
            st.lists(
                st.sampled_from(["a: A", "b: B", "n(x: Int): Int", "i: I", "u: U"]), max_size=4, unique=True
            )
        )
        return " ".join(f"{each} {draw(applied(ON_FIELDS, 1))}" for each in ["id: ID!", *having])

    query = f"type Query {{ a: A @shareable b: B @shareable i: I @shareable u: U @shareable q: Int {draw(applied(ON_FIELDS, 1))} }}"
    types = [f"type {name} implements I {draw(applied(ON_TYPES, 1))} {{ {fields()} }}" for name in ("A", "B")]
    return "\n".join([EVERYTHING, query, *types, "interface I { id: ID! }", "union U = A | B"])


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(subgraphs_of_one_shape(), min_size=1, max_size=4))
def test_whatever_is_said_of_sound_types_is_answered_in_any_order(documents: list[str]):
    composition = answered(*documents)
    sources = [SubgraphSource(f"s{number}", "", text) for number, text in enumerate(documents)]
    again = compose(sources[::-1])
    assert (again.diagnostics, again.supergraph_sdl) == (composition.diagnostics, composition.supergraph_sdl)


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


def nested_interfaces(count: int) -> str:
    """Every interface implements all before it."""
    interfaces = (
        f"interface I{each} "
        + (f"implements {' & '.join(f'I{other}' for other in range(each))} " if each else "")
        + "{ a: Int }"
        for each in range(count)
    )
    return "type Query { a: I0 }\n" + "\n".join(interfaces)


def doubling_defaults(count: int) -> str:
    """Written in full, the default of the argument has two to the power of `count` objects."""
    inputs = (f"input A{each} {{ a: A{each + 1} = {{}} b: A{each + 1} = {{}} }}" for each in range(count))
    return "type Query { a(x: A0 = {}): Int }\n" + "\n".join(inputs) + f"\ninput A{count} {{ x: Int = 1 }}"


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
        nested_interfaces(200),
        doubling_defaults(60),
        f"type Query {{ a: {'A' * 1_000_000} }}\ntype {'A' * 1_000_000} {{ a: Int }}",
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


def entities(count: int) -> list[str]:
    """Three subgraphs that share `count` entities, by two keys, and lead from each to the next."""

    def each_type(fields: Callable[[int], str]) -> str:
        return "\n".join(
            f'type E{each} @key(fields: "id") @key(fields: "code") {{ id: ID! code: ID! {fields(each)} }}'
            for each in range(count)
        )

    return [
        LINK + "type Query { first: E0 }\n" + each_type(lambda each: f"next: E{(each + 1) % count} a: Int"),
        LINK + each_type(lambda each: f"b(x: Int = {each}): [String!]! back: E{(each - 1) % count}"),
        LINK + each_type(lambda each: 'a: Int @external c: Int @requires(fields: "a")'),
    ]


def processor_time(count: int) -> float:
    documents = entities(count)
    started = time.process_time()
    composition = compose([SubgraphSource(f"s{number}", "", text) for number, text in enumerate(documents)])
    assert composition.supergraph_sdl
    assert composition.api_schema_sdl
    return time.process_time() - started


def test_time_grows_with_the_total_of_fields():
    processor_time(50)  # what is built once per process
    small, large = (min(processor_time(count) for _ in range(3)) for count in (250, 1_000))
    # Four times the fields: four would be linear, sixteen the square. The least of three is what neighbours left alone.
    assert large < 6.5 * small


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
