"""@provides: external fields of the type that the field returns."""

from collections.abc import Iterator
from typing import Final

from supergraph.composer.diagnostics import Diagnostic, report
from supergraph.composer.facts import federation_uses
from supergraph.composer.subgraph import Subgraph, TypeKind
from supergraph.composer.subgraph_rules.field_sets import FieldSetCodes, FieldSetRules
from supergraph.spec import Code

PROVIDES_CODES: Final = FieldSetCodes(
    invalid=Code.PROVIDES_INVALID_FIELDS,
    not_a_string=Code.PROVIDES_INVALID_FIELDS_TYPE,
    directive=Code.PROVIDES_DIRECTIVE_IN_FIELDS_ARG,
    arguments=Code.PROVIDES_FIELDS_HAS_ARGS,
    not_external=Code.PROVIDES_FIELDS_MISSING_EXTERNAL,
)


def fields_that_provide_are_resolved(subgraph: Subgraph) -> Iterator[Diagnostic]:
    """Only whoever resolves a field can provide more along with it."""
    for definition in subgraph.types.values():
        for field in definition.fields.values():
            if field.directives and any(federation_uses(field, "external")):
                for use in federation_uses(field, "provides"):
                    at = f"{definition.name}.{field.name}"
                    why = "@provides and @external stand on the same field"
                    where = [(subgraph, use.at)]
                    yield report(Code.EXTERNAL_COLLISION_WITH_ANOTHER_DIRECTIVE, at, where, why=why)


def provided_fields_are_external(subgraph: Subgraph) -> Iterator[Diagnostic]:
    rules = FieldSetRules(subgraph, PROVIDES_CODES)
    for definition in subgraph.types.values():
        for field in definition.fields.values():
            for use in federation_uses(field, "provides") if field.directives else ():
                at, where = f"{definition.name}.{field.name}", [(subgraph, use.at)]
                target = subgraph.types.get(field.type.named)
                if target is None or not target.is_composite:
                    why = f"@provides stands on a field of type {field.type}, which has no fields"
                    yield report(Code.PROVIDES_ON_NON_OBJECT_FIELD, at, where, why=why)
                    continue
                if definition.kind is TypeKind.INTERFACE:
                    why = "@provides stands on a field of an interface"
                    yield report(Code.PROVIDES_UNSUPPORTED_ON_INTERFACE, at, where, why=why)
                for code, why, mend in rules.problems(use, target.name):
                    yield report(code, at, where, why=why, mend=mend)
