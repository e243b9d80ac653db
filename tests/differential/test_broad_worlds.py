"""As the other differential tests, over broad worlds: field sets of any depth, members and keys that differ by subgraph,
several interface objects, inputs and enums that differ, lists of lists, any JSON; and with subgraphs that are down."""

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


def draw_federation(differential, data):
    world = data.draw(differential.broad_worlds(), label="world")
    federation = differential.broad_federation.of(world)
    assume(federation is not None)
    return federation


def check_answers(differential, data) -> None:
    federation = draw_federation(differential, data)
    for _ in range(4):
        query, variables = data.draw(differential.operations(federation.plain), label="operation")
        assume(differential.is_valid(federation.plain, parse(query)))
        expected, done = federation.expected(query, variables)
        answer = asyncio.run(federation.answer(query, variables))
        note(f"{query}\n{variables}\n{federation.told()}\nexpected {expected.data}\n     got {answer.data}")
        compare(expected, answer)
        assert federation.done == done


def compare(expected, answer) -> None:
    # Text, not dicts: the order of the keys is part of the answer.
    assert json.dumps(answer.data) == json.dumps(expected.data)
    assert told(expected.errors, expected.data) <= told(answer.errors, answer.data)
    assert bool(answer.errors) == bool(expected.errors), answer.errors


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


def check_events(differential, data) -> None:
    federation = draw_federation(differential, data)
    assume(federation.plain.subscription_type is not None)
    for _ in range(3):
        query, variables = data.draw(differential.operations(federation.plain, True), label="operation")
        assume(differential.is_valid(federation.plain, parse(query)))
        expected = federation.expected_events(query, variables)
        events = asyncio.run(federation.events(query, variables))
        note(f"{query}\n{variables}\n{federation.told()}\nexpected {expected}\n     got {events}")
        for wanted, got in zip(expected, events, strict=True):
            compare(wanted, got)


def check_parts(differential, data) -> None:
    federation = draw_federation(differential, data)
    for _ in range(4):
        query, variables = data.draw(differential.operations(federation.plain), label="operation")
        deferring = data.draw(differential.deferrals(query), label="deferring")
        assume(differential.is_valid(federation.plain, parse(deferring)))
        expected, done = federation.expected(query, variables)
        parts = asyncio.run(federation.parts(deferring, variables))
        note(f"{deferring}\n{variables}\n{parts}\n{federation.told()}")
        if parts is None:
            continue
        first, *increments = parts
        assert federation.done == done
        found = [
            *first.result.errors,
            *(e for part in increments for one in part.results for e in one.errors),
        ]
        assert bool(found) == bool(expected.errors)
        if not expected.errors:
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


def check_outage(differential, data) -> None:
    """What is there is right, and what is missing is told: by an error below it, at it, or above it."""
    federation = draw_federation(differential, data)
    for _ in range(3):
        query, variables = data.draw(differential.operations(federation.plain), label="operation")
        assume(differential.is_valid(federation.plain, parse(query)) and query.startswith("query"))
        expected, _done = federation.expected(query, variables)
        assume(not expected.errors)
        federation.down = f"s{data.draw(st.integers(0, federation.world.size - 1))}"
        federation.failure = data.draw(st.sampled_from(list(federation.failures)))
        answer = asyncio.run(federation.answer(query, variables))
        note(f"{query}\n{variables}\n{federation.told()}\n{federation.down} {federation.failure}")
        note(f"expected {expected.data}\n     got {answer.data} {answer.errors}")
        paths = [each.get("path") or [] for each in answer.errors]
        missing = list(differences(expected.data, answer.data, []))
        for place in missing:
            assert any(place == path[: len(place)] or path == place[: len(path)] for path in paths), place
        if federation.was_down:
            assert answer.errors
        else:
            assert not answer.errors
            assert not missing
        federation.down = None


def differences(expected, got, path):
    if isinstance(expected, dict) and isinstance(got, dict):
        assert list(expected) == list(got)
        for key in expected:
            yield from differences(expected[key], got[key], [*path, key])
    elif isinstance(expected, list) and isinstance(got, list):
        assert len(expected) == len(got)
        for index, (one, other) in enumerate(zip(expected, got, strict=True)):
            yield from differences(one, other, [*path, index])
    elif got is None and expected is not None:
        yield path
    else:
        assert got == expected, path


@settings(max_examples=15, derandomize=True, **LIMITS)
@given(data=st.data())
def test_a_federation_answers_as_the_plain_schema(differential, data):
    check_answers(differential, data)


@settings(max_examples=15, derandomize=True, **LIMITS)
@given(data=st.data())
def test_each_event_is_completed_as_the_plain_schema_would(differential, data):
    check_events(differential, data)


@settings(max_examples=15, derandomize=True, **LIMITS)
@given(data=st.data())
def test_an_answer_in_parts_is_the_plain_schemas_answer(differential, data):
    check_parts(differential, data)


@settings(max_examples=15, derandomize=True, **LIMITS)
@given(data=st.data())
def test_a_subgraph_that_is_down_takes_only_its_own_with_it(differential, data):
    check_outage(differential, data)


@pytest.mark.sweep
@pytest.mark.parametrize("check", [check_answers, check_events, check_parts, check_outage])
def test_it_holds_over_a_long_sweep(differential, check):
    @settings(max_examples=3_000, **LIMITS)
    @given(data=st.data())
    def sweep(data):
        check(differential, data)

    sweep()
