"""What GraphQL itself asks of one document; each rule yields INVALID_GRAPHQL. Federation's rules assume that all hold."""

from supergraph.composer.graphql_rules.contents import every_type_has_contents
from supergraph.composer.graphql_rules.default_values import default_values_fit_their_types
from supergraph.composer.graphql_rules.directive_uses import directives_are_used_as_defined
from supergraph.composer.graphql_rules.implementations import types_implement_their_interfaces
from supergraph.composer.graphql_rules.input_cycles import inputs_can_be_written_down
from supergraph.composer.graphql_rules.reserved_names import no_name_is_reserved
from supergraph.composer.graphql_rules.type_references import references_are_to_known_types

GRAPHQL_RULES = (
    references_are_to_known_types,
    no_name_is_reserved,
    every_type_has_contents,
    types_implement_their_interfaces,
    inputs_can_be_written_down,
    directives_are_used_as_defined,
    default_values_fit_their_types,
)

__all__ = ["GRAPHQL_RULES"]
