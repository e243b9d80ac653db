"""Federation 1 documents in the terms of federation 2, so that one set of rules serves both.

Federation 1 asked for marks that mean something else today: `extend` on every use of another's entity, `@external` on
its keys; and it shared value types without being told. What this changes is never an error of the document.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from supergraph.composer.diagnostics import Diagnostic, report
from supergraph.composer.facts import (
    extends,
    federation_uses,
    field_set_of,
    implementers_of,
    text_argument,
    with_facts,
)
from supergraph.composer.folding import ROOT_NAMES
from supergraph.composer.subgraph import DirectiveUse, Subgraph, SubgraphField, SubgraphType, TypeKind
from supergraph.composer.subgraph_rules.field_sets import FieldSetRules
from supergraph.composer.subgraph_rules.provides import PROVIDES_CODES
from supergraph.spec import (
    FEDERATION,
    Code,
    FieldName,
    FieldSelection,
    FieldSet,
    FragmentSelection,
    ListValue,
    NameValue,
    Selection,
    StringValue,
    TypeName,
    Value,
    print_field_set,
)

_ROOTS = frozenset(ROOT_NAMES.values())
# What federation 1 knew as an extension of another subgraph's type.
_EXTENDED_KINDS = frozenset({TypeKind.OBJECT, TypeKind.INTERFACE})
_FIELD_SET_DIRECTIVES = ("key", "requires", "provides")


def upgrade_subgraphs(subgraphs: Sequence[Subgraph]) -> tuple[list[Subgraph], list[Diagnostic]]:
    """The same subgraphs, those of federation 1 upgraded. Each is upgraded against the others as they were written."""
    if not any(subgraph.is_federation_1 for subgraph in subgraphs):
        return list(subgraphs), []
    having: dict[TypeName, list[Subgraph]] = {}
    for subgraph in subgraphs:
        for name in subgraph.types:
            having.setdefault(name, []).append(subgraph)
    found: list[Diagnostic] = []
    upgraded = []
    for subgraph in subgraphs:
        if not subgraph.is_federation_1:
            upgraded.append(subgraph)
            continue
        upgrade = _Upgrade(
            subgraph,
            {name: [other for other in having[name] if other is not subgraph] for name in subgraph.types},
        )
        found += upgrade.extensions_without_base()
        result, problems = upgrade.upgraded()
        found += problems
        upgraded.append(result)
    return upgraded, found


@dataclass(frozen=True, slots=True)
class _Upgrade:
    """One federation 1 subgraph, and the others that have each of its types."""

    original: Subgraph
    others: Mapping[TypeName, list[Subgraph]]

    def extensions_without_base(self) -> list[Diagnostic]:
        found = []
        for definition in self.original.types.values():
            if definition.kind not in _EXTENDED_KINDS or definition.name in _ROOTS:
                continue
            if not extends(definition) or self._is_defined_elsewhere(definition):
                continue
            why = "it is extended here, and no subgraph defines it"
            where = [(self.original, definition.at)]
            found.append(report(Code.EXTENSION_WITH_NO_BASE, definition.name, where, why=why))
        return found

    def _is_defined_elsewhere(self, definition: SubgraphType) -> bool:
        # `type T @extends` elsewhere will do: that is how federation 1 took it.
        return any(other.types[definition.name].has_base for other in self.others[definition.name])

    def upgraded(self) -> tuple[Subgraph, list[Diagnostic]]:
        # The order matters: each step relies on what those before it have taken away.
        subgraph = self._each_type(self.original, self._with_plain_field_sets)
        subgraph = self._each_type(subgraph, self._without_needless_external)
        subgraph = with_facts(self._each_type(subgraph, self._without_extension))
        subgraph = self._without_inactive_field_sets(subgraph)
        subgraph = with_facts(self._each_type(subgraph, self._without_marks_on_interfaces))
        subgraph, found = self._without_unused_external(subgraph)
        subgraph = with_facts(subgraph)
        subgraph = self._each_type(subgraph, self._with_shareable)
        subgraph = self._each_type(subgraph, self._without_tags_on_external)
        return with_facts(subgraph), found

    def _each_type(self, subgraph: Subgraph, change: Callable[[SubgraphType], SubgraphType]) -> Subgraph:
        types = {name: change(definition) for name, definition in subgraph.types.items()}
        return replace(subgraph, types=MappingProxyType(types))

    def _with_plain_field_sets(self, definition: SubgraphType) -> SubgraphType:
        """Federation 1 took `["id", "sku"]` and `id` where federation 2 wants the string `"id sku"`."""
        return replace(
            definition,
            directives=tuple(map(_with_string_fields, definition.directives)),
            fields=_changed(
                definition.fields,
                lambda field: (
                    replace(field, directives=tuple(map(_with_string_fields, field.directives)))
                    if field.directives
                    else field
                ),
            ),
        )

    def _without_needless_external(self, definition: SubgraphType) -> SubgraphType:
        """Drop `@external` on interfaces, on types, and on the key fields of extensions."""
        if definition.kind is TypeKind.INTERFACE:
            return replace(
                definition, fields=_changed(definition.fields, lambda field: _without(field, "external"))
            )
        if definition.kind is not TypeKind.OBJECT:
            return definition
        resolved: set[str] = set()
        if extends(definition) or definition.name in _ROOTS:
            keys = list(federation_uses(definition, "key"))
            resolved = {str(name) for use in keys for name in _outer_fields(field_set_of(use))}
            if not keys:
                resolved = self._first_keys_elsewhere(definition)
        return replace(
            definition,
            directives=tuple(use for use in definition.directives if not _is(use, "external")),
            fields=_changed(
                definition.fields,
                lambda field: _without(field, "external") if field.name in resolved else field,
            ),
        )

    def _first_keys_elsewhere(self, definition: SubgraphType) -> set[str]:
        """An extension without keys was asked for by the first key of the others, so it resolves those fields."""
        found: set[str] = set()
        for other in self.others[definition.name]:
            first = next(federation_uses(other.types[definition.name], "key"), None)
            if first is not None:
                found |= {str(name) for name in _outer_fields(field_set_of(first))}
        return found

    def _without_extension(self, definition: SubgraphType) -> SubgraphType:
        if definition.kind not in _EXTENDED_KINDS or not (extends(definition) or definition.name in _ROOTS):
            return definition
        return replace(
            definition,
            is_extension=False,
            has_base=True,
            directives=tuple(
                replace(use, declaration=0) for use in definition.directives if not _is(use, "extends")
            ),
            fields=_changed(definition.fields, lambda field: replace(field, declaration=0)),
        )

    def _without_inactive_field_sets(self, subgraph: Subgraph) -> Subgraph:
        """Federation 1 ignored what `@provides` and `@requires` said of fields that are not external."""
        active = _ActiveFieldSets(subgraph)

        def change(definition: SubgraphType) -> SubgraphType:
            return replace(
                definition,
                fields=_changed(
                    definition.fields,
                    lambda field: active.of(field, definition.name) if field.directives else field,
                ),
            )

        return self._each_type(subgraph, change)

    def _without_marks_on_interfaces(self, definition: SubgraphType) -> SubgraphType:
        """Interfaces had keys without effect, and so had fields without fields `@provides`."""
        if definition.kind is TypeKind.INTERFACE:
            return replace(
                definition,
                directives=tuple(use for use in definition.directives if not _is(use, "key")),
                fields=_changed(
                    definition.fields, lambda field: _without(_without(field, "provides"), "requires")
                ),
            )

        def change(field: SubgraphField) -> SubgraphField:
            target = self.original.types.get(field.type.named)
            if field.directives and (target is None or not target.is_composite):
                return _without(field, "provides")
            return field

        return replace(definition, fields=_changed(definition.fields, change))

    def _without_unused_external(self, subgraph: Subgraph) -> tuple[Subgraph, list[Diagnostic]]:
        found = []
        types: dict[TypeName, SubgraphType] = {}
        referenced = {
            name
            for definition in subgraph.types.values()
            for name in (*definition.members, *(field.type.named for field in definition.fields.values()))
        }
        for name, definition in subgraph.types.items():
            kept = {
                field_name: field
                for field_name, field in definition.fields.items()
                if field.used or not field.external
            }
            if kept or len(kept) == len(definition.fields):
                types[name] = replace(definition, fields=MappingProxyType(kept))
            elif name in referenced or definition.keys:
                types[name] = definition
                why = "its fields are all @external, and no field set names one"
                where = [(subgraph, definition.at)]
                found.append(report(Code.TYPE_WITH_ONLY_UNUSED_EXTERNAL, name, where, why=why))
        return replace(subgraph, types=MappingProxyType(types)), found

    def _with_shareable(self, definition: SubgraphType) -> SubgraphType:
        """Value types were shared freely, and so were the fields of entities and roots that others resolve too."""
        if definition.kind is not TypeKind.OBJECT or definition.name == ROOT_NAMES["subscription"]:
            return definition
        others = self.others[definition.name]
        if not others:
            return definition
        is_value_type = not definition.keys and definition.name not in _ROOTS
        original = self.original.types[definition.name]

        def change(field: SubgraphField) -> SubgraphField:
            name = FieldName(field.name)
            # A document may define a @shareable of its own and use it: it must not stand there twice.
            if original.fields[name].shareable or not (
                is_value_type or any(_resolves(other, definition.name, name) for other in others)
            ):
                return field
            return replace(field, directives=(*field.directives, _SHAREABLE))

        return replace(definition, fields=_changed(definition.fields, change))

    def _without_tags_on_external(self, definition: SubgraphType) -> SubgraphType:
        """A tag on an external field counts where the field is resolved, if it stands there too."""

        def change(field: SubgraphField) -> SubgraphField:
            if not field.external or not field.directives:
                return field
            elsewhere = {
                text_argument(use, "name")
                for other in self.others[definition.name]
                if (found := other.types[definition.name].fields.get(FieldName(field.name)))
                for use in federation_uses(found, "tag")
            }
            return replace(
                field,
                directives=tuple(
                    use
                    for use in field.directives
                    if not _is(use, "tag") or text_argument(use, "name") not in elsewhere
                ),
            )

        return replace(definition, fields=_changed(definition.fields, change))


class _ActiveFieldSets:
    """What is left of a field set when fields that are not external are taken out."""

    __slots__ = ("_implementers", "_rules", "_types")

    def __init__(self, subgraph: Subgraph) -> None:
        self._types = subgraph.types
        self._rules = FieldSetRules(subgraph, PROVIDES_CODES)
        self._implementers = implementers_of(subgraph.types)

    def of(self, field: SubgraphField, owner: TypeName) -> SubgraphField:
        directives = []
        for use in field.directives:
            if not (_is(use, "provides") or _is(use, "requires")):
                directives.append(use)
                continue
            parent = owner if use.canonical == "requires" else field.type.named
            selections = field_set_of(use)
            # What is not even a selection is for the rules to tell.
            if (
                not selections
                or parent not in self._rules.subgraph.types
                or any(self._rules.invalid(selections, parent))
            ):
                directives.append(use)
            elif left := self._external_part(selections, parent):
                directives.append(_with_fields(use, print_field_set(left)))
        return replace(field, directives=tuple(directives))

    def _external_part(self, selections: FieldSet, parent: TypeName) -> FieldSet:
        kept: list[Selection] = []
        for selection in selections:
            if isinstance(selection, FragmentSelection):
                inner = self._external_part(selection.selections, selection.condition or parent)
                if inner:
                    kept.append(replace(selection, selections=inner))
            elif self._is_external(parent, selection.name):
                kept.append(selection)
            elif selection.selections:
                inner = self._external_part(selection.selections, self._type_of(parent, selection))
                if inner:
                    kept.append(replace(selection, selections=inner))
        return tuple(kept)

    def _type_of(self, parent: TypeName, selection: FieldSelection) -> TypeName:
        return self._types[parent].fields[selection.name].type.named

    def _is_external(self, parent: TypeName, name: FieldName) -> bool:
        field = self._types[parent].fields.get(name)
        if field is not None and field.external:
            return True
        return any(
            found.external for each in self._implementers.get(parent, ()) if (found := each.fields.get(name))
        )


_SHAREABLE = DirectiveUse("shareable", FEDERATION, "shareable")


def _changed(
    fields: Mapping[FieldName, SubgraphField], change: Callable[[SubgraphField], SubgraphField]
) -> Mapping[FieldName, SubgraphField]:
    return MappingProxyType({name: change(field) for name, field in fields.items()})


def _is(use: DirectiveUse, canonical: str) -> bool:
    return use.canonical == canonical and use.spec == FEDERATION


def _without(field: SubgraphField, canonical: str) -> SubgraphField:
    if not any(_is(use, canonical) for use in field.directives):
        return field
    return replace(field, directives=tuple(use for use in field.directives if not _is(use, canonical)))


def _outer_fields(selections: FieldSet) -> list[FieldName]:
    """The fields of the type itself, those below type conditions included."""
    found: list[FieldName] = []
    for selection in selections:
        if isinstance(selection, FieldSelection):
            found.append(selection.name)
        else:
            found += _outer_fields(selection.selections)
    return found


def _resolves(other: Subgraph, type_name: TypeName, name: FieldName) -> bool:
    definition = other.types[type_name]
    field = definition.fields.get(name)
    return field is not None and definition.kind is TypeKind.OBJECT and (not field.external or field.provided)


def _with_string_fields(use: DirectiveUse) -> DirectiveUse:
    if use.spec != FEDERATION or use.canonical not in _FIELD_SET_DIRECTIVES:
        return use
    value = use.argument("fields")
    text = _as_text(value) if value is not None else None
    return use if text is None or isinstance(value, StringValue) else _with_fields(use, text)


def _as_text(value: Value) -> str | None:
    match value:
        case StringValue(text) | NameValue(text):
            return None if text in {"true", "false", "null"} else text
        case ListValue(values):
            texts = [_as_text(each) for each in values]
            return " ".join(text for text in texts if text) if all(texts) and texts else None
        case _:
            return None


def _with_fields(use: DirectiveUse, text: str) -> DirectiveUse:
    return replace(
        use,
        arguments=tuple(
            (name, StringValue(text) if name == "fields" else value) for name, value in use.arguments
        ),
    )
