"""Rules about the whole, after merging. Each stage is asked only of what the stages before it found sound."""

from collections.abc import Sequence
from typing import Final

from supergraph.composer.diagnostics import Diagnostic, any_error
from supergraph.composer.merged_rules.graphql_validity import (
    every_type_exists,
    implementations_conform_to_their_interfaces,
    input_types_can_be_written,
)
from supergraph.composer.merged_rules.inaccessible import (
    defaults_use_visible_values,
    the_query_root_is_visible,
    visible_elements_refer_to_visible_types,
    visible_interfaces_are_visibly_implemented,
    visible_types_have_visible_members,
    what_is_required_is_visible,
)
from supergraph.composer.merged_rules.interface_fields import (
    implementations_have_the_fields_of_their_interfaces,
)
from supergraph.composer.merged_rules.merged import Merged, MergedRule
from supergraph.composer.merged_rules.runtime_types import shared_fields_meet_the_same_types
from supergraph.composer.merged_rules.transitive_access import (
    computed_fields_require_what_they_are_computed_from,
)
from supergraph.composer.subgraph import Subgraph
from supergraph.spec import Supergraph

MERGED_RULES: Final[tuple[tuple[MergedRule, ...], ...]] = (
    (every_type_exists,),
    (
        implementations_have_the_fields_of_their_interfaces,
        computed_fields_require_what_they_are_computed_from,
    ),
    (
        implementations_conform_to_their_interfaces,
        input_types_can_be_written,
    ),
    (
        the_query_root_is_visible,
        visible_types_have_visible_members,
        visible_elements_refer_to_visible_types,
        visible_interfaces_are_visibly_implemented,
        what_is_required_is_visible,
        defaults_use_visible_values,
    ),
)


def check_shared_types(supergraph: Supergraph, subgraphs: Sequence[Subgraph]) -> list[Diagnostic]:
    """What a supergraph that is sound otherwise may still be unable to answer; asked beside satisfiability."""
    return list(shared_fields_meet_the_same_types(Merged(supergraph, subgraphs)))


def check_merged(supergraph: Supergraph, subgraphs: Sequence[Subgraph]) -> list[Diagnostic]:
    """All problems and hints of the first stage that finds an error, and of those before it."""
    merged = Merged(supergraph, subgraphs)
    found: list[Diagnostic] = []
    for stage in MERGED_RULES:
        for rule in stage:
            found += rule(merged)
        if any_error(found):
            break
    return found


__all__ = ["MERGED_RULES", "Merged", "MergedRule", "check_merged", "check_shared_types"]
