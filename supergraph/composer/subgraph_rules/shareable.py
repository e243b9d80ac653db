"""@shareable: on fields of objects, once a declaration."""

from collections import Counter
from collections.abc import Iterator

from supergraph.composer.diagnostics import Diagnostic, report
from supergraph.composer.facts import federation_uses
from supergraph.composer.subgraph import Subgraph, TypeKind
from supergraph.spec import Code


def shareable_stands_on_object_fields(subgraph: Subgraph) -> Iterator[Diagnostic]:
    for definition in subgraph.types.values():
        per_declaration = Counter(use.declaration for use in federation_uses(definition, "shareable"))
        if any(count > 1 for count in per_declaration.values()):
            why = "@shareable stands twice on one declaration of the type"
            yield report(Code.INVALID_SHAREABLE_USAGE, definition.name, [(subgraph, definition.at)], why=why)
        for field in definition.fields.values():
            uses = list(federation_uses(field, "shareable")) if field.directives else []
            at = f"{definition.name}.{field.name}"
            if uses and definition.kind is not TypeKind.OBJECT:
                why = "only fields of object types can be @shareable"
                yield report(Code.INVALID_SHAREABLE_USAGE, at, [(subgraph, uses[0].at)], why=why)
            elif len(uses) > 1:
                why = "@shareable stands twice on the field"
                yield report(Code.INVALID_SHAREABLE_USAGE, at, [(subgraph, uses[1].at)], why=why)
