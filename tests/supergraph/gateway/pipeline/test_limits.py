import time

import pytest
from graphql import get_introspection_query

from supergraph.gateway.errors import ErrorCode, Refusal
from supergraph.gateway.pipeline.limits import Limits, check_limits
from supergraph.gateway.pipeline.parsing import parse_document

ROOMY = Limits(tokens=10_000, depth=100, aliases=100, selections=1000)


def refused(query, **limits):
    document = parse_document(query, ROOMY)
    assert not isinstance(document, Refusal)
    refusal = check_limits(
        document, Limits(**{"depth": 100, "aliases": 100, "selections": 1000, "repeats": 100, **limits})
    )
    return [] if refusal is None else [problem.message for problem in refusal.problems]


@pytest.mark.parametrize(
    ("query", "limit", "exact"),
    [
        ("{ a { b { c } } }", "depth", 3),
        ("{ a { ...F } } fragment F on T { b { c } }", "depth", 3),
        ("{ a { ... { b { ... on T { c } } } } }", "depth", 3),
        ("{ x: a y: b { z: c } d }", "aliases", 3),
        ("{ ...F ...F } fragment F on T { x: a }", "aliases", 2),
        ("{ a b { c } }", "selections", 3),
        ("{ a b { c x: c c } c }", "repeats", 2),
        ("{ ...F ...F } fragment F on T { a b }", "selections", 6),
        ("{ a } query B { a b { c } }", "selections", 3),
    ],
)
def test_a_limit_lets_through_what_it_says_and_not_one_more(query, limit, exact):
    assert refused(query, **{limit: exact}) == []
    [message] = refused(query, **{limit: exact - 1})
    assert f"{exact}; at most {exact - 1}" in message


def test_introspection_does_not_count_as_depth():
    assert refused(get_introspection_query(), depth=1) == []


def test_fragments_that_double_at_each_level_are_measured_in_no_time():
    levels = [f"fragment F{n} on T {{ ...F{n + 1} ...F{n + 1} }}" for n in range(300)]
    began = time.monotonic()
    [message] = refused("{ ...F0 } " + " ".join(levels) + " fragment F300 on T { a }")
    assert "selections" in message
    assert time.monotonic() - began < 1


def test_fragments_within_themselves_are_left_to_validation():
    assert refused("{ ...F } fragment F on T { a ...G } fragment G on T { ...F }") == []


def test_what_is_unknown_is_left_to_validation():
    assert refused("{ ...Nope }") == []


@pytest.mark.parametrize("query", ["{ a b c d }", "{ a(x: [1 2 3]) }", "# c\n" * 4 + "{ a }"])
def test_reading_stops_at_the_limit_of_tokens(query):
    refusal = parse_document(query, Limits(tokens=3))
    assert isinstance(refusal, Refusal)
    assert [problem.code for problem in refusal.problems] == [ErrorCode.OPERATION_LIMIT_EXCEEDED]
