"""A key of an interface is a key of each type here that implements it, and as resolvable."""

from collections.abc import Iterator

from supergraph.composer.diagnostics import Diagnostic, report
from supergraph.composer.facts import federation_uses, implementers_of
from supergraph.composer.subgraph import Subgraph, SubgraphKey, SubgraphType, TypeKind
from supergraph.composer.subgraph_rules.field_sets import FieldSetRules
from supergraph.composer.subgraph_rules.key_fields import KEY_CODES
from supergraph.spec import Code, normalized_field_set, read_field_set


def interface_keys_are_on_implementations(subgraph: Subgraph) -> Iterator[Diagnostic]:
    implementers = implementers_of(subgraph.types)
    rules = FieldSetRules(subgraph, KEY_CODES)
    for interface in subgraph.types.values():
        if interface.kind is not TypeKind.INTERFACE:
            continue
        for key in interface.keys:
            if not key.fields:
                continue  # It could not be read, and its own rule says so.
            missing, unresolvable = [], []
            for definition in implementers.get(interface.name, ()):
                same = [each for each in definition.keys if _selects_the_same(each, key)]
                if not same and _has_sound_keys(rules, definition):
                    missing.append(definition)
                elif same and key.resolvable and not any(each.resolvable for each in same):
                    unresolvable.append(definition)
            for found, what in ((missing, "is missing on"), (unresolvable, "has resolvable: false on")):
                if found:
                    names = ", ".join(each.name for each in found)
                    where = [(subgraph, key.at), *((subgraph, each.at) for each in found)]
                    why = f'its key "{key.fields}" must be a key of each type that implements it, but {what} {names}'
                    yield report(Code.INTERFACE_KEY_NOT_ON_IMPLEMENTATION, interface.name, where, why=why)


def _has_sound_keys(rules: FieldSetRules, definition: SubgraphType) -> bool:
    """If not, that is said already, and the key meant may be the one that is missing."""
    return not any(
        problem
        for use in federation_uses(definition, "key")
        for problem in rules.problems(use, definition.name)
        if problem.code is not Code.KEY_DIRECTIVE_IN_FIELDS_ARG
    )


def _selects_the_same(one: SubgraphKey, other: SubgraphKey) -> bool:
    if one.fields == other.fields or not one.fields:
        return one.fields == other.fields
    return normalized_field_set(read_field_set(one.fields)) == normalized_field_set(
        read_field_set(other.fields)
    )
