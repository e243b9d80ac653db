"""What the federation directives of a document come to: keys, what is external, shareable, used, overridden."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from supergraph.composer.subgraph import (
    ContextUse,
    DirectiveUse,
    Override,
    Subgraph,
    SubgraphElement,
    SubgraphField,
    SubgraphKey,
    SubgraphType,
    TypeKind,
)
from supergraph.spec import (
    FALSE,
    FEDERATION,
    FieldName,
    FieldSet,
    FieldSetSyntaxError,
    FieldSetText,
    FragmentSelection,
    StringValue,
    TypeName,
    print_field_set,
    read_field_set,
)

FieldAt = tuple[TypeName, str]

_CONTEXT: Final = re.compile(r"\s*\$\s*([A-Za-z_]\w*)(.*)", re.DOTALL)


def with_facts(subgraph: Subgraph) -> Subgraph:
    """The same subgraph with its facts filled in. Field sets that cannot be read count as empty."""
    uses = _FieldUses(subgraph.types)
    types = {name: _type_with_facts(definition, uses) for name, definition in subgraph.types.items()}
    return replace(
        subgraph,
        types=MappingProxyType(types),
        composed=tuple(_federation_uses(subgraph.schema_directives, "composeDirective")),
    )


def federation_uses(element: SubgraphElement, canonical: str) -> Iterator[DirectiveUse]:
    """The uses of one federation directive on an element."""
    return _federation_uses(element.directives, canonical)


def text_argument(use: DirectiveUse, name: str) -> str | None:
    value = use.argument(name)
    return value.value if isinstance(value, StringValue) else None


def field_set_of(use: DirectiveUse) -> FieldSet:
    """What the `fields` of a directive select; empty when they cannot be read."""
    text = text_argument(use, "fields")
    try:
        return read_field_set(text) if text is not None else ()
    except FieldSetSyntaxError:
        return ()


def split_context(text: str) -> tuple[str, str]:
    """`$context { field }` -> its name and its selection; both empty for what is no such thing."""
    found = _CONTEXT.match(text)
    return (found[1], found[2].strip()) if found else ("", "")


def implementers_of(types: Mapping[TypeName, SubgraphType]) -> dict[TypeName, list[SubgraphType]]:
    """Interface -> the object types that implement it."""
    found: dict[TypeName, list[SubgraphType]] = {}
    for definition in types.values():
        if definition.kind is TypeKind.OBJECT:
            for name in definition.interfaces:
                found.setdefault(name, []).append(definition)
    return found


def _federation_uses(directives: tuple[DirectiveUse, ...], canonical: str) -> Iterator[DirectiveUse]:
    return (use for use in directives if use.canonical == canonical and use.spec == FEDERATION)


class _FieldUses:
    """Which fields the field sets of a subgraph name. Built once, then only asked."""

    __slots__ = ("_implementers", "_types", "fake_external", "keys", "provided", "used")

    def __init__(self, types: Mapping[TypeName, SubgraphType]) -> None:
        self._types = types
        self._implementers = implementers_of(types)
        self.keys: set[FieldAt] = set()
        self.provided: set[FieldAt] = set()
        self.used: set[FieldAt] = set()
        self.fake_external: set[FieldAt] = set()
        for definition in types.values():
            self._collect(definition)
        self.used |= self.keys | self.provided
        self._collect_interface_fields()

    def _collect(self, definition: SubgraphType) -> None:
        for use in definition.directives:
            if use.spec == FEDERATION and use.canonical == "key":
                selected = field_set_of(use)
                self.keys.update(self.selected(definition.name, selected, with_implementers=True))
                if extends(definition):
                    self.fake_external.update(
                        self.selected(definition.name, selected, with_implementers=False)
                    )
        for field in definition.fields.values():
            for use in field.directives:
                if use.spec == FEDERATION and use.canonical == "requires":
                    self.used.update(
                        self.selected(definition.name, field_set_of(use), with_implementers=True)
                    )
                elif use.spec == FEDERATION and use.canonical == "provides":
                    self.provided.update(
                        self.selected(field.type.named, field_set_of(use), with_implementers=True)
                    )
            for argument in field.arguments:
                for use in federation_uses(argument, "fromContext"):
                    self._collect_context(text_argument(use, "field") or "")

    def _collect_context(self, text: str) -> None:
        context, selection = split_context(text)
        try:
            selected = read_field_set(selection)
        except FieldSetSyntaxError:
            return
        for definition in self._types.values():
            if any(text_argument(use, "name") == context for use in federation_uses(definition, "context")):
                self.used.update(self.selected(definition.name, selected, with_implementers=True))

    def _collect_interface_fields(self) -> None:
        for interface, implementers in self._implementers.items():
            wanted = self._types.get(interface)
            for name in wanted.fields if wanted is not None else ():
                self.used.update((each.name, name) for each in implementers)

    def selected(self, parent: TypeName, selections: FieldSet, *, with_implementers: bool) -> list[FieldAt]:
        """(type, field) of everything selected; a field of an interface stands for those of its objects too.

        What stands after something that does not exist is not read any more.
        """
        found: list[FieldAt] = []
        self._collect_selected(found, parent, selections, with_implementers=with_implementers)
        return found

    def _collect_selected(
        self, found: list[FieldAt], parent: TypeName, selections: FieldSet, *, with_implementers: bool
    ) -> bool:
        definition = self._types.get(parent)
        if definition is None:
            return False
        for selection in selections:
            if isinstance(selection, FragmentSelection):
                below, target = selection.selections, selection.condition or parent
            elif selection.name == "__typename":
                continue
            else:
                field = definition.fields.get(selection.name)
                if field is None:
                    return False
                found.append((parent, field.name))
                if with_implementers and definition.kind is TypeKind.INTERFACE:
                    found += [(each.name, field.name) for each in self._implementers.get(parent, ())]
                below, target = selection.selections or (), field.type.named
            if below and not self._collect_selected(
                found, target, below, with_implementers=with_implementers
            ):
                return False
        return True


def extends(definition: SubgraphType) -> bool:
    """Whether the type is another's: `extend type` without a definition here, or `@extends`."""
    return definition.is_extension or any(federation_uses(definition, "extends"))


def _type_with_facts(definition: SubgraphType, uses: _FieldUses) -> SubgraphType:
    marks = {use.canonical for use in definition.directives if use.spec == FEDERATION}
    is_extension = definition.is_extension or "extends" in marks
    fields = definition.fields
    if definition.is_composite:
        shareable_in = frozenset(use.declaration for use in federation_uses(definition, "shareable"))
        facts = _FieldFacts(definition, uses, shareable_in, external="external" in marks)
        fields = MappingProxyType({name: facts.of(field) for name, field in definition.fields.items()})
    elif definition.kind is TypeKind.INPUT_OBJECT:
        fields = MappingProxyType({name: _hidden(field) for name, field in definition.fields.items()})
    return replace(
        definition,
        fields=fields,
        values=MappingProxyType(
            {
                name: replace(value, inaccessible=True) if _is_hidden(value) else value
                for name, value in definition.values.items()
            }
        ),
        keys=_keys(definition, is_extension=is_extension) if "key" in marks else (),
        is_extension=is_extension,
        is_interface_object="interfaceObject" in marks,
        shareable="shareable" in marks,
        inaccessible="inaccessible" in marks,
        contexts=tuple(
            name
            for use in federation_uses(definition, "context")
            if (name := text_argument(use, "name")) is not None
        ),
    )


def _keys(definition: SubgraphType, *, is_extension: bool) -> tuple[SubgraphKey, ...]:
    return tuple(
        SubgraphKey(_canonical_field_set(use), use.argument("resolvable") != FALSE, is_extension, use.at)
        for use in federation_uses(definition, "key")
    )


def _canonical_field_set(use: DirectiveUse) -> FieldSetText:
    return print_field_set(field_set_of(use))


def _is_hidden(element: SubgraphElement) -> bool:
    return bool(element.directives) and any(federation_uses(element, "inaccessible"))


def _hidden(field: SubgraphField) -> SubgraphField:
    return replace(field, inaccessible=True) if _is_hidden(field) else field


class _FieldFacts:
    """The facts of one composite type's fields."""

    __slots__ = ("_definition", "_external", "_shareable_in", "_uses")

    def __init__(
        self, definition: SubgraphType, uses: _FieldUses, shareable_in: frozenset[int], *, external: bool
    ) -> None:
        self._definition, self._uses = definition, uses
        self._shareable_in, self._external = shareable_in, external

    def of(self, field: SubgraphField) -> SubgraphField:
        at = (self._definition.name, field.name)
        marks = (
            {use.canonical for use in field.directives if use.spec == FEDERATION}
            if field.directives
            else frozenset()
        )
        marked_external = self._external or "external" in marks
        shareable = "shareable" in marks or field.declaration in self._shareable_in or at in self._uses.keys
        used = at in self._uses.used
        contexts = _context_uses(field) if field.arguments else ()
        # Most fields have no facts, and had none before; what an upgrade has taken away must go.
        had_any = field.marked_external or field.shareable or field.used or field.provides or field.requires
        if not (marked_external or shareable or used or marks or contexts or had_any):
            return field
        fake = "external" in marks and at in self._uses.fake_external
        return replace(
            field,
            external=marked_external and not fake,
            marked_external=marked_external,
            shareable=shareable,
            used=used,
            provided=at in self._uses.provided,
            requires=_field_set(field, "requires") if "requires" in marks else None,
            provides=_field_set(field, "provides") if "provides" in marks else None,
            override=_override(field) if "override" in marks else None,
            inaccessible="inaccessible" in marks,
            context_uses=contexts,
        )


def _field_set(field: SubgraphField, directive: str) -> FieldSetText | None:
    for use in federation_uses(field, directive):
        return _canonical_field_set(use) or None
    return None


def _override(field: SubgraphField) -> Override | None:
    for use in federation_uses(field, "override"):
        source = text_argument(use, "from")
        if source is not None:
            return Override(source, text_argument(use, "label"), use.at)
    return None


def _context_uses(field: SubgraphField) -> tuple[ContextUse, ...]:
    found = []
    for argument in field.arguments:
        for use in federation_uses(argument, "fromContext") if argument.directives else ():
            context, selection = split_context(text_argument(use, "field") or "")
            found.append(ContextUse(argument.name, context, selection, argument.type))
    return tuple(found)


def field_at(types: Mapping[TypeName, SubgraphType], parent: TypeName, name: str) -> SubgraphField | None:
    definition = types.get(parent)
    return definition.fields.get(FieldName(name)) if definition is not None else None
