"""@cost: on what is resolved, and an interface resolves nothing."""

from collections.abc import Iterator

from supergraph.composer.diagnostics import Diagnostic, report
from supergraph.composer.facts import federation_uses
from supergraph.composer.subgraph import Subgraph, TypeKind
from supergraph.spec import Code


def costs_stand_on_no_interface_field(subgraph: Subgraph) -> Iterator[Diagnostic]:
    for definition in subgraph.types.values():
        if definition.kind is not TypeKind.INTERFACE:
            continue
        for field in definition.fields.values():
            for use in federation_uses(field, "cost"):
                why = "@cost stands on a field of an interface"
                at = f"{definition.name}.{field.name}"
                yield report(Code.COST_APPLIED_TO_INTERFACE_FIELD, at, [(subgraph, use.at)], why=why)
