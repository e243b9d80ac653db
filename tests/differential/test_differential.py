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
        note(f"{query}\n{variables}\n{federation.told()}\nexpected {expected.data}\n     got {answer.data}")
        # Text, not dicts: the order of the keys is part of the answer.
        assert json.dumps(answer.data) == json.dumps(expected.data)
        assert federation.done == done
        # Of an object that becomes null, one schema tells the first error, several subgraphs one each, in an order of theirs.
        assert told(expected.errors, expected.data) <= told(answer.errors, answer.data)
        assert bool(answer.errors) == bool(expected.errors)


def told(errors, data) -> set[tuple[str, str]]:
    """Where something is null by an error; and by which, where the error is of that very place."""
    found = set()
    for error in errors or ():
        shown = error.formatted if isinstance(error, GraphQLError) else error
        path = shown.get("path") or []
        at = risen(path, data)
        found.add((str(at), shown["message"] if at == path else ""))
    return found


def risen(path, data):
    """As much of a path as there is in the data: where the null stands."""
    for length, step in enumerate(path):
        if data is None:
            return path[:length]
        data = data[step]
    return path


@settings(max_examples=75, derandomize=True, **LIMITS)
@given(data=st.data())
def test_a_federation_answers_as_the_plain_schema(differential, data):
    check(differential, data)


@pytest.mark.sweep
@settings(max_examples=5_000, **LIMITS)
@given(data=st.data())
def test_a_federation_answers_as_the_plain_schema_over_a_long_sweep(differential, data):
    check(differential, data)
