"""@external: on fields of objects only, and only where some field set or interface wants the field."""

from collections.abc import Iterator

from supergraph.composer.diagnostics import Diagnostic, report
from supergraph.composer.facts import federation_uses
from supergraph.composer.subgraph import Subgraph, TypeKind
from supergraph.spec import Code


def external_fields_are_used(subgraph: Subgraph) -> Iterator[Diagnostic]:
    for definition in subgraph.types.values():
        for field in definition.fields.values():
            if not field.marked_external:
                continue
            at, where = f"{definition.name}.{field.name}", [(subgraph, field.at)]
            if definition.kind is TypeKind.INTERFACE and any(federation_uses(field, "external")):
                why = "a field of an interface is resolved by the types that implement it"
                yield report(Code.EXTERNAL_ON_INTERFACE, at, where, why=why)
            if not field.used:
                why = "it is @external, and no @key, @requires or @provides here names it"
                yield report(Code.EXTERNAL_UNUSED, at, where, why=why)
