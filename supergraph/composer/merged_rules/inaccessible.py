"""@inaccessible must leave a schema that makes sense without what it hides. Spec: inaccessible/v0.2."""

from collections.abc import Iterable, Iterator

from supergraph.composer.diagnostics import Diagnostic, report
from supergraph.composer.merged_rules.merged import Merged
from supergraph.spec import (
    Argument,
    Code,
    CompositeType,
    Element,
    EnumType,
    Field,
    FieldName,
    InputField,
    InputObjectType,
    InterfaceType,
    ListValue,
    NameValue,
    NonNull,
    ObjectType,
    ObjectValue,
    ScalarType,
    SupergraphType,
    TypeName,
    TypeReference,
    UnionType,
    Value,
    read_value,
)


def the_query_root_is_visible(merged: Merged) -> Iterator[Diagnostic]:
    query = merged.supergraph.types.get(merged.supergraph.query) if merged.supergraph.query else None
    if query is not None and merged.is_hidden(query):
        why = "the query root cannot be @inaccessible"
        yield merged.report(Code.QUERY_ROOT_TYPE_INACCESSIBLE, query.name, why, query.name)


def visible_types_have_visible_members(merged: Merged) -> Iterator[Diagnostic]:
    for definition in _visible_types(merged):
        children = _children(merged, definition)
        if children and all(map(merged.is_hidden, children)):
            why = "the type is visible, but all that it consists of is @inaccessible"
            yield merged.report(Code.ONLY_INACCESSIBLE_CHILDREN, definition.name, why, definition.name)


def visible_elements_refer_to_visible_types(merged: Merged) -> Iterator[Diagnostic]:
    hidden = {name for name, each in merged.supergraph.types.items() if merged.is_hidden(each)}
    if not hidden:
        return
    for at, reference, owner, field in _visible_references(merged):
        if reference.named in hidden:
            why = f"it is visible, but its type {reference.named} is @inaccessible"
            yield merged.report(Code.REFERENCED_INACCESSIBLE, at, why, owner, field)
    for at, argument in _visible_directive_arguments(merged):
        if argument.type.named in hidden:
            why = f"it is visible, but its type {argument.type.named} is @inaccessible"
            yield report(Code.REFERENCED_INACCESSIBLE, at, why=why)


def visible_interfaces_are_visibly_implemented(merged: Merged) -> Iterator[Diagnostic]:
    """What a visible interface promises, a visible implementation cannot hide."""
    for definition in _visible_types(merged):
        if not isinstance(definition, CompositeType):
            continue
        assert isinstance(definition, ObjectType | InterfaceType)
        for interface in merged.interfaces_of(definition):
            if merged.is_hidden(interface):
                continue
            for name, promised in interface.fields.items():
                field = definition.fields.get(name)
                if field is None or merged.is_hidden(promised):
                    continue
                at = f"{definition.name}.{name}"
                if merged.is_hidden(field):
                    why = f"it is @inaccessible, but implements {interface.name}.{name}, which is visible"
                    yield merged.report(
                        Code.IMPLEMENTED_BY_INACCESSIBLE, at, why, definition.name, field.name
                    )
                    continue
                yield from _hidden_promised_arguments(merged, at, field, promised, definition.name)


def what_is_required_is_visible(merged: Merged) -> Iterator[Diagnostic]:
    """A client cannot give an argument or input field that it cannot see."""
    for definition in _visible_types(merged):
        if isinstance(definition, CompositeType):
            for field in definition.fields.values():
                if merged.is_hidden(field):
                    continue
                for argument in field.arguments:
                    if merged.is_hidden(argument) and _is_required(argument):
                        why = "the argument is required but @inaccessible, so that no client could give it"
                        at = f"{definition.name}.{field.name}({argument.name}:)"
                        yield merged.report(Code.REQUIRED_INACCESSIBLE, at, why, definition.name, field.name)
        elif isinstance(definition, InputObjectType):
            for each in definition.fields.values():
                if merged.is_hidden(each) and _is_required(each):
                    why = "the input field is required but @inaccessible, so that no client could give it"
                    at = f"{definition.name}.{each.name}"
                    yield merged.report(Code.REQUIRED_INACCESSIBLE, at, why, definition.name, each.name)


def defaults_use_visible_values(merged: Merged) -> Iterator[Diagnostic]:
    for definition in _visible_types(merged):
        if not isinstance(definition, CompositeType | InputObjectType):
            continue
        for field in definition.fields.values():
            if merged.is_hidden(field):
                continue
            inputs: Iterable[Argument | InputField] = (
                field.arguments if isinstance(field, Field) else (field,)
            )
            for each in inputs:
                if each.default is None or merged.is_hidden(each):
                    continue
                for used in _hidden_uses(merged, read_value(each.default), each.type):
                    at = f"{definition.name}.{field.name}" + (
                        f"({each.name}:)" if isinstance(field, Field) else ""
                    )
                    why = f"its default uses {used}, which is @inaccessible"
                    yield merged.report(
                        Code.DEFAULT_VALUE_USES_INACCESSIBLE, at, why, definition.name, field.name
                    )
    for at, argument in _visible_directive_arguments(merged) if merged.inaccessible else ():
        if argument.default is not None:
            for used in _hidden_uses(merged, read_value(argument.default), argument.type):
                why = f"its default uses {used}, which is @inaccessible"
                yield report(Code.DEFAULT_VALUE_USES_INACCESSIBLE, at, why=why)


def _visible_types(merged: Merged) -> Iterator[SupergraphType]:
    if merged.inaccessible is None:
        return
    for definition in merged.supergraph.types.values():
        if definition.joins and not merged.is_hidden(definition):
            yield definition


def _children(merged: Merged, definition: SupergraphType) -> list[Element]:
    match definition:
        case ObjectType(fields=fields) | InterfaceType(fields=fields) | InputObjectType(fields=fields):
            return list(fields.values())
        case EnumType(values=values):
            return list(values.values())
        case UnionType(members=members):
            return [merged.supergraph.types[name] for name in members if name in merged.supergraph.types]
        case ScalarType():
            return []


def _visible_references(
    merged: Merged,
) -> Iterator[tuple[str, TypeReference, TypeName, FieldName]]:
    for definition in _visible_types(merged):
        if not isinstance(definition, CompositeType | InputObjectType):
            continue
        for field in definition.fields.values():
            if merged.is_hidden(field):
                continue
            yield f"{definition.name}.{field.name}", field.type, definition.name, field.name
            for argument in field.arguments if isinstance(field, Field) else ():
                if not merged.is_hidden(argument):
                    at = f"{definition.name}.{field.name}({argument.name}:)"
                    yield at, argument.type, definition.name, field.name


def _visible_directive_arguments(merged: Merged) -> Iterator[tuple[str, Argument]]:
    for definition in merged.supergraph.directives.values():
        for argument in definition.arguments:
            if not merged.is_hidden(argument):
                yield f"@{definition.name}({argument.name}:)", argument


def _hidden_promised_arguments(
    merged: Merged, at: str, field: Field, promised: Field, owner: TypeName
) -> Iterator[Diagnostic]:
    visible = {argument.name for argument in promised.arguments if not merged.is_hidden(argument)}
    for argument in field.arguments:
        if merged.is_hidden(argument) and argument.name in visible:
            why = "the argument is @inaccessible, but implements one of an interface that is visible"
            yield merged.report(
                Code.IMPLEMENTED_BY_INACCESSIBLE, f"{at}({argument.name}:)", why, owner, field.name
            )


def _is_required(element: Argument | InputField) -> bool:
    return isinstance(element.type, NonNull) and element.default is None


def _hidden_uses(merged: Merged, value: Value, reference: TypeReference) -> Iterator[str]:
    """Coordinates of the hidden enum values and input fields that a constant mentions."""
    match value:
        case ListValue(values):
            for each in values:
                yield from _hidden_uses(merged, each, reference)
        case NameValue(name):
            definition = merged.supergraph.types.get(reference.named)
            known = definition.values if isinstance(definition, EnumType) else {}
            if name in known and merged.is_hidden(known[name]):
                yield f"{reference.named}.{name}"
        case ObjectValue(fields):
            definition = merged.supergraph.types.get(reference.named)
            if isinstance(definition, InputObjectType):
                for name, inner in fields:
                    field = definition.fields.get(FieldName(name))
                    if field is None:
                        continue
                    if merged.is_hidden(field):
                        yield f"{definition.name}.{name}"
                    yield from _hidden_uses(merged, inner, field.type)
        case _:
            return
