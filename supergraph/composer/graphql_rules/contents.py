"""Objects, interfaces and inputs have fields, enums values, unions members."""

from collections.abc import Iterator
from typing import Final

from supergraph.composer.diagnostics import Diagnostic, report
from supergraph.composer.linking import Linking
from supergraph.composer.subgraph import Subgraph, TypeKind
from supergraph.spec import Code

_CONTENTS: Final = {
    TypeKind.OBJECT: "fields",
    TypeKind.INTERFACE: "fields",
    TypeKind.INPUT_OBJECT: "fields",
    TypeKind.ENUM: "values",
    TypeKind.UNION: "members",
}


def every_type_has_contents(subgraph: Subgraph, _linking: Linking) -> Iterator[Diagnostic]:
    for definition in subgraph.types.values():
        # The query root gets `_service` from federation, so it is never quite empty.
        wanted = _CONTENTS.get(definition.kind)
        empty = not (definition.fields or definition.values or definition.members)
        if wanted and empty and definition.name != "Query":
            why = f"the type has no {wanted}"
            yield report(Code.INVALID_GRAPHQL, definition.name, [(subgraph, definition.at)], why=why)
