"""Plan -> the text that cases compare and people read."""

from collections.abc import Iterator
from collections.abc import Sequence as Many
from typing import assert_never

from graphql import parse, print_ast

from supergraph.planner.plan.nodes import (
    BatchFetch,
    Condition,
    ContextValue,
    Defer,
    Deferred,
    Fetch,
    FetchPath,
    Parallel,
    PlanNode,
    QueryPlan,
    RenameKey,
    RenameType,
    RequiredField,
    RequiredFragment,
    RequiredSelection,
    Sequence,
    Step,
    Subscribe,
)


def render_plan(plan: QueryPlan) -> str:
    """The plan as indented text that ends with a newline."""
    if plan.node is None:
        return "plan {}\n"
    return "\n".join(["plan {", *_indented(_node(plan.node)), "}", ""])


def _node(node: PlanNode) -> Iterator[str]:
    match node:
        case Fetch():
            at = f" at {_path(node.path)}" if node.path else ""
            yield f"fetch {node.subgraph}{at}{_known_as(node)} {{"
            yield from _indented(_inputs(node.requires, node.input_rewrites))
            yield from _indented(_contexts(node.contexts))
            yield from _indented(_document(node.document))
            yield from _indented(_renames(node.output_rewrites))
            yield "}"
        case BatchFetch():
            yield from _batch(node)
        case Sequence(nodes=nodes):
            yield from _block("sequence", nodes)
        case Parallel(nodes=nodes):
            yield from _block("parallel", nodes)
        case Condition(variable=variable, if_true=if_true, if_false=if_false):
            if if_true is not None:
                yield from _block(f"if ${variable}", [if_true])
            if if_false is not None:
                yield from _block(f"if not ${variable}", [if_false])
        case Subscribe(primary=primary, then=then):
            yield from _block("subscribe", [primary])
            if then is not None:
                yield from _block("for each event", [then])
        case Defer(primary=primary, deferred=deferred):
            yield from _block("primary", [primary])
            for each in deferred:
                yield from _block(_deferred(each), [each.node])
        case _:
            assert_never(node)


def _batch(batch: BatchFetch) -> Iterator[str]:
    yield f"fetch {batch.subgraph}{_known_as(batch)} {{"
    for group in batch.groups:
        yield f"  {group.alias} at {_path(group.path)}"
        yield from _indented(_indented(_inputs(group.requires, group.input_rewrites)))
        yield from _indented(_indented(_renames(group.output_rewrites)))
    yield from _indented(_document(batch.document))
    yield "}"


def _known_as(fetch: Fetch | BatchFetch) -> str:
    return f" #{fetch.id}" if fetch.id is not None else ""


def _deferred(part: Deferred) -> str:
    label = f' "{part.label}"' if part.label is not None else ""
    at = f" at {'.'.join(part.path)}" if part.path else ""
    within = f" within {part.within}" if part.within is not None else ""
    after = f" after {', '.join(f'#{each}' for each in part.depends)}" if part.depends else ""
    return f"deferred {part.number}{label}{at}{within}{after}"


def _block(head: str, nodes: Many[PlanNode | None]) -> Iterator[str]:
    yield f"{head} {{"
    for node in nodes:
        if node is not None:
            yield from _indented(_node(node))
    yield "}"


def _inputs(requires: Many[RequiredFragment], rewrites: Many[RenameType]) -> Iterator[str]:
    if requires:
        renamed = "".join(f" as {each.to}" for each in rewrites)
        yield f"with {_required(requires)}{renamed}"


def _contexts(contexts: Many[ContextValue]) -> Iterator[str]:
    for each in contexts:
        yield f"${each.variable} from {_path(each.path)} {_required(each.selections)}"


def _renames(rewrites: Many[RenameKey]) -> Iterator[str]:
    for each in rewrites:
        yield f"rename {_path(each.path)} to {each.to}"


def _required(selections: Many[RequiredSelection]) -> str:
    found = []
    for each in selections:
        match each:
            case RequiredFragment(type_condition=name, selections=inner):
                found.append(f"... on {name} {_required(inner)}")
            case RequiredField(name=name, source=source, selections=inner):
                text = name if name == source else f"{name}: {source}"
                found.append(f"{text} {_required(inner)}" if inner else text)
            case _:
                assert_never(each)
    return f"{{ {' '.join(found)} }}"


def _document(text: str) -> Iterator[str]:
    yield from print_ast(parse(text, no_location=True)).splitlines()


def _path(path: FetchPath) -> str:
    found = []
    for each in path:
        text = each.key if isinstance(each, Step) else "@"
        found.append(text if each.types is None else f"{text}|[{','.join(sorted(each.types))}]")
    return ".".join(found)


def _indented(lines: Iterator[str]) -> Iterator[str]:
    for line in lines:
        yield f"  {line}"
