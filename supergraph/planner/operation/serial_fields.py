"""The root fields of a mutation, each written where it runs.

A response key may stand in several places under different conditions. The field runs once, at the first place whose
conditions hold, with everything selected at any of them. So at each place stands all of it, under the conditions of
that place and the contrary of those before. Spec: CollectFields, ExecuteSelectionSet (serial).
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from supergraph.planner.operation.model import Condition, FieldSelection, Selection

Conditions = tuple[Condition, ...]


def in_serial_order(selections: Sequence[Selection]) -> tuple[Selection, ...]:
    """Selections in which the fields of one response key stand together, wherever they may have to run."""
    fields = [each for each in selections if isinstance(each, FieldSelection)]
    found: list[Selection] = [each for each in selections if not isinstance(each, FieldSelection)]
    positions = {each.response_key: position for position, each in reversed(list(enumerate(fields)))}
    places: list[tuple[int, FieldSelection]] = []
    for key in positions:
        same = [(position, each) for position, each in enumerate(fields) if each.response_key == key]
        places += _placed(same)
    places.sort(key=lambda each: each[0])
    return (*found, *[field for _, field in places])


def _placed(fields: list[tuple[int, FieldSelection]]) -> Iterator[tuple[int, FieldSelection]]:
    if not fields:
        return
    position, first = fields[0]
    for _, each in fields:
        held = _both(each.conditions, first.conditions)
        if held is not None:
            yield position, replace(each, conditions=held)
    rest = fields[1:]
    before: Conditions = ()
    for condition in first.conditions:
        # Not (a and b): not a; or a and not b.
        contrary = (*before, Condition(condition.variable, not condition.when))
        before = (*before, condition)
        left = [(place, each, _both(each.conditions, contrary)) for place, each in rest]
        yield from _placed(
            [(place, replace(each, conditions=held)) for place, each, held in left if held is not None]
        )


def _both(one: Conditions, other: Conditions) -> Conditions | None:
    """The conditions together, in the order that normal forms have; None where they exclude each other."""
    found = {*one, *other}
    if any(Condition(each.variable, not each.when) in found for each in found):
        return None
    return tuple(sorted(found, key=lambda each: (each.variable, each.when)))
