"""Where subgraphs contradict each other."""

from functools import partial
from typing import Final

from supergraph.spec.codes.code import Code
from supergraph.spec.codes.entry import CodeEntry, Example, Phase, Section

_entry = partial(CodeEntry, Phase.MERGE)

MERGE_CODES: Final = {
    Code.OVERRIDE_ON_INTERFACE: _entry(
        "`@override` stands on a field of an interface.",
        section=Section.OVERRIDE,
        mend="Move @override to the fields of the implementing types.",
    ),
    Code.OVERRIDE_FROM_SELF_ERROR: _entry(
        "`@override` names its own subgraph as the one to take the field from.",
        section=Section.OVERRIDE,
        mend="Name the subgraph that has the field today.",
    ),
    Code.OVERRIDE_LABEL_INVALID: _entry(
        "The label of an `@override` is neither a name nor `percent(0-100)`.",
        section=Section.OVERRIDE,
        mend='Write label: "percent(25)", or a name that starts with a letter.',
    ),
    Code.OVERRIDE_COLLISION_WITH_ANOTHER_DIRECTIVE: _entry(
        "`@override` meets `@external`, `@provides` or `@requires` on the same field.",
        section=Section.OVERRIDE,
        mend="Remove @override, or the other directive.",
    ),
    Code.OVERRIDE_SOURCE_HAS_OVERRIDE: _entry(
        "The subgraph that a field is taken from takes the field from another itself.",
        section=Section.OVERRIDE,
        mend="Leave one @override on the field: in the subgraph that is to resolve it.",
    ),
    Code.INTERFACE_KEY_MISSING_IMPLEMENTATION_TYPE: _entry(
        "A subgraph resolves an interface by key, but does not know all types that implement it.",
        section=Section.KEY,
        mend="Add the missing types to the subgraph, each with the key.",
    ),
    Code.EXTENSION_WITH_NO_BASE: _entry(
        "A type is extended, but no subgraph defines it.",
        section=Section.EXTENSIONS,
        cause="The subgraph that defined the type renamed it, or is not part of this graph.",
        mend="Define the type in one subgraph, or write `type` instead of `extend type`.",
        example=Example(
            """
            extend type User { name: String }
            """,
            """
            type User { name: String }
            """,
        ),
    ),
    Code.TYPE_KIND_MISMATCH: _entry(
        "A name is one kind of type in one subgraph, and another kind in another.",
        section=Section.MERGING,
        cause="Two modules use one name for two things.",
        mend="Define it as one kind in every subgraph; if two things share the name, rename one of them.",
        example=Example(
            """
            # subgraph sales
            type State { code: String }
            # subgraph orders
            enum State { OPEN PAID }
            """,
            """
            # subgraph orders
            enum OrderState { OPEN PAID }
            """,
        ),
    ),
    Code.FIELD_TYPE_MISMATCH: _entry(
        "A field has types in different subgraphs that have no type in common.",
        section=Section.MERGING,
        cause="One subgraph changed the type, or each has a type of its own for the same idea (`ID` here, `String` there).",
        mend="Give the field one type in every subgraph; only nullability may differ, or a type that the other includes.",
        example=Example(
            """
            # subgraph accounts
            type User @key(fields: "id") { id: ID! }
            # subgraph billing
            type User @key(fields: "id") { id: String! }
            """,
            """
            # subgraph billing
            type User @key(fields: "id") { id: ID! }
            """,
        ),
    ),
    Code.FIELD_ARGUMENT_TYPE_MISMATCH: _entry(
        "An argument has types in different subgraphs that have no type in common.",
        section=Section.MERGING,
        mend="Give the argument one type in every subgraph; only its nullability may differ.",
    ),
    Code.FIELD_ARGUMENT_DEFAULT_MISMATCH: _entry(
        "An argument has different default values in different subgraphs.",
        section=Section.MERGING,
        mend="Write the same default value in every subgraph.",
    ),
    Code.INPUT_FIELD_DEFAULT_MISMATCH: _entry(
        "An input field has different default values in different subgraphs.",
        section=Section.MERGING,
        mend="Write the same default value in every subgraph.",
    ),
    Code.EXTERNAL_TYPE_MISMATCH: _entry(
        "An `@external` field has another type than where it is resolved.",
        section=Section.EXTERNAL,
        mend="Write the type as its owner has it.",
    ),
    Code.EXTERNAL_ARGUMENT_MISSING: _entry(
        "An `@external` field lacks an argument that it has where it is resolved.",
        section=Section.EXTERNAL,
        mend="Write the arguments as the owner has them.",
    ),
    Code.EXTERNAL_ARGUMENT_TYPE_MISMATCH: _entry(
        "An argument of an `@external` field has another type than where it is resolved.",
        section=Section.EXTERNAL,
        mend="Write the arguments as the owner has them.",
    ),
    Code.EXTERNAL_ARGUMENT_DEFAULT_MISMATCH: _entry(
        "An argument of an `@external` field has another default than where it is resolved.",
        section=Section.EXTERNAL,
        mend="Write the arguments as the owner has them.",
    ),
    Code.EXTERNAL_MISSING_ON_BASE: _entry(
        "A field is `@external` in every subgraph that has it.",
        section=Section.EXTERNAL,
        cause="The subgraph that owned the field dropped or renamed it, or each one takes the other for the owner.",
        mend="Remove @external in the subgraph that is to resolve the field, or remove the field.",
        example=Example(
            """
            # subgraph accounts
            type User @key(fields: "id") { id: ID! nick: String }
            # subgraph posts
            type User @key(fields: "id") {
              id: ID!
              name: String @external
              greeting: String @requires(fields: "name")
            }
            """,
            """
            # subgraph accounts
            type User @key(fields: "id") { id: ID! nick: String name: String }
            """,
        ),
    ),
    Code.INVALID_FIELD_SHARING: _entry(
        "Several subgraphs resolve a field that is not shareable in all of them.",
        section=Section.SHAREABLE,
        cause="Two modules define the same field without knowing of each other. Or one refers to an entity of the other and forgot its @key: in a key, fields are shared without more ado.",
        mend="Mark the field @shareable in every subgraph that resolves it, or let one subgraph resolve it.",
        example=Example(
            """
            # subgraph accounts
            type User @key(fields: "id") { id: ID! name: String }
            # subgraph profiles
            type User @key(fields: "id") { id: ID! name: String }
            """,
            """
            # subgraph accounts
            type User @key(fields: "id") { id: ID! name: String @shareable }
            # subgraph profiles
            type User @key(fields: "id") { id: ID! name: String @shareable }
            """,
        ),
    ),
    Code.ENUM_VALUE_MISMATCH: _entry(
        "An enum that is both read and written has different values in different subgraphs.",
        section=Section.MERGING,
        cause="A value was added in one subgraph. As clients both read and write the enum, each subgraph would meet values it does not know.",
        mend="Define the value in every subgraph; until all are deployed, mark it @inaccessible.",
        example=Example(
            """
            # subgraph orders
            type Query { next(state: State): State }
            enum State { OPEN PAID LOST }
            # subgraph reports
            enum State { OPEN PAID }
            """,
            """
            # subgraph reports
            enum State { OPEN PAID LOST }
            """,
        ),
    ),
    Code.EMPTY_MERGED_ENUM_TYPE: _entry(
        "An enum that is only written has no value that all subgraphs know.",
        section=Section.MERGING,
        mend="Give it at least one value in common.",
    ),
    Code.EMPTY_MERGED_INPUT_TYPE: _entry(
        "An input type has no field that all subgraphs know.",
        section=Section.MERGING,
        mend="Give it at least one field in common.",
    ),
    Code.REQUIRED_ARGUMENT_MISSING_IN_SOME_SUBGRAPH: _entry(
        "An argument is required in one subgraph, and another subgraph does not have it.",
        section=Section.MERGING,
        cause="One subgraph added an argument to a shared field. The others would be asked without it.",
        mend="Add the argument in every subgraph, or make it nullable or give it a default value.",
        example=Example(
            """
            # subgraph first
            type Query { price(currency: String!): Int @shareable }
            # subgraph second
            type Query { price: Int @shareable }
            """,
            """
            # subgraph second
            type Query { price(currency: String!): Int @shareable }
            """,
        ),
    ),
    Code.REQUIRED_INPUT_FIELD_MISSING_IN_SOME_SUBGRAPH: _entry(
        "An input field is required in one subgraph, and another subgraph does not have it.",
        section=Section.MERGING,
        mend="Add the field in every subgraph, or make it nullable or give it a default value.",
    ),
    Code.LINK_IMPORT_NAME_MISMATCH: _entry(
        "Subgraphs import the same directive under different names.",
        section=Section.LINK,
        mend="Import it under one name everywhere.",
    ),
    Code.DIRECTIVE_COMPOSITION_ERROR: _entry(
        "`@composeDirective` cannot be obeyed.",
        section=Section.COMPOSE_DIRECTIVE,
        mend="Link the specification of the directive, import it by one name everywhere, and define it where it is composed.",
    ),
    Code.CONTEXTUAL_ARGUMENT_NOT_CONTEXTUAL_IN_ALL_SUBGRAPHS: _entry(
        "An argument comes from a context in one subgraph, and from the client in another.",
        section=Section.CONTEXT,
        mend="Use @fromContext in all of them, or make the argument optional elsewhere.",
    ),
    Code.MERGED_DIRECTIVE_APPLICATION_ON_EXTERNAL: _entry(
        "A directive stands on an `@external` field, where it would have no effect.",
        section=Section.EXTERNAL,
        mend="Put it on the field where it is resolved.",
    ),
}
