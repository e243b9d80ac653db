"""@interfaceObject: only entities can stand for an interface."""

from collections.abc import Iterator

from supergraph.composer.diagnostics import Diagnostic, report
from supergraph.composer.facts import federation_uses
from supergraph.composer.subgraph import Subgraph
from supergraph.spec import Code


def interface_objects_have_a_key(subgraph: Subgraph) -> Iterator[Diagnostic]:
    for definition in subgraph.types.values():
        for use in federation_uses(definition, "interfaceObject"):
            if not definition.keys:
                why = "it is an @interfaceObject without a @key, so nobody could find it"
                yield report(
                    Code.INTERFACE_OBJECT_USAGE_ERROR, definition.name, [(subgraph, use.at)], why=why
                )
