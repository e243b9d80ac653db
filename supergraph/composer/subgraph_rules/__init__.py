"""What federation asks of one subgraph, in the order of the reference page. Each rule holds alone."""

from collections.abc import Callable, Iterator

from supergraph.composer.diagnostics import Diagnostic
from supergraph.composer.subgraph import Subgraph
from supergraph.composer.subgraph_rules.authorization import (
    authorization_directives_are_bound,
    authorization_stands_on_no_interface,
    requirements_are_not_empty,
)
from supergraph.composer.subgraph_rules.contexts import contexts_are_set_and_selected
from supergraph.composer.subgraph_rules.costs import costs_stand_on_no_interface_field
from supergraph.composer.subgraph_rules.external import external_fields_are_used
from supergraph.composer.subgraph_rules.interface_keys import interface_keys_are_on_implementations
from supergraph.composer.subgraph_rules.interface_objects import interface_objects_have_a_key
from supergraph.composer.subgraph_rules.key_fields import keys_select_fields_of_their_type
from supergraph.composer.subgraph_rules.list_sizes import list_sizes_fit_their_field
from supergraph.composer.subgraph_rules.override import overrides_name_another_subgraph
from supergraph.composer.subgraph_rules.provides import provided_fields_are_external
from supergraph.composer.subgraph_rules.requires import required_fields_are_external
from supergraph.composer.subgraph_rules.shareable import shareable_stands_on_object_fields

SubgraphRule = Callable[[Subgraph], Iterator[Diagnostic]]

SUBGRAPH_RULES: tuple[SubgraphRule, ...] = (
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
)

# Rules about one subgraph whose problems belong to the stage of merging, where fields meet their other subgraphs.
MERGE_STAGE_RULES: tuple[SubgraphRule, ...] = (overrides_name_another_subgraph,)

__all__ = ["MERGE_STAGE_RULES", "SUBGRAPH_RULES", "SubgraphRule"]
