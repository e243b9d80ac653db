"""What federation asks of one subgraph, in the order of the reference page. Each rule holds alone."""

from collections.abc import Callable, Iterable, Iterator

from supergraph.composer.diagnostics import Diagnostic
from supergraph.composer.subgraph import Subgraph
from supergraph.composer.subgraph_rules.authorization import (
    authorization_directives_are_bound,
    authorization_stands_on_no_interface,
    requirements_are_not_empty,
)
from supergraph.composer.subgraph_rules.contexts import contexts_are_set_and_selected
from supergraph.composer.subgraph_rules.costs import costs_stand_on_no_interface_field
from supergraph.composer.subgraph_rules.extensions import extensions_have_a_base
from supergraph.composer.subgraph_rules.external import external_fields_are_used
from supergraph.composer.subgraph_rules.interface_keys import interface_keys_are_on_implementations
from supergraph.composer.subgraph_rules.interface_objects import interface_objects_have_a_key
from supergraph.composer.subgraph_rules.key_fields import (
    interface_keys_select_fields_of_their_type,
    keys_select_fields_of_their_type,
)
from supergraph.composer.subgraph_rules.list_sizes import list_sizes_fit_their_field
from supergraph.composer.subgraph_rules.override import overrides_can_be_obeyed
from supergraph.composer.subgraph_rules.provides import (
    fields_that_provide_are_resolved,
    provided_fields_are_external,
)
from supergraph.composer.subgraph_rules.requires import required_fields_are_external
from supergraph.composer.subgraph_rules.shareable import shareable_stands_on_object_fields

SubgraphRule = Callable[[Subgraph], Iterator[Diagnostic]]

# What the first rules refuse leaves open what a key field is, what is external and what is used, so the others wait.
SUBGRAPH_RULES: tuple[tuple[SubgraphRule, ...], ...] = (
    (
        interface_keys_select_fields_of_their_type,
        fields_that_provide_are_resolved,
    ),
    (
        keys_select_fields_of_their_type,
        provided_fields_are_external,
        required_fields_are_external,
        external_fields_are_used,
        shareable_stands_on_object_fields,
        interface_objects_have_a_key,
        interface_keys_are_on_implementations,
        contexts_are_set_and_selected,
        costs_stand_on_no_interface_field,
        list_sizes_fit_their_field,
        authorization_stands_on_no_interface,
        requirements_are_not_empty,
        authorization_directives_are_bound,
    ),
)


def check_subgraphs(subgraphs: Iterable[Subgraph]) -> list[Diagnostic]:
    """All problems of all subgraphs, by subgraph, then by rule."""
    found: list[Diagnostic] = []
    for subgraph in subgraphs:
        for stage in SUBGRAPH_RULES:
            problems = [problem for rule in stage for problem in rule(subgraph)]
            found += problems
            if problems:
                break
    return found


__all__ = [
    "SUBGRAPH_RULES",
    "SubgraphRule",
    "check_subgraphs",
    "extensions_have_a_base",
    "overrides_can_be_obeyed",
]
