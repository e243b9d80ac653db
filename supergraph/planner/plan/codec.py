"""Plan <-> JSON, in the form of federation query plans, for caches and tools.

Beyond that form: a path's segment may end in `|[A,B]`, the types it goes on for; a required field read from another
response key has that key as `alias`; a fetch whose representations go out in another variable than usual names it; `contexts` of a fetch are variables read above its entities; a deferred part has a
`number`, and `within` where it stands in another, beside which it is listed.
"""

from collections.abc import Mapping
from collections.abc import Sequence as Many
from typing import Any, assert_never

from supergraph.planner.operation.model import OperationKind
from supergraph.planner.plan.nodes import (
    REPRESENTATIONS,
    BatchFetch,
    Condition,
    ContextValue,
    Defer,
    Deferred,
    EachItem,
    EntityGroup,
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
from supergraph.spec import SubgraphName, TypeName

Json = dict[str, Any]


def plan_to_json(plan: QueryPlan) -> Json:
    found: Json = {"kind": "QueryPlan"}
    if plan.node is not None:
        found["node"] = _node(plan.node)
    return found


def _node(node: PlanNode) -> Json:
    match node:
        case Fetch():
            fetch = _fetch(node)
            return {"kind": "Flatten", "path": _path(node.path), "node": fetch} if node.path else fetch
        case BatchFetch():
            return _batch(node)
        case Sequence(nodes=nodes):
            return {"kind": "Sequence", "nodes": [_node(each) for each in nodes]}
        case Parallel(nodes=nodes):
            return {"kind": "Parallel", "nodes": [_node(each) for each in nodes]}
        case Condition(variable=variable, if_true=if_true, if_false=if_false):
            found: Json = {"kind": "Condition", "condition": variable}
            if if_true is not None:
                found["ifClause"] = _node(if_true)
            if if_false is not None:
                found["elseClause"] = _node(if_false)
            return found
        case Subscribe(primary=primary, then=then):
            found = {"kind": "Subscription", "primary": _fetch(primary)}
            if then is not None:
                found["rest"] = _node(then)
            return found
        case Defer(primary=primary, deferred=deferred, selections=selections):
            first = _part(selections, primary)
            return {"kind": "Defer", "primary": first, "deferred": [_deferred(each) for each in deferred]}
        case _:
            assert_never(node)


def _deferred(part: Deferred) -> Json:
    found: Json = {"number": part.number, "depends": [{"id": str(each)} for each in part.depends]}
    if part.within is not None:
        found["within"] = part.within
    if part.label is not None:
        found["label"] = part.label
    return {**found, "queryPath": list(part.path), **_part(part.selections, part.node)}


def _part(selections: str, node: PlanNode | None) -> Json:
    found: Json = {"subselection": selections} if selections else {}
    if node is not None:
        found["node"] = _node(node)
    return found


def _fetch(fetch: Fetch) -> Json:
    found: Json = {"kind": "Fetch", "serviceName": fetch.subgraph}
    if fetch.id is not None:
        found["id"] = str(fetch.id)
    if fetch.requires:
        found["requires"] = [_required(each) for each in fetch.requires]
        if fetch.variable != REPRESENTATIONS:
            found["representationsVariableName"] = fetch.variable
    found["variableUsages"] = list(fetch.variables)
    found["operation"] = fetch.document
    found["operationKind"] = fetch.kind.value
    if fetch.operation_name is not None:
        found["operationName"] = fetch.operation_name
    rewrites = _input_rewrites(fetch.requires, fetch.input_rewrites)
    if rewrites:
        found["inputRewrites"] = rewrites
    if fetch.output_rewrites:
        found["outputRewrites"] = [_key_renamer(each) for each in fetch.output_rewrites]
    if fetch.contexts:
        found["contexts"] = [_context(each) for each in fetch.contexts]
    return found


def _context(context: ContextValue) -> Json:
    return {
        "variable": context.variable,
        "type": context.type,
        "path": _path(context.path),
        "selections": [_required(each) for each in context.selections],
    }


def _batch(batch: BatchFetch) -> Json:
    found: Json = {
        "kind": "BatchFetch",
        "serviceName": batch.subgraph,
        "variableUsages": list(batch.variables),
        "operation": batch.document,
        "operationKind": "query",
    }
    if batch.id is not None:
        found["id"] = str(batch.id)
    if batch.operation_name is not None:
        found["operationName"] = batch.operation_name
    found["entityBatch"] = {"aliases": [_group(each) for each in batch.groups]}
    return found


def _group(group: EntityGroup) -> Json:
    found: Json = {
        "alias": group.alias,
        "representationsVariableName": group.variable,
        "paths": [_path(group.path)],
        "requires": [_required(each) for each in group.requires],
    }
    rewrites = _input_rewrites(group.requires, group.input_rewrites)
    if rewrites:
        found["inputRewrites"] = rewrites
    if group.output_rewrites:
        found["outputRewrites"] = [_key_renamer(each) for each in group.output_rewrites]
    return found


def _key_renamer(rename: RenameKey) -> Json:
    return {"kind": "KeyRenamer", "path": _path(rename.path), "renameKeyTo": rename.to}


def _required(selection: RequiredSelection) -> Json:
    match selection:
        case RequiredFragment(type_condition=name, selections=selections):
            return {
                "kind": "InlineFragment",
                "typeCondition": name,
                "selections": [_required(each) for each in selections],
            }
        case RequiredField(name=name, source=source, selections=selections):
            found: Json = {"kind": "Field"}
            if source != name:
                found["alias"] = source
            found["name"] = name
            if selections:
                found["selections"] = [_required(each) for each in selections]
            return found
        case _:
            assert_never(selection)


def _input_rewrites(requires: Many[RequiredFragment], rewrites: Many[RenameType]) -> list[Json]:
    return [
        {
            "kind": "ValueSetter",
            "path": [f"... on {each.type_condition}", "__typename"],
            "setValueTo": rewrite.to,
        }
        for rewrite in rewrites
        for each in requires
    ]


def _path(path: FetchPath) -> list[str]:
    found: list[str] = []
    for each in path:
        text = each.key if isinstance(each, Step) else "@"
        found.append(text if each.types is None else f"{text}|[{','.join(sorted(each.types))}]")
    return found


def plan_from_json(value: Mapping[str, Any]) -> QueryPlan:
    """The plan that `plan_to_json` wrote. Raises KeyError or ValueError on anything else."""
    node = value.get("node")
    return QueryPlan(_read(node) if node is not None else None)


def _read(value: Json) -> PlanNode:
    match value["kind"]:
        case "Fetch":
            return _read_fetch(value, ())
        case "Flatten":
            return _read_fetch(value["node"], _read_path(value["path"]))
        case "BatchFetch":
            return BatchFetch(
                SubgraphName(value["serviceName"]),
                value["operation"],
                tuple(_read_group(each) for each in value["entityBatch"]["aliases"]),
                value.get("operationName"),
                tuple(value["variableUsages"]),
                _read_id(value),
            )
        case "Sequence":
            return Sequence(tuple(_read(each) for each in value["nodes"]))
        case "Parallel":
            return Parallel(tuple(_read(each) for each in value["nodes"]))
        case "Condition":
            return Condition(
                value["condition"], _read_optional(value, "ifClause"), _read_optional(value, "elseClause")
            )
        case "Subscription":
            return Subscribe(_read_fetch(value["primary"], ()), _read_optional(value, "rest"))
        case "Defer":
            primary = value["primary"]
            return Defer(
                _read_optional(primary, "node"),
                tuple(_read_deferred(each) for each in value["deferred"]),
                primary.get("subselection", ""),
            )
        case other:
            raise ValueError(f"{other!r} is not a node of a plan")


def _read_optional(value: Json, key: str) -> PlanNode | None:
    found = value.get(key)
    return _read(found) if found is not None else None


def _read_deferred(value: Json) -> Deferred:
    return Deferred(
        number=value["number"],
        node=_read_optional(value, "node"),
        depends=tuple(int(each["id"]) for each in value["depends"]),
        within=value.get("within"),
        label=value.get("label"),
        path=tuple(value["queryPath"]),
        selections=value.get("subselection", ""),
    )


def _read_id(value: Json) -> int | None:
    found = value.get("id")
    return None if found is None else int(found)


def _read_fetch(value: Json, path: FetchPath) -> Fetch:
    return Fetch(
        subgraph=SubgraphName(value["serviceName"]),
        kind=OperationKind(value["operationKind"]),
        document=value["operation"],
        operation_name=value.get("operationName"),
        variables=tuple(value["variableUsages"]),
        path=path,
        requires=tuple(_read_fragment(each) for each in value.get("requires", ())),
        input_rewrites=_read_input_rewrites(value.get("inputRewrites", ())),
        output_rewrites=_read_output_rewrites(value.get("outputRewrites", ())),
        contexts=tuple(_read_context(each) for each in value.get("contexts", ())),
        id=_read_id(value),
        variable=value.get("representationsVariableName", REPRESENTATIONS),
    )


def _read_context(value: Json) -> ContextValue:
    return ContextValue(
        value["variable"],
        value["type"],
        _read_path(value["path"]),
        tuple(_read_required(each) for each in value["selections"]),
    )


def _read_group(value: Json) -> EntityGroup:
    [path] = value["paths"]
    return EntityGroup(
        alias=value["alias"],
        variable=value["representationsVariableName"],
        path=_read_path(path),
        requires=tuple(_read_fragment(each) for each in value["requires"]),
        input_rewrites=_read_input_rewrites(value.get("inputRewrites", ())),
        output_rewrites=_read_output_rewrites(value.get("outputRewrites", ())),
    )


def _read_output_rewrites(values: Many[Json]) -> tuple[RenameKey, ...]:
    return tuple(RenameKey(_read_path(each["path"]), each["renameKeyTo"]) for each in values)


def _read_input_rewrites(values: Many[Json]) -> tuple[RenameType, ...]:
    return tuple(
        RenameType((), name) for name in dict.fromkeys(TypeName(each["setValueTo"]) for each in values)
    )


def _read_fragment(value: Json) -> RequiredFragment:
    return RequiredFragment(
        TypeName(value["typeCondition"]), tuple(_read_required(each) for each in value["selections"])
    )


def _read_required(value: Json) -> RequiredSelection:
    if value["kind"] == "InlineFragment":
        return _read_fragment(value)
    name: str = value["name"]
    inner = tuple(_read_required(each) for each in value.get("selections", ()))
    return RequiredField(name, str(value.get("alias", name)), inner)


def _read_path(values: Many[str]) -> FetchPath:
    found: list[Step | EachItem] = []
    for each in values:
        text, bar, names = each.partition("|[")
        types = frozenset(TypeName(name) for name in names.removesuffix("]").split(",")) if bar else None
        found.append(EachItem(types) if text == "@" else Step(text, types))
    return tuple(found)
