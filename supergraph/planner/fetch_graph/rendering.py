"""FetchGraph -> text: one step a paragraph, with what it waits for."""

from collections.abc import Iterator, Sequence

from supergraph.planner.fetch_graph.model import Entities, FetchGraph, FetchStep, Pick, Selected, Spot
from supergraph.planner.path_search.model import InputField, InputSelection


def render_fetch_graph(graph: FetchGraph) -> str:
    return "\n".join(line for step in graph for line in _step(step))


def _step(step: FetchStep) -> Iterator[str]:
    waits = f" after {', '.join(map(str, sorted(step.waits_for)))}" if step.waits_for else ""
    held = "".join(f" if {'' if each.when else 'not '}${each.variable}" for each in step.conditions)
    part = f" deferred {step.part}" if step.part else ""
    yield f"{step.index}: {step.graph}{part}{waits}{held}"
    if step.selections:
        at = f"at {_spot(step.spot)} " if step.spot else ""
        yield f"  {at}{_selections(step.selections)}"
    for group in step.entities:
        yield from _entities(group)
    yield ""


def _entities(group: Entities) -> Iterator[str]:
    inputs = " ".join(f"... on {name} {_inputs(selections)}" for name, selections in group.inputs)
    renamed = f" as {group.sends_as}" if group.sends_as else ""
    yield f"  at {_spot(group.spot)} with {{ {inputs} }}{renamed}"
    yield f"    {_selections(group.selections)}"


def _inputs(selections: Sequence[InputSelection]) -> str:
    found = []
    for each in selections:
        if isinstance(each, InputField):
            text = each.name if each.name == each.source else f"{each.name}: {each.source}"
            found.append(f"{text} {_inputs(each.selections)}" if each.selections else text)
        else:
            found.append(f"... on {each.type_condition} {_inputs(each.selections)}")
    return f"{{ {' '.join(found)} }}"


def _selections(selections: Sequence[Selected]) -> str:
    found = []
    for each in selections:
        if isinstance(each, Pick):
            text = each.name if each.key == each.name else f"{each.key}: {each.name}"
            if each.arguments:
                text += f"({', '.join(f'{value.name}: {value.value}' for value in each.arguments)})"
            for condition in each.conditions:
                text += f" @{'include' if condition.when else 'skip'}(if: ${condition.variable})"
            found.append(f"{text} {_selections(each.selections)}" if each.selections else text)
        else:
            found.append(f"... on {each.type_condition} {_selections(each.selections)}")
    return f"{{ {' '.join(found)} }}"


def _spot(spot: Spot) -> str:
    found = []
    for each in spot:
        types = "" if each.types is None else f"|[{','.join(sorted(each.types))}]"
        found.append(each.key + ".@" * each.lists + types)
    return ".".join(found)
