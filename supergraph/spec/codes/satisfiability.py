"""Queries that the API allows and nobody can answer."""

from functools import partial
from typing import Final

from supergraph.spec.codes.code import Code
from supergraph.spec.codes.entry import CodeEntry, Example, Phase, Section

_entry = partial(CodeEntry, Phase.SATISFIABILITY)

SATISFIABILITY_CODES: Final = {
    Code.SHAREABLE_HAS_MISMATCHED_RUNTIME_TYPES: _entry(
        "A shared field returns an abstract type that has no object type in common between subgraphs.",
        section=Section.SHAREABLE,
        mend="Give the subgraphs at least one object type in common.",
    ),
    Code.SATISFIABILITY_ERROR: _entry(
        "A query that the API allows cannot be answered: no subgraph can go on from where it would be.",
        section=Section.ENTITIES,
        wording="{at}: the {query} cannot be answered{when}: {why}",
        cause="The subgraph that has the field forgot the @key of the type, has it with `resolvable: false`, or has a key that the subgraph before it cannot provide.",
        mend="Give the type a @key where the field is, made of fields that the other subgraphs can provide.",
        example=Example(
            """
            # subgraph users
            type Query { me: User }
            type User @key(fields: "id") { id: ID! }
            # subgraph profiles
            type User { bio: String }
            """,
            """
            # subgraph profiles
            type User @key(fields: "id") { id: ID! bio: String }
            """,
        ),
    ),
    Code.MAX_VALIDATION_SUBGRAPH_PATHS_EXCEEDED: _entry(
        "Labels of `@override` depend on each other in too many ways to prove that every setting can be answered.",
        cause="Many fields of keys or requirements are moved at once, each under a label of its own.",
        mend="Use one label for fields that move together, or finish some of the moves first.",
        section=Section.ENTITIES,
    ),
}
