"""The house answers as one plain schema over the same data would, whatever the schema, its split and the operation."""

import asyncio
import json

import pytest
from graphql import GraphQLError, parse
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
        expected, done = federation.expected(query, variables)
        answer = asyncio.run(federation.answer(query, variables))
        note(f"{query}\n{variables}\n{federation.told()}")
        # Text, not dicts: the order of the keys is part of the answer.
        assert json.dumps(answer.data) == json.dumps(expected.data)
        assert federation.done == done
        # One schema stops at the first error of an object that becomes null; several subgraphs may tell more.
        assert told(expected.errors) <= told(answer.errors)
        assert bool(answer.errors) == bool(expected.errors)


def told(errors) -> set[tuple[str, str]]:
    found = [error.formatted if isinstance(error, GraphQLError) else error for error in errors or ()]
    return {(error["message"], str(error["path"])) for error in found}


@settings(max_examples=75, derandomize=True, **LIMITS)
@given(data=st.data())
def test_a_federation_answers_as_the_plain_schema(differential, data):
    check(differential, data)


@pytest.mark.sweep
@settings(max_examples=5_000, **LIMITS)
@given(data=st.data())
def test_a_federation_answers_as_the_plain_schema_over_a_long_sweep(differential, data):
    check(differential, data)
