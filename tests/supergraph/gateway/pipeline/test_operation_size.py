"""How large operations are, and that this is found in no time: VERIFICATION C3."""

import time

import pytest
from graphql import get_introspection_query, parse

from supergraph.gateway.operation import OperationSize
from supergraph.gateway.pipeline.operation_size import measure_document


def largest(query):
    return measure_document(parse(query)).largest


@pytest.mark.parametrize(
    ("query", "part", "size"),
    [
        ("{ a }", "tokens", 3),
        ("{ a { b { c } } }", "depth", 3),
        ("{ a { ...F } } fragment F on T { b { c } }", "depth", 3),
        ("{ a { ... { b { ... on T { c } } } } }", "depth", 3),
        ("{ x: a y: b { z: c } d }", "aliases", 3),
        ("{ ...F ...F } fragment F on T { x: a }", "aliases", 2),
        ("{ a b { c } ... { d } }", "root_fields", 3),
        ("{ ...F ...F } fragment F on T { a b }", "root_fields", 4),
        ("{ a b { c } }", "selections", 3),
        ("{ ...F ...F } fragment F on T { a b }", "selections", 6),
        ("{ a } query B { a b { c } }", "selections", 3),
        ("{ a b { c x: c c } c }", "repeats", 2),
        ("{ a ... { a ... on T { a } } }", "repeats", 3),
        ("{ a { b b } a { b } }", "repeats", 3),
        ("{ ...F ...F } fragment F on T { a }", "repeats", 1),
        ("{ a @x @y b { c @x } }", "directives", 3),
        ("query ($v: Int @x @y) @x { ...F @x ... @x { a } } fragment F on T @x { a @x }", "directives", 7),
        ("{ a @x @y b @x @y @z }", "directives_at_one_place", 3),
        ("query ($v: Int @x @y) { a }", "directives_at_one_place", 2),
        ("{ a } fragment F on T @x @y { a }", "directives_at_one_place", 2),
    ],
)
def test_each_part_is_counted_with_fragments_written_out(query, part, size):
    assert getattr(largest(query), part) == size


def test_what_no_operation_uses_is_measured_too():
    """Validation looks at it as well."""
    assert largest("{ a } fragment F on T { " + "a " * 60 + "}").repeats == 60


def test_each_operation_has_its_own_size():
    found = measure_document(parse("query A { a } query B { b { c } }"))
    assert [found.operations[name].depth for name in ("A", "B")] == [1, 2]


def test_introspection_does_not_count_as_depth():
    assert largest(get_introspection_query()).depth == 1


@pytest.mark.parametrize("ways", [2, 20])
def test_fragments_that_multiply_at_each_level_are_measured_in_no_time(ways):
    levels = [f"fragment F{n} on T {{ {f'...F{n + 1} ' * ways} }}" for n in range(300)]
    document = parse("{ ...F0 } " + " ".join(levels) + " fragment F300 on T { a }")
    began = time.process_time()
    assert measure_document(document).largest.selections > ways**300
    assert time.process_time() - began < 1


def test_fragments_within_themselves_are_left_to_validation():
    assert largest("{ ...F } fragment F on T { a ...G } fragment G on T { ...F }").depth == 1


def test_what_is_unknown_is_left_to_validation():
    assert largest("{ ...Nope }").depth == 0


def test_operations_of_a_batch_add_up_but_for_what_has_a_place_of_its_own():
    one, other = OperationSize(1, 2, 3, 4, 5, 6, 7, 8), OperationSize(10, 1, 10, 10, 10, 1, 10, 1)
    assert one.together_with(other) == OperationSize(11, 2, 13, 14, 15, 6, 17, 8)
