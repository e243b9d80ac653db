"""Contracts: one supergraph, and of it what a certain audience may see, chosen by @tag."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final, TypeVar

from supergraph.spec import (
    INACCESSIBLE,
    LATEST_FEDERATION,
    TAG,
    AppliedDirective,
    DirectiveDefinition,
    Element,
    EnumType,
    Field,
    InputObjectType,
    InterfaceType,
    Link,
    ObjectType,
    ScalarType,
    StringValue,
    Supergraph,
    SupergraphType,
    UnionType,
    federation_directives,
    read_value,
)

_INACCESSIBLE_LINK: Final = Link(f"{INACCESSIBLE}/v0.2", purpose="SECURITY")

_Hideable = TypeVar("_Hideable", bound=Element)
_Key = TypeVar("_Key")


def apply_contract(
    supergraph: Supergraph, *, exclude_tags: Collection[str] = (), include_tags: Collection[str] = ()
) -> Supergraph:
    """Mark @inaccessible what the contract leaves out; routers and the API schema then hide it.

    An excluded tag hides what bears it. With included tags, fields of objects and interfaces, and unions, are hidden
    unless they bear one. A tag on an object or interface counts for its fields, and a type of which nothing is left
    is hidden. Exclusion wins. Whether the rest makes sense is for the rules on @inaccessible to say.
    """
    if not exclude_tags and not include_tags:
        return supergraph
    supergraph = _with_inaccessible(supergraph)
    contract = _Contract(
        frozenset(exclude_tags),
        frozenset(include_tags),
        supergraph.directive_name(TAG, "tag"),
        supergraph.directive_name(INACCESSIBLE, "inaccessible") or "inaccessible",
    )
    types = {name: contract.filtered(each) if each.joins else each for name, each in supergraph.types.items()}
    gone = {name for name, each in types.items() if contract.is_hidden(each)}
    return replace(
        supergraph,
        types={
            name: contract.hide(each)
            if isinstance(each, UnionType) and each.members and gone.issuperset(each.members)
            else each
            for name, each in types.items()
        },
    )


@dataclass(frozen=True, slots=True)
class _Contract:
    exclude: frozenset[str]
    include: frozenset[str]
    tag: str | None
    inaccessible: str

    def filtered(self, definition: SupergraphType) -> SupergraphType:
        own = self.tags(definition)
        if own & self.exclude:
            return self.hide(definition)
        match definition:
            case ObjectType() | InterfaceType():
                fields = _mapped(definition.fields, lambda field: self._filtered_field(field, own))
                return self._without_the_empty(replace(definition, fields=fields), fields.values())
            case InputObjectType():
                inputs = _mapped(definition.fields, self._filtered)
                return self._without_the_empty(replace(definition, fields=inputs), inputs.values())
            case EnumType():
                values = _mapped(definition.values, self._filtered)
                return self._without_the_empty(replace(definition, values=values), values.values())
            case UnionType():
                return self.hide(definition) if self.include and not own & self.include else definition
            case ScalarType():
                return definition

    def _filtered_field(self, field: Field, inherited: frozenset[str]) -> Field:
        tags = self.tags(field) | inherited
        if tags & self.exclude or (self.include and not tags & self.include):
            return self.hide(field)
        return replace(field, arguments=tuple(map(self._filtered, field.arguments)))

    def _filtered(self, element: _Hideable) -> _Hideable:
        return self.hide(element) if self.tags(element) & self.exclude else element

    def _without_the_empty(self, definition: _Hideable, members: Iterable[Element]) -> _Hideable:
        return self.hide(definition) if all(map(self.is_hidden, members)) else definition

    def tags(self, element: Element) -> frozenset[str]:
        values = (each.argument("name") for each in element.directives if each.name == self.tag)
        read = (read_value(value) for value in values if value is not None)
        return frozenset(value.value for value in read if isinstance(value, StringValue))

    def is_hidden(self, element: Element) -> bool:
        return any(each.name == self.inaccessible for each in element.directives)

    def hide(self, element: _Hideable) -> _Hideable:
        if self.is_hidden(element):
            return element
        return replace(element, directives=(*element.directives, AppliedDirective(self.inaccessible)))


def _mapped(
    members: Mapping[_Key, _Hideable], change: Callable[[_Hideable], _Hideable]
) -> dict[_Key, _Hideable]:
    return {name: change(each) for name, each in members.items()}


def _with_inaccessible(supergraph: Supergraph) -> Supergraph:
    """The supergraph with @inaccessible linked and defined, as no subgraph may use it."""
    if supergraph.link(INACCESSIBLE) is not None:
        return supergraph
    syntax = federation_directives(LATEST_FEDERATION)["inaccessible"]
    definition = DirectiveDefinition(
        name="inaccessible", locations=tuple(location.name for location in syntax.locations)
    )
    return replace(
        supergraph,
        links=(*supergraph.links, _INACCESSIBLE_LINK),
        directives={**supergraph.directives, definition.name: definition},
    )
