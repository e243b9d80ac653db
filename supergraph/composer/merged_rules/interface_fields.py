"""A type has every field of the interfaces it implements, in the whole even where it need not in one subgraph."""

from collections.abc import Iterator

from supergraph.composer.diagnostics import Diagnostic
from supergraph.composer.merge import name_subgraphs
from supergraph.composer.merged_rules.merged import Merged
from supergraph.spec import Code, InterfaceType, ObjectType


def implementations_have_the_fields_of_their_interfaces(merged: Merged) -> Iterator[Diagnostic]:
    for definition in merged.supergraph.types.values():
        if not isinstance(definition, ObjectType | InterfaceType):
            continue
        for interface in merged.interfaces_of(definition):
            for name in interface.fields:
                if name not in definition.fields:
                    having = [subgraph for subgraph, _, _ in merged.declarations(interface.name, name)]
                    why = (
                        f"the field of the interface is declared in {name_subgraphs(having)}, but {definition.name}, "
                        f"which implements {interface.name}, has no field {name} in any subgraph"
                    )
                    yield merged.report(
                        Code.INTERFACE_FIELD_NO_IMPLEM, f"{interface.name}.{name}", why, interface.name, name
                    )
