"""As the other differential tests, over broad worlds: field sets of any depth, members and keys that differ by subgraph,
several interface objects, inputs and enums that differ, lists of lists, any JSON; and with subgraphs that are down."""

import asyncio

import pytest
from hypothesis import assume, given, note, settings
from hypothesis import strategies as st

from tests.differential.broad_drawing import broad_worlds
from tests.differential.broad_federation import BroadFederation
from tests.differential.checks import LIMITS, check_answers, check_parts, compare, draw_operation


def draw_federation(data) -> BroadFederation:
    federation = BroadFederation.of(data.draw(broad_worlds(), label="world"))
    assume(federation is not None)
    return federation


def check_events(federation, data) -> None:
    assume(federation.plain.subscription_type is not None)
    for _ in range(3):
        query, variables = draw_operation(federation, data, subscribes=True)
        expected = federation.expected_events(query, variables)
        note(f"{query}\n{variables}\n{federation.documents()}\nexpected {expected}")
        events = asyncio.run(federation.events(query, variables))
        note(f"{federation.told()}\n     got {events}")
        for wanted, got in zip(expected, events, strict=True):
            compare(wanted, got)


def check_outage(federation, data) -> None:
    """What is there is right, and what is missing is told: by an error below it, at it, or above it."""
    for _ in range(3):
        query, variables = draw_operation(federation, data)
        assume(query.startswith("query"))
        expected, _done = federation.expected(query, variables)
        assume(not expected.errors)
        federation.down = f"s{data.draw(st.integers(0, federation.world.size - 1))}"
        federation.failure = data.draw(st.sampled_from(list(federation.failures)))
        note(f"{query}\n{variables}\n{federation.documents()}\n{federation.down} {federation.failure}")
        answer = asyncio.run(federation.answer(query, variables))
        note(f"{federation.told()}\nexpected {expected.data}\n     got {answer.data} {answer.errors}")
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
def test_a_federation_answers_as_the_plain_schema(data):
    check_answers(draw_federation(data), data)


@settings(max_examples=15, derandomize=True, **LIMITS)
@given(data=st.data())
def test_each_event_is_completed_as_the_plain_schema_would(data):
    check_events(draw_federation(data), data)


@settings(max_examples=15, derandomize=True, **LIMITS)
@given(data=st.data())
def test_an_answer_in_parts_is_the_plain_schemas_answer(data):
    check_parts(draw_federation(data), data)


@settings(max_examples=15, derandomize=True, **LIMITS)
@given(data=st.data())
def test_a_subgraph_that_is_down_takes_only_its_own_with_it(data):
    check_outage(draw_federation(data), data)


@pytest.mark.sweep
@pytest.mark.parametrize("check", [check_answers, check_events, check_parts, check_outage])
def test_it_holds_over_a_long_sweep(check):
    @settings(max_examples=3_000, **LIMITS)
    @given(data=st.data())
    def sweep(data):
        check(draw_federation(data), data)

    sweep()
