"""An answer in parts adds up to the answer in one piece, whatever is deferred."""

import asyncio

import pytest
from graphql import parse
from hypothesis import HealthCheck, Phase, assume, given, note, settings
from hypothesis import strategies as st

LIMITS = {
    "deadline": None,
    "database": None,
    "phases": (Phase.generate, Phase.shrink),
    "suppress_health_check": list(HealthCheck),
}


def check(differential, data) -> None:
    federation = differential.federation(data.draw(differential.worlds(), label="world"))
    for _ in range(4):
        query, variables = data.draw(differential.operations(federation.plain), label="operation")
        assume(differential.is_valid(federation.plain, parse(query)))
        deferring = data.draw(differential.deferrals(query), label="deferring")
        assume(differential.is_valid(federation.plain, parse(deferring)))
        expected, done = federation.expected(query, variables)
        parts = asyncio.run(federation.parts(deferring, variables))
        note(f"{deferring}\n{variables}\n{parts}\n{federation.told()}")
        if parts is None:
            continue
        first, *increments = parts
        assert [each.has_next for each in parts] == [True] * (len(parts) - 1) + [False]
        assert federation.done == done
        told = [
            *first.result.errors,
            *(each for part in increments for one in part.results for each in one.errors),
        ]
        assert bool(told) == bool(expected.errors)
        if not expected.errors:
            # With errors, a null rises to the part's root only, and more is left than in one piece.
            assert merged(first.result.data, increments) == expected.data


def merged(data, increments):
    for increment in increments:
        for each in increment.results:
            target = data
            for step in each.path:
                target = target[step]
            merge(target, each.data)
    return data


def merge(ours, theirs):
    if isinstance(ours, dict) and isinstance(theirs, dict):
        for key, value in theirs.items():
            if key in ours:
                merge(ours[key], value)
            else:
                ours[key] = value
    elif isinstance(ours, list) and isinstance(theirs, list):
        for one, other in zip(ours, theirs, strict=True):
            merge(one, other)
    else:
        assert ours == theirs


@settings(max_examples=50, derandomize=True, **LIMITS)
@given(data=st.data())
def test_an_answer_in_parts_is_the_plain_schemas_answer(differential, data):
    check(differential, data)


@pytest.mark.sweep
@settings(max_examples=3_000, **LIMITS)
@given(data=st.data())
def test_an_answer_in_parts_is_the_plain_schemas_answer_over_a_long_sweep(differential, data):
    check(differential, data)
