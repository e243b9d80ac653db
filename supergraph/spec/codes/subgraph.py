"""What federation asks of one subgraph."""

from functools import partial
from typing import Final

from supergraph.spec.codes.code import Code
from supergraph.spec.codes.entry import CodeEntry, Example, Phase, Section

_entry = partial(CodeEntry, Phase.SUBGRAPH)

SUBGRAPH_CODES: Final = {
    Code.ROOT_QUERY_USED: _entry(
        "The schema names another type as its query root, but a type named `Query` exists too.",
        section=Section.ROOTS,
        mend="Rename the type Query, or use it as the root.",
    ),
    Code.ROOT_MUTATION_USED: _entry(
        "The schema names another type as its mutation root, but a type named `Mutation` exists too.",
        section=Section.ROOTS,
        mend="Rename the type Mutation, or use it as the root.",
    ),
    Code.ROOT_SUBSCRIPTION_USED: _entry(
        "The schema names another type as its subscription root, but a type named `Subscription` exists too.",
        section=Section.ROOTS,
        mend="Rename the type Subscription, or use it as the root.",
    ),
    Code.KEY_INVALID_FIELDS: _entry(
        "The `fields` of a `@key` do not parse, or select something that the type does not have.",
        section=Section.KEY,
        cause="The key is written as Python spells the field, `user_id`, while the schema calls it `userId`: a library converts the names of fields, but not the text inside of a key. Or the type lacks the field.",
        mend="Name fields of the type as its GraphQL schema spells them.",
        example=Example(
            """
            type User @key(fields: "user_id") { userId: ID! }
            """,
            """
            type User @key(fields: "userId") { userId: ID! }
            """,
        ),
    ),
    Code.KEY_INVALID_FIELDS_TYPE: _entry(
        "The `fields` of a `@key` are not a string.",
        section=Section.KEY,
        mend='Write fields as a string: @key(fields: "id").',
    ),
    Code.KEY_FIELDS_HAS_ARGS: _entry(
        "A `@key` selects a field that takes arguments.",
        section=Section.KEY,
        mend="Use a field without arguments in the key.",
    ),
    Code.KEY_FIELDS_SELECT_INVALID_TYPE: _entry(
        "A `@key` selects a field whose type is a list, an interface or a union.",
        section=Section.KEY,
        mend="Use fields of scalar, enum or object types in the key.",
    ),
    Code.KEY_DIRECTIVE_IN_FIELDS_ARG: _entry(
        "The `fields` of a `@key` contain a directive.",
        section=Section.KEY,
        mend="Remove the directive from the key's fields.",
    ),
    Code.KEY_UNSUPPORTED_ON_INTERFACE: _entry(
        "`@key` stands on an interface in a version of federation that has no such thing.",
        section=Section.KEY,
        mend="Link federation v2.3 or later.",
    ),
    Code.PROVIDES_INVALID_FIELDS: _entry(
        "The `fields` of a `@provides` do not parse, or select something that the field's type does not have.",
        section=Section.PROVIDES,
        mend="Name fields of the type that the field returns.",
    ),
    Code.PROVIDES_INVALID_FIELDS_TYPE: _entry(
        "The `fields` of a `@provides` are not a string.",
        section=Section.PROVIDES,
        mend="Write fields as a string.",
    ),
    Code.PROVIDES_FIELDS_HAS_ARGS: _entry(
        "A `@provides` selects a field that takes arguments.",
        section=Section.PROVIDES,
        mend="Provide a field without arguments.",
    ),
    Code.PROVIDES_FIELDS_MISSING_EXTERNAL: _entry(
        "A `@provides` selects a field that is not `@external`.",
        section=Section.PROVIDES,
        cause="The field is part of the type here anyway, so there is nothing to provide; or @external was forgotten.",
        mend="Mark the field @external, or drop it from @provides: this subgraph resolves it anyway.",
        example=Example(
            """
            type Query { me: User @provides(fields: "name") }
            type User @key(fields: "id") { id: ID! name: String }
            """,
            """
            type Query { me: User @provides(fields: "name") }
            type User @key(fields: "id") { id: ID! name: String @external }
            """,
        ),
    ),
    Code.PROVIDES_DIRECTIVE_IN_FIELDS_ARG: _entry(
        "The `fields` of a `@provides` contain a directive.",
        section=Section.PROVIDES,
        mend="Remove the directive from the fields.",
    ),
    Code.PROVIDES_ON_NON_OBJECT_FIELD: _entry(
        "`@provides` stands on a field whose type has no fields.",
        section=Section.PROVIDES,
        mend="Remove @provides; it is for fields that return an object, interface or union.",
    ),
    Code.PROVIDES_UNSUPPORTED_ON_INTERFACE: _entry(
        "`@provides` stands on a field of an interface.",
        section=Section.PROVIDES,
        mend="Move @provides to the fields of the implementing types.",
    ),
    Code.REQUIRES_INVALID_FIELDS: _entry(
        "The `fields` of a `@requires` do not parse, or select something that the type does not have.",
        section=Section.REQUIRES,
        mend="Name fields of the same type, as its GraphQL schema spells them.",
    ),
    Code.REQUIRES_INVALID_FIELDS_TYPE: _entry(
        "The `fields` of a `@requires` are not a string.",
        section=Section.REQUIRES,
        mend="Write fields as a string.",
    ),
    Code.REQUIRES_FIELDS_HAS_ARGS: _entry(
        "A `@requires` selects a field with arguments that it does not give.",
        section=Section.REQUIRES,
        mend="Give the arguments, or require another field.",
    ),
    Code.REQUIRES_FIELDS_MISSING_EXTERNAL: _entry(
        "A `@requires` selects a field that is not `@external`.",
        section=Section.REQUIRES,
        cause="The field was declared so that @requires can name it, and @external was forgotten.",
        mend="Mark the field @external, or drop it from @requires: this subgraph resolves it anyway.",
        example=Example(
            """
            type Parcel @key(fields: "id") {
              id: ID!
              weight: Int
              price: Int @requires(fields: "weight")
            }
            """,
            """
            type Parcel @key(fields: "id") {
              id: ID!
              weight: Int @external
              price: Int @requires(fields: "weight")
            }
            """,
        ),
    ),
    Code.REQUIRES_DIRECTIVE_IN_FIELDS_ARG: _entry(
        "The `fields` of a `@requires` contain a directive.",
        section=Section.REQUIRES,
        mend="Remove the directive from the fields.",
    ),
    Code.REQUIRES_UNSUPPORTED_ON_INTERFACE: _entry(
        "`@requires` stands on a field of an interface.",
        section=Section.REQUIRES,
        mend="Move @requires to the fields of the implementing types.",
    ),
    Code.EXTERNAL_UNUSED: _entry(
        "An `@external` field is named by no `@key`, `@requires` or `@provides`, and no interface wants it.",
        section=Section.EXTERNAL,
        cause="The @requires or @provides that named the field was removed, and the field stayed. In federation 2 a key field needs no @external.",
        mend="Remove the field; or remove @external, if this subgraph resolves the field itself.",
        example=Example(
            """
            type User @key(fields: "id") { id: ID! name: String @external }
            """,
            """
            type User @key(fields: "id") { id: ID! }
            """,
        ),
    ),
    Code.EXTERNAL_ON_INTERFACE: _entry(
        "`@external` stands on a field of an interface.",
        section=Section.EXTERNAL,
        mend="Remove @external from the interface's field.",
    ),
    Code.EXTERNAL_COLLISION_WITH_ANOTHER_DIRECTIVE: _entry(
        "`@external` stands beside a directive that asks the subgraph to resolve the field.",
        section=Section.EXTERNAL,
        mend="Remove one of the two.",
    ),
    Code.TYPE_WITH_ONLY_UNUSED_EXTERNAL: _entry(
        "A federation 1 type has nothing but `@external` fields that no field set names.",
        section=Section.EXTERNAL,
        mend="Remove the type from this subgraph.",
    ),
    Code.INVALID_SHAREABLE_USAGE: _entry(
        "`@shareable` stands where nothing can be shared: an interface's field, or a field of the subscription root.",
        section=Section.SHAREABLE,
        mend="Remove @shareable.",
    ),
    Code.INTERFACE_OBJECT_USAGE_ERROR: _entry(
        "`@interfaceObject` stands on a type without a resolvable key, or the type is an interface nowhere.",
        section=Section.INTERFACE_OBJECT,
        mend="Give the type a @key, as the interface has.",
    ),
    Code.INTERFACE_KEY_NOT_ON_IMPLEMENTATION: _entry(
        "A key of an interface is not a key of a type that implements it.",
        section=Section.KEY,
        mend="Add the key to every implementing type.",
    ),
    Code.COST_APPLIED_TO_INTERFACE_FIELD: _entry(
        "`@cost` stands on a field of an interface.",
        section=Section.COST,
        mend="Move @cost to the fields of the implementing types.",
    ),
    Code.LIST_SIZE_APPLIED_TO_NON_LIST: _entry(
        "`@listSize` stands on a field that is not a list.",
        section=Section.LIST_SIZE,
        mend="Remove @listSize, or name the lists by sizedFields.",
    ),
    Code.LIST_SIZE_INVALID_ASSUMED_SIZE: _entry(
        "The `assumedSize` of a `@listSize` is negative.",
        section=Section.LIST_SIZE,
        mend="Give a size of 0 or more.",
    ),
    Code.LIST_SIZE_INVALID_SLICING_ARGUMENT: _entry(
        "A slicing argument of a `@listSize` does not exist or is not an integer.",
        section=Section.LIST_SIZE,
        mend="Name arguments of the field that are of type Int; of a nested one, the path with dots.",
    ),
    Code.LIST_SIZE_INVALID_SIZED_FIELD: _entry(
        "A sized field of a `@listSize` does not exist or is not a list.",
        section=Section.LIST_SIZE,
        mend="Name list fields of the type that the field returns.",
    ),
    Code.LIST_SIZE_INVALID_REQUIRE_ONE_SLICING_ARGUMENT: _entry(
        "`requireOneSlicingArgument` is asked for, but there are no slicing arguments.",
        section=Section.LIST_SIZE,
        mend="Name the slicing arguments.",
    ),
    Code.CONTEXT_NAME_INVALID: _entry(
        "The name of a context is not made of letters and digits alone.",
        section=Section.CONTEXT,
        mend="Use letters and digits.",
    ),
    Code.CONTEXT_NOT_SET: _entry(
        "`@fromContext` reads a context that no type of the subgraph sets.",
        section=Section.CONTEXT,
        mend="Put @context with that name on a type above.",
    ),
    Code.CONTEXT_INVALID_SELECTION: _entry(
        "The selection of a `@fromContext` does not fit the types that set the context, or the argument's type.",
        section=Section.CONTEXT,
        mend="Select one field that every type of the context has, of the argument's type.",
    ),
    Code.CONTEXT_NO_RESOLVABLE_KEY: _entry(
        "A type uses `@fromContext`, but has no resolvable key.",
        section=Section.CONTEXT,
        mend="Give the type a resolvable @key.",
    ),
    Code.NO_CONTEXT_IN_SELECTION: _entry(
        "The `field` of a `@fromContext` names no context.",
        section=Section.CONTEXT,
        mend='Write field: "$context { field }".',
    ),
    Code.NO_SELECTION_FOR_CONTEXT: _entry(
        "The `field` of a `@fromContext` names a context, but selects nothing from it.",
        section=Section.CONTEXT,
        mend='Write field: "$context { field }".',
    ),
    Code.AUTH_REQUIREMENTS_APPLIED_ON_INTERFACE: _entry(
        "An authorization directive stands on an interface, its field, or an interface object.",
        section=Section.AUTHORIZATION,
        cause="It was meant for all that is behind the interface; but an interface resolves nothing that it could guard.",
        mend="Put it on the implementing types and their fields; the interface inherits it.",
        example=Example(
            """
            interface Account @authenticated { id: ID! }
            type Person implements Account { id: ID! }
            """,
            """
            interface Account { id: ID! }
            type Person implements Account @authenticated { id: ID! }
            """,
        ),
    ),
    Code.UNKNOWN_PERMISSION: _entry(
        "An authorization directive names a permission that no subgraph declares.",
        section=Section.AUTHORIZATION,
        cause="A typing mistake: the field would be closed to everybody. Or the permission was removed from the subgraph that declared it.",
        mend="Correct the spelling, or declare the permission in the subgraph that owns it.",
        example=Example(
            """
            type Query { names: [String] @requiresScopes(scopes: [["users:raed"]]) }
            """,
            """
            type Query { names: [String] @requiresScopes(scopes: [["users:read"]]) }
            """,
        ),
    ),
    Code.EMPTY_AUTH_REQUIREMENT: _entry(
        "`scopes` or `policies` are empty, which would protect nothing.",
        section=Section.AUTHORIZATION,
        mend="Name at least one scope or policy, or remove the directive.",
    ),
    Code.UNBOUND_AUTH_DIRECTIVE: _entry(
        "A directive is named like an authorization directive, but is not bound by `@link`: it would protect nothing.",
        section=Section.AUTHORIZATION,
        cause="The document defines the directive by itself, or prints its definition without the link. Such a directive protects nothing, and nobody would notice.",
        mend='Import it: @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@requiresScopes"]).',
        example=Example(
            """
            extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"])
            directive @authenticated on FIELD_DEFINITION
            type Query { me: String @authenticated }
            """,
            """
            extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@authenticated"])
            type Query { me: String @authenticated }
            """,
        ),
    ),
}
