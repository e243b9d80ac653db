"""@key: its fields are fields of the type, without arguments, lists of nothing abstract."""

from collections.abc import Iterator
from typing import Final

from supergraph.composer.diagnostics import Diagnostic, report
from supergraph.composer.facts import federation_uses
from supergraph.composer.subgraph import Subgraph, TypeKind
from supergraph.composer.subgraph_rules.field_sets import FieldSetCodes, FieldSetRules
from supergraph.spec import Code

_CODES: Final = FieldSetCodes(
    invalid=Code.KEY_INVALID_FIELDS,
    not_a_string=Code.KEY_INVALID_FIELDS_TYPE,
    directive=Code.KEY_DIRECTIVE_IN_FIELDS_ARG,
    arguments=Code.KEY_FIELDS_HAS_ARGS,
    abstract=Code.KEY_FIELDS_SELECT_INVALID_TYPE,
)


def keys_select_fields_of_their_type(subgraph: Subgraph) -> Iterator[Diagnostic]:
    rules = FieldSetRules(subgraph, _CODES)
    for definition in subgraph.types.values():
        for use in federation_uses(definition, "key"):
            where = [(subgraph, use.at)]
            if definition.kind is TypeKind.INTERFACE and subgraph.federation < (2, 3):
                why = f"interfaces have keys from federation v2.3 on, and this document links v2.{subgraph.federation[1]}"
                yield report(Code.KEY_UNSUPPORTED_ON_INTERFACE, definition.name, where, why=why)
            for code, why in rules.problems(use, definition.name):
                yield report(code, definition.name, where, why=f"@key: {why}")
