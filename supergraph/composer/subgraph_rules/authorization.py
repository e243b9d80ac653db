"""@authenticated, @requiresScopes, @policy: bound by a link, asking for something, on what is resolved.

Nothing that looks like protection may be lost: what cannot be enforced is an error.
"""

from collections.abc import Iterator
from typing import Final

from supergraph.composer.diagnostics import Diagnostic, report
from supergraph.composer.facts import federation_uses
from supergraph.composer.subgraph import DirectiveUse, Subgraph, SubgraphElement, TypeKind
from supergraph.spec import (
    AUTHORIZATION_DIRECTIVES,
    FEDERATION,
    Code,
    ListValue,
    StringValue,
    Value,
    first_version_with,
)

_REQUIREMENTS: Final = {"requiresScopes": "scopes", "policy": "policies"}


def authorization_stands_on_no_interface(subgraph: Subgraph) -> Iterator[Diagnostic]:
    """An interface gets the rules of the types that implement it; a rule of its own would not reach them."""
    for definition in subgraph.types.values():
        for use in _authorization(definition):
            if definition.kind is TypeKind.INTERFACE or definition.is_interface_object:
                what = "an interface" if definition.kind is TypeKind.INTERFACE else "an interface object"
                why = f"@{use.name} stands on {what}, where it would not reach the types that implement it"
                yield report(
                    Code.AUTH_REQUIREMENTS_APPLIED_ON_INTERFACE,
                    definition.name,
                    [(subgraph, use.at)],
                    why=why,
                )
        if definition.kind is not TypeKind.INTERFACE:
            continue
        for field in definition.fields.values():
            for use in _authorization(field):
                why = f"@{use.name} stands on a field of an interface, where it would not reach the types that implement it"
                yield report(
                    Code.AUTH_REQUIREMENTS_APPLIED_ON_INTERFACE,
                    f"{definition.name}.{field.name}",
                    [(subgraph, use.at)],
                    why=why,
                )


def requirements_are_not_empty(subgraph: Subgraph) -> Iterator[Diagnostic]:
    """`scopes: []` reads as "everybody" to a gateway, and `[[]]` as one way in that asks for nothing."""
    for coordinate, element in _elements(subgraph):
        for use in _authorization(element):
            argument = _REQUIREMENTS.get(use.canonical)
            value = use.argument(argument) if argument else None
            if argument is None or value is None:
                continue
            ways = value.values if isinstance(value, ListValue) else ()
            if not ways or any(isinstance(way, ListValue) and not way.values for way in ways):
                why = f"@{use.name} has empty {argument}, which would let everybody in"
                yield report(Code.EMPTY_AUTH_REQUIREMENT, coordinate, [(subgraph, use.at)], why=why)
            elif any(not _is_string(each) for way in ways for each in _values(way)):
                why = f"@{use.name} has {argument} that are no strings, or empty ones"
                yield report(Code.INVALID_GRAPHQL, coordinate, [(subgraph, use.at)], why=why)


def authorization_directives_are_bound(subgraph: Subgraph) -> Iterator[Diagnostic]:
    """A directive of the document's own that is called `@authenticated` protects nothing."""
    for coordinate, element in _elements(subgraph):
        for use in element.directives:
            name = use.name.rpartition("__")[2]
            if name in AUTHORIZATION_DIRECTIVES and use.spec != FEDERATION:
                since = first_version_with(name)
                assert since is not None
                why = f"@{use.name} is not bound to federation by @link, so nothing would enforce it"
                mend = (
                    f'Import it: extend schema @link(url: "{FEDERATION}/v{max(since, subgraph.federation)[0]}.'
                    f'{max(since, subgraph.federation)[1]}", import: ["@{name}"]).'
                )
                yield report(
                    Code.UNBOUND_AUTH_DIRECTIVE, coordinate, [(subgraph, use.at)], why=why, mend=mend
                )


def _values(way: Value) -> tuple[Value, ...]:
    return way.values if isinstance(way, ListValue) else (way,)


def _is_string(value: Value) -> bool:
    return isinstance(value, StringValue) and bool(value.value)


def _authorization(element: SubgraphElement) -> Iterator[DirectiveUse]:
    for name in AUTHORIZATION_DIRECTIVES if element.directives else ():
        yield from federation_uses(element, name)


def _elements(subgraph: Subgraph) -> Iterator[tuple[str, SubgraphElement]]:
    """All elements with directives that may be protected."""
    for definition in subgraph.types.values():
        if definition.directives:
            yield definition.name, definition
        for field in definition.fields.values():
            if field.directives:
                yield f"{definition.name}.{field.name}", field
