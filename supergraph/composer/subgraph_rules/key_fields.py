"""@key: its fields are fields of the type, without arguments, lists of nothing abstract."""

from collections.abc import Iterator
from typing import Final

from supergraph.composer.diagnostics import Diagnostic, report
from supergraph.composer.facts import federation_uses
from supergraph.composer.subgraph import Subgraph, SubgraphType, TypeKind
from supergraph.composer.subgraph_rules.field_sets import FieldSetCodes, FieldSetRules
from supergraph.spec import Code

KEY_CODES: Final = FieldSetCodes(
    invalid=Code.KEY_INVALID_FIELDS,
    not_a_string=Code.KEY_INVALID_FIELDS_TYPE,
    directive=Code.KEY_DIRECTIVE_IN_FIELDS_ARG,
    arguments=Code.KEY_FIELDS_HAS_ARGS,
    abstract=Code.KEY_FIELDS_SELECT_INVALID_TYPE,
)


def interface_keys_select_fields_of_their_type(subgraph: Subgraph) -> Iterator[Diagnostic]:
    """What an interface's key selects decides for all its objects what is a key field, shared and used."""
    rules = FieldSetRules(subgraph, KEY_CODES)
    for definition in subgraph.types.values():
        if definition.kind is TypeKind.INTERFACE:
            for problem in _problems(rules, definition):
                if problem.code is not Code.KEY_DIRECTIVE_IN_FIELDS_ARG:
                    yield problem


def keys_select_fields_of_their_type(subgraph: Subgraph) -> Iterator[Diagnostic]:
    rules = FieldSetRules(subgraph, KEY_CODES)
    for definition in subgraph.types.values():
        yield from _problems(rules, definition)
        if definition.kind is TypeKind.INTERFACE and subgraph.federation < (2, 3):
            for use in federation_uses(definition, "key"):
                where = [(subgraph, use.at)]
                why = f"interfaces have keys from federation v2.3 on, and this document links v2.{subgraph.federation[1]}"
                yield report(Code.KEY_UNSUPPORTED_ON_INTERFACE, definition.name, where, why=why)


def _problems(rules: FieldSetRules, definition: SubgraphType) -> Iterator[Diagnostic]:
    for use in federation_uses(definition, "key"):
        for code, why, mend in rules.problems(use, definition.name):
            yield report(code, definition.name, [(rules.subgraph, use.at)], why=why, mend=mend)
