"""Subgraphs -> one supergraph: one file for each kind of definition."""

from supergraph.composer.merge.access_rules import AccessDirectives, Rules, access_directives, join_rules
from supergraph.composer.merge.authorization import implies
from supergraph.composer.merge.directive_definitions import EXECUTABLE_LOCATIONS
from supergraph.composer.merge.merger import merge_subgraphs
from supergraph.composer.merge.merging import name_subgraphs
from supergraph.composer.merge.type_references import is_subtype

__all__ = [
    "EXECUTABLE_LOCATIONS",
    "AccessDirectives",
    "Rules",
    "access_directives",
    "implies",
    "is_subtype",
    "join_rules",
    "merge_subgraphs",
    "name_subgraphs",
]
