"""What holds of each federation, whichever kind of world it is made of."""

import asyncio
import json
from typing import Any

from graphql import GraphQLError, parse
from hypothesis import HealthCheck, Phase, assume, note

from tests.differential.operations import deferrals, is_valid, operations

LIMITS: dict[str, Any] = {
    "deadline": None,
    "database": None,
    "phases": (Phase.generate, Phase.shrink),
    "suppress_health_check": list(HealthCheck),
}


def check_answers(federation, data) -> None:
    """It answers as the plain schema does."""
    for _ in range(4):
        query, variables = draw_operation(federation, data)
        expected, done = federation.expected(query, variables)
        note(f"{query}\n{variables}\n{federation.documents()}\nexpected {expected.data}")
        answer = asyncio.run(federation.answer(query, variables))
        note(f"{federation.told()}\n     got {answer.data}")
        compare(expected, answer)
        assert federation.done == done


def check_parts(federation, data) -> None:
    """Its answer in parts adds up to the plain schema's."""
    for _ in range(4):
        query, variables = draw_operation(federation, data)
        deferring = data.draw(deferrals(query), label="deferring")
        assume(is_valid(federation.plain, parse(deferring)))
        expected, done = federation.expected(query, variables)
        note(f"{deferring}\n{variables}\n{federation.documents()}")
        parts = asyncio.run(federation.parts(deferring, variables))
        note(f"{federation.told()}\n{parts}")
        if parts is None:
            continue
        first, *increments = parts
        assert [each.has_next for each in parts] == [True] * (len(parts) - 1) + [False]
        assert federation.done == done
        errors = [
            *first.result.errors,
            *(each for part in increments for one in part.results for each in one.errors),
        ]
        assert bool(errors) == bool(expected.errors)
        if not expected.errors:
            # With errors, a null rises to the part's root only, and more is left than in one piece.
            assert merged(first.result.data, increments) == expected.data


def draw_operation(federation, data, *, subscribes: bool = False) -> tuple[str, dict[str, Any]]:
    query, variables = data.draw(operations(federation.plain, subscribes), label="operation")
    assume(is_valid(federation.plain, parse(query)))
    return query, variables


def compare(expected, answer) -> None:
    # Text, not dicts: the order of the keys is part of the answer.
    assert json.dumps(answer.data) == json.dumps(expected.data)
    # Of an object that becomes null, one schema tells the first error, several subgraphs one each, in an order of theirs.
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
