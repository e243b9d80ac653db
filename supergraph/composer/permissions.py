"""Scopes name permissions that some module declares: a misspelt one would lock everybody out."""

from collections.abc import Collection, Iterator, Sequence
from difflib import get_close_matches

from supergraph.composer.diagnostics import Diagnostic, report
from supergraph.composer.facts import federation_uses
from supergraph.composer.subgraph import Subgraph, SubgraphElement
from supergraph.spec import Code, ListValue, StringValue, Value


def permissions_are_known(subgraphs: Sequence[Subgraph], known: Collection[str]) -> Iterator[Diagnostic]:
    """One diagnostic for each unknown permission at each place, with the nearest name there is."""
    names = sorted(known)
    nearest: dict[str, str] = {}
    for subgraph in subgraphs:
        for coordinate, element in _elements(subgraph):
            for use in federation_uses(element, "requiresScopes"):
                for scope in dict.fromkeys(_texts(use.argument("scopes"))):
                    if scope in known:
                        continue
                    if scope not in nearest:
                        nearest[scope] = next(iter(get_close_matches(scope, names, 1)), "")
                    why = f'@{use.name} asks for the permission "{scope}", which no subgraph declares'
                    mend = ""
                    if meant := nearest[scope]:
                        why += f'; did you mean "{meant}"?'
                        mend = f'Write "{meant}", or declare "{scope}" in the subgraph that owns it.'
                    yield report(
                        Code.UNKNOWN_PERMISSION, coordinate, [(subgraph, use.at)], why=why, mend=mend
                    )


def _texts(value: Value | None) -> Iterator[str]:
    match value:
        case StringValue(text):
            yield text
        case ListValue(values):
            for each in values:
                yield from _texts(each)
        case _:
            return


def _elements(subgraph: Subgraph) -> Iterator[tuple[str, SubgraphElement]]:
    for definition in subgraph.types.values():
        if definition.directives:
            yield definition.name, definition
        for field in definition.fields.values():
            if field.directives:
                yield f"{definition.name}.{field.name}", field
