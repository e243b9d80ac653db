"""@requires: external fields of the type itself, needed to resolve the field."""

from collections.abc import Iterator
from typing import Final

from supergraph.composer.diagnostics import Diagnostic, report
from supergraph.composer.facts import federation_uses
from supergraph.composer.subgraph import Subgraph, TypeKind
from supergraph.composer.subgraph_rules.field_sets import FieldSetCodes, FieldSetRules
from supergraph.spec import Code

_CODES: Final = FieldSetCodes(
    invalid=Code.REQUIRES_INVALID_FIELDS,
    not_a_string=Code.REQUIRES_INVALID_FIELDS_TYPE,
    directive=Code.REQUIRES_DIRECTIVE_IN_FIELDS_ARG,
    not_external=Code.REQUIRES_FIELDS_MISSING_EXTERNAL,
)


def required_fields_are_external(subgraph: Subgraph) -> Iterator[Diagnostic]:
    rules = FieldSetRules(subgraph, _CODES)
    for definition in subgraph.types.values():
        for field in definition.fields.values():
            for use in federation_uses(field, "requires") if field.directives else ():
                at, where = f"{definition.name}.{field.name}", [(subgraph, use.at)]
                if definition.kind is TypeKind.INTERFACE:
                    why = "@requires stands on a field of an interface"
                    yield report(Code.REQUIRES_UNSUPPORTED_ON_INTERFACE, at, where, why=why)
                for code, why, mend in rules.problems(use, definition.name):
                    yield report(code, at, where, why=why, mend=mend)
