"""The catalogue of problems: code, phase, severity, wording, how to mend it. CODES.md is printed from it.

Codes have federation's own names and never change meaning. `wording` is filled with the facts that a rule reports;
`{at}` is the schema coordinate, `{why}` the part that differs from case to case.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class Severity(StrEnum):
    ERROR = "error"
    WARNING = "warning"
    INFO = "info"
    DEBUG = "debug"


class Phase(StrEnum):
    """When a code is found."""

    READING = "reading"
    SUBGRAPH = "subgraph"
    MERGE = "merge"
    MERGED = "merged"
    SATISFIABILITY = "satisfiability"
    HINT = "hint"


@dataclass(frozen=True, slots=True)
class CodeEntry:
    """`summary` explains the code on its page; `wording` is one message; `mend` is the usual remedy."""

    phase: Phase
    summary: str
    wording: str = "{at}: {why}"
    mend: str = ""
    severity: Severity = Severity.ERROR


class Code(StrEnum):
    """Errors first, in the order of the journey; then hints."""

    INVALID_GRAPHQL = "INVALID_GRAPHQL"
    INVALID_SUBGRAPH_NAME = "INVALID_SUBGRAPH_NAME"
    INVALID_LINK_DIRECTIVE_USAGE = "INVALID_LINK_DIRECTIVE_USAGE"
    INVALID_LINK_IDENTIFIER = "INVALID_LINK_IDENTIFIER"
    UNKNOWN_FEDERATION_LINK_VERSION = "UNKNOWN_FEDERATION_LINK_VERSION"
    UNKNOWN_LINK_VERSION = "UNKNOWN_LINK_VERSION"
    UNSUPPORTED_LINKED_FEATURE = "UNSUPPORTED_LINKED_FEATURE"
    UNSUPPORTED_FEATURE = "UNSUPPORTED_FEATURE"
    DIRECTIVE_DEFINITION_INVALID = "DIRECTIVE_DEFINITION_INVALID"
    TYPE_DEFINITION_INVALID = "TYPE_DEFINITION_INVALID"
    ROOT_QUERY_USED = "ROOT_QUERY_USED"
    ROOT_MUTATION_USED = "ROOT_MUTATION_USED"
    ROOT_SUBSCRIPTION_USED = "ROOT_SUBSCRIPTION_USED"
    KEY_INVALID_FIELDS = "KEY_INVALID_FIELDS"
    KEY_INVALID_FIELDS_TYPE = "KEY_INVALID_FIELDS_TYPE"
    KEY_FIELDS_HAS_ARGS = "KEY_FIELDS_HAS_ARGS"
    KEY_FIELDS_SELECT_INVALID_TYPE = "KEY_FIELDS_SELECT_INVALID_TYPE"
    KEY_DIRECTIVE_IN_FIELDS_ARG = "KEY_DIRECTIVE_IN_FIELDS_ARG"
    KEY_UNSUPPORTED_ON_INTERFACE = "KEY_UNSUPPORTED_ON_INTERFACE"
    PROVIDES_INVALID_FIELDS = "PROVIDES_INVALID_FIELDS"
    PROVIDES_INVALID_FIELDS_TYPE = "PROVIDES_INVALID_FIELDS_TYPE"
    PROVIDES_FIELDS_HAS_ARGS = "PROVIDES_FIELDS_HAS_ARGS"
    PROVIDES_FIELDS_MISSING_EXTERNAL = "PROVIDES_FIELDS_MISSING_EXTERNAL"
    PROVIDES_DIRECTIVE_IN_FIELDS_ARG = "PROVIDES_DIRECTIVE_IN_FIELDS_ARG"
    PROVIDES_ON_NON_OBJECT_FIELD = "PROVIDES_ON_NON_OBJECT_FIELD"
    PROVIDES_UNSUPPORTED_ON_INTERFACE = "PROVIDES_UNSUPPORTED_ON_INTERFACE"
    REQUIRES_INVALID_FIELDS = "REQUIRES_INVALID_FIELDS"
    REQUIRES_INVALID_FIELDS_TYPE = "REQUIRES_INVALID_FIELDS_TYPE"
    REQUIRES_FIELDS_HAS_ARGS = "REQUIRES_FIELDS_HAS_ARGS"
    REQUIRES_FIELDS_MISSING_EXTERNAL = "REQUIRES_FIELDS_MISSING_EXTERNAL"
    REQUIRES_DIRECTIVE_IN_FIELDS_ARG = "REQUIRES_DIRECTIVE_IN_FIELDS_ARG"
    REQUIRES_UNSUPPORTED_ON_INTERFACE = "REQUIRES_UNSUPPORTED_ON_INTERFACE"
    EXTERNAL_UNUSED = "EXTERNAL_UNUSED"
    EXTERNAL_ON_INTERFACE = "EXTERNAL_ON_INTERFACE"
    EXTERNAL_COLLISION_WITH_ANOTHER_DIRECTIVE = "EXTERNAL_COLLISION_WITH_ANOTHER_DIRECTIVE"
    TYPE_WITH_ONLY_UNUSED_EXTERNAL = "TYPE_WITH_ONLY_UNUSED_EXTERNAL"
    INVALID_SHAREABLE_USAGE = "INVALID_SHAREABLE_USAGE"
    OVERRIDE_ON_INTERFACE = "OVERRIDE_ON_INTERFACE"
    OVERRIDE_FROM_SELF_ERROR = "OVERRIDE_FROM_SELF_ERROR"
    OVERRIDE_LABEL_INVALID = "OVERRIDE_LABEL_INVALID"
    OVERRIDE_COLLISION_WITH_ANOTHER_DIRECTIVE = "OVERRIDE_COLLISION_WITH_ANOTHER_DIRECTIVE"
    OVERRIDE_SOURCE_HAS_OVERRIDE = "OVERRIDE_SOURCE_HAS_OVERRIDE"
    INTERFACE_OBJECT_USAGE_ERROR = "INTERFACE_OBJECT_USAGE_ERROR"
    INTERFACE_KEY_NOT_ON_IMPLEMENTATION = "INTERFACE_KEY_NOT_ON_IMPLEMENTATION"
    INTERFACE_KEY_MISSING_IMPLEMENTATION_TYPE = "INTERFACE_KEY_MISSING_IMPLEMENTATION_TYPE"
    COST_APPLIED_TO_INTERFACE_FIELD = "COST_APPLIED_TO_INTERFACE_FIELD"
    LIST_SIZE_APPLIED_TO_NON_LIST = "LIST_SIZE_APPLIED_TO_NON_LIST"
    LIST_SIZE_INVALID_ASSUMED_SIZE = "LIST_SIZE_INVALID_ASSUMED_SIZE"
    LIST_SIZE_INVALID_SLICING_ARGUMENT = "LIST_SIZE_INVALID_SLICING_ARGUMENT"
    LIST_SIZE_INVALID_SIZED_FIELD = "LIST_SIZE_INVALID_SIZED_FIELD"
    LIST_SIZE_INVALID_REQUIRE_ONE_SLICING_ARGUMENT = "LIST_SIZE_INVALID_REQUIRE_ONE_SLICING_ARGUMENT"
    CONTEXT_NAME_INVALID = "CONTEXT_NAME_INVALID"
    CONTEXT_NOT_SET = "CONTEXT_NOT_SET"
    CONTEXT_INVALID_SELECTION = "CONTEXT_INVALID_SELECTION"
    CONTEXT_NO_RESOLVABLE_KEY = "CONTEXT_NO_RESOLVABLE_KEY"
    NO_CONTEXT_IN_SELECTION = "NO_CONTEXT_IN_SELECTION"
    NO_SELECTION_FOR_CONTEXT = "NO_SELECTION_FOR_CONTEXT"
    DISALLOWED_INACCESSIBLE = "DISALLOWED_INACCESSIBLE"
    NO_QUERIES = "NO_QUERIES"
    EXTENSION_WITH_NO_BASE = "EXTENSION_WITH_NO_BASE"
    TYPE_KIND_MISMATCH = "TYPE_KIND_MISMATCH"
    FIELD_TYPE_MISMATCH = "FIELD_TYPE_MISMATCH"
    FIELD_ARGUMENT_TYPE_MISMATCH = "FIELD_ARGUMENT_TYPE_MISMATCH"
    FIELD_ARGUMENT_DEFAULT_MISMATCH = "FIELD_ARGUMENT_DEFAULT_MISMATCH"
    INPUT_FIELD_DEFAULT_MISMATCH = "INPUT_FIELD_DEFAULT_MISMATCH"
    EXTERNAL_TYPE_MISMATCH = "EXTERNAL_TYPE_MISMATCH"
    EXTERNAL_ARGUMENT_MISSING = "EXTERNAL_ARGUMENT_MISSING"
    EXTERNAL_ARGUMENT_TYPE_MISMATCH = "EXTERNAL_ARGUMENT_TYPE_MISMATCH"
    EXTERNAL_ARGUMENT_DEFAULT_MISMATCH = "EXTERNAL_ARGUMENT_DEFAULT_MISMATCH"
    EXTERNAL_MISSING_ON_BASE = "EXTERNAL_MISSING_ON_BASE"
    INVALID_FIELD_SHARING = "INVALID_FIELD_SHARING"
    ENUM_VALUE_MISMATCH = "ENUM_VALUE_MISMATCH"
    EMPTY_MERGED_ENUM_TYPE = "EMPTY_MERGED_ENUM_TYPE"
    EMPTY_MERGED_INPUT_TYPE = "EMPTY_MERGED_INPUT_TYPE"
    REQUIRED_ARGUMENT_MISSING_IN_SOME_SUBGRAPH = "REQUIRED_ARGUMENT_MISSING_IN_SOME_SUBGRAPH"
    REQUIRED_INPUT_FIELD_MISSING_IN_SOME_SUBGRAPH = "REQUIRED_INPUT_FIELD_MISSING_IN_SOME_SUBGRAPH"
    INTERFACE_FIELD_NO_IMPLEM = "INTERFACE_FIELD_NO_IMPLEM"
    LINK_IMPORT_NAME_MISMATCH = "LINK_IMPORT_NAME_MISMATCH"
    DIRECTIVE_COMPOSITION_ERROR = "DIRECTIVE_COMPOSITION_ERROR"
    CONTEXTUAL_ARGUMENT_NOT_CONTEXTUAL_IN_ALL_SUBGRAPHS = (
        "CONTEXTUAL_ARGUMENT_NOT_CONTEXTUAL_IN_ALL_SUBGRAPHS"
    )
    MERGED_DIRECTIVE_APPLICATION_ON_EXTERNAL = "MERGED_DIRECTIVE_APPLICATION_ON_EXTERNAL"
    AUTH_REQUIREMENTS_APPLIED_ON_INTERFACE = "AUTH_REQUIREMENTS_APPLIED_ON_INTERFACE"
    MISSING_TRANSITIVE_AUTH_REQUIREMENTS = "MISSING_TRANSITIVE_AUTH_REQUIREMENTS"
    DEFAULT_VALUE_USES_INACCESSIBLE = "DEFAULT_VALUE_USES_INACCESSIBLE"
    IMPLEMENTED_BY_INACCESSIBLE = "IMPLEMENTED_BY_INACCESSIBLE"
    ONLY_INACCESSIBLE_CHILDREN = "ONLY_INACCESSIBLE_CHILDREN"
    QUERY_ROOT_TYPE_INACCESSIBLE = "QUERY_ROOT_TYPE_INACCESSIBLE"
    REFERENCED_INACCESSIBLE = "REFERENCED_INACCESSIBLE"
    REQUIRED_INACCESSIBLE = "REQUIRED_INACCESSIBLE"
    SHAREABLE_HAS_MISMATCHED_RUNTIME_TYPES = "SHAREABLE_HAS_MISMATCHED_RUNTIME_TYPES"
    SATISFIABILITY_ERROR = "SATISFIABILITY_ERROR"
    MAX_VALIDATION_SUBGRAPH_PATHS_EXCEEDED = "MAX_VALIDATION_SUBGRAPH_PATHS_EXCEEDED"
    INVALID_FEDERATION_SUPERGRAPH = "INVALID_FEDERATION_SUPERGRAPH"
    UNKNOWN_PERMISSION = "UNKNOWN_PERMISSION"
    EMPTY_AUTH_REQUIREMENT = "EMPTY_AUTH_REQUIREMENT"
    UNBOUND_AUTH_DIRECTIVE = "UNBOUND_AUTH_DIRECTIVE"
    # Hints
    INCONSISTENT_BUT_COMPATIBLE_FIELD_TYPE = "INCONSISTENT_BUT_COMPATIBLE_FIELD_TYPE"
    INCONSISTENT_BUT_COMPATIBLE_ARGUMENT_TYPE = "INCONSISTENT_BUT_COMPATIBLE_ARGUMENT_TYPE"
    INCONSISTENT_DEFAULT_VALUE_PRESENCE = "INCONSISTENT_DEFAULT_VALUE_PRESENCE"
    INCONSISTENT_ENTITY = "INCONSISTENT_ENTITY"
    INCONSISTENT_OBJECT_VALUE_TYPE_FIELD = "INCONSISTENT_OBJECT_VALUE_TYPE_FIELD"
    INCONSISTENT_INTERFACE_VALUE_TYPE_FIELD = "INCONSISTENT_INTERFACE_VALUE_TYPE_FIELD"
    INCONSISTENT_INPUT_OBJECT_FIELD = "INCONSISTENT_INPUT_OBJECT_FIELD"
    INCONSISTENT_UNION_MEMBER = "INCONSISTENT_UNION_MEMBER"
    INCONSISTENT_ENUM_VALUE_FOR_INPUT_ENUM = "INCONSISTENT_ENUM_VALUE_FOR_INPUT_ENUM"
    INCONSISTENT_ENUM_VALUE_FOR_OUTPUT_ENUM = "INCONSISTENT_ENUM_VALUE_FOR_OUTPUT_ENUM"
    INCONSISTENT_TYPE_SYSTEM_DIRECTIVE_REPEATABLE = "INCONSISTENT_TYPE_SYSTEM_DIRECTIVE_REPEATABLE"
    INCONSISTENT_TYPE_SYSTEM_DIRECTIVE_LOCATIONS = "INCONSISTENT_TYPE_SYSTEM_DIRECTIVE_LOCATIONS"
    INCONSISTENT_EXECUTABLE_DIRECTIVE_PRESENCE = "INCONSISTENT_EXECUTABLE_DIRECTIVE_PRESENCE"
    INCONSISTENT_EXECUTABLE_DIRECTIVE_REPEATABLE = "INCONSISTENT_EXECUTABLE_DIRECTIVE_REPEATABLE"
    INCONSISTENT_EXECUTABLE_DIRECTIVE_LOCATIONS = "INCONSISTENT_EXECUTABLE_DIRECTIVE_LOCATIONS"
    NO_EXECUTABLE_DIRECTIVE_LOCATIONS_INTERSECTION = "NO_EXECUTABLE_DIRECTIVE_LOCATIONS_INTERSECTION"
    INCONSISTENT_DESCRIPTION = "INCONSISTENT_DESCRIPTION"
    INCONSISTENT_ARGUMENT_PRESENCE = "INCONSISTENT_ARGUMENT_PRESENCE"
    INCONSISTENT_RUNTIME_TYPES_FOR_SHAREABLE_RETURN = "INCONSISTENT_RUNTIME_TYPES_FOR_SHAREABLE_RETURN"
    INCONSISTENT_NON_REPEATABLE_DIRECTIVE_ARGUMENTS = "INCONSISTENT_NON_REPEATABLE_DIRECTIVE_ARGUMENTS"
    MERGED_NON_REPEATABLE_DIRECTIVE_ARGUMENTS = "MERGED_NON_REPEATABLE_DIRECTIVE_ARGUMENTS"
    FROM_SUBGRAPH_DOES_NOT_EXIST = "FROM_SUBGRAPH_DOES_NOT_EXIST"
    OVERRIDDEN_FIELD_CAN_BE_REMOVED = "OVERRIDDEN_FIELD_CAN_BE_REMOVED"
    OVERRIDE_DIRECTIVE_CAN_BE_REMOVED = "OVERRIDE_DIRECTIVE_CAN_BE_REMOVED"
    OVERRIDE_MIGRATION_IN_PROGRESS = "OVERRIDE_MIGRATION_IN_PROGRESS"
    UNUSED_ENUM_TYPE = "UNUSED_ENUM_TYPE"
    DIRECTIVE_COMPOSITION_WARN = "DIRECTIVE_COMPOSITION_WARN"
    DIRECTIVE_COMPOSITION_INFO = "DIRECTIVE_COMPOSITION_INFO"
    IMPLICITLY_UPGRADED_FEDERATION_VERSION = "IMPLICITLY_UPGRADED_FEDERATION_VERSION"


_ENTRIES: Final[dict[Code, CodeEntry]] = {
    Code.INVALID_GRAPHQL: CodeEntry(
        Phase.READING,
        "The document is not valid GraphQL, be it in its grammar or by the rules for type systems.",
        mend="Mend the document at the place shown.",
    ),
    Code.INVALID_SUBGRAPH_NAME: CodeEntry(
        Phase.READING,
        "A subgraph has a name that cannot be used: it is empty, is taken, or clashes with a reserved word.",
        mend="Give the subgraph another name.",
    ),
    Code.INVALID_LINK_DIRECTIVE_USAGE: CodeEntry(
        Phase.READING,
        "A `@link` cannot be understood: a bad import, an unknown element, or two links that clash.",
        mend="Mend the arguments of @link.",
    ),
    Code.INVALID_LINK_IDENTIFIER: CodeEntry(
        Phase.READING,
        "The address of a `@link` does not name a specification and its version.",
        mend="Write the address as https://host/path/name/v1.2.",
    ),
    Code.UNKNOWN_FEDERATION_LINK_VERSION: CodeEntry(
        Phase.READING,
        "The document links a version of federation that is not known.",
        mend="Link a version from v2.0 to v2.14.",
    ),
    Code.UNKNOWN_LINK_VERSION: CodeEntry(
        Phase.READING,
        "The document links a version of a known specification that does not exist.",
        mend="Link a version that exists.",
    ),
    Code.UNSUPPORTED_LINKED_FEATURE: CodeEntry(
        Phase.READING,
        "A linked specification is needed for security or execution, and it is not known here.",
        mend="Remove the link or its `for:`.",
    ),
    Code.UNSUPPORTED_FEATURE: CodeEntry(
        Phase.READING,
        "The document uses something that this version of federation does not support.",
        mend="Link a later version of federation.",
    ),
    Code.DIRECTIVE_DEFINITION_INVALID: CodeEntry(
        Phase.READING,
        "A directive of a linked specification is defined otherwise than the specification has it.",
        mend="Remove the definition: linking the specification is enough.",
    ),
    Code.TYPE_DEFINITION_INVALID: CodeEntry(
        Phase.READING,
        "A type of a linked specification is defined otherwise than the specification has it.",
        mend="Remove the definition: linking the specification is enough.",
    ),
    Code.ROOT_QUERY_USED: CodeEntry(
        Phase.SUBGRAPH,
        "The schema names another type as its query root, but a type named `Query` exists too.",
        mend="Rename the type Query, or use it as the root.",
    ),
    Code.ROOT_MUTATION_USED: CodeEntry(
        Phase.SUBGRAPH,
        "The schema names another type as its mutation root, but a type named `Mutation` exists too.",
        mend="Rename the type Mutation, or use it as the root.",
    ),
    Code.ROOT_SUBSCRIPTION_USED: CodeEntry(
        Phase.SUBGRAPH,
        "The schema names another type as its subscription root, but a type named `Subscription` exists too.",
        mend="Rename the type Subscription, or use it as the root.",
    ),
    Code.KEY_INVALID_FIELDS: CodeEntry(
        Phase.SUBGRAPH,
        "The `fields` of a `@key` do not parse, or select something that the type does not have.",
        mend="Name fields of the type as its GraphQL schema spells them.",
    ),
    Code.KEY_INVALID_FIELDS_TYPE: CodeEntry(
        Phase.SUBGRAPH,
        "The `fields` of a `@key` are not a string.",
        mend='Write fields as a string: @key(fields: "id").',
    ),
    Code.KEY_FIELDS_HAS_ARGS: CodeEntry(
        Phase.SUBGRAPH,
        "A `@key` selects a field that takes arguments.",
        mend="Use a field without arguments in the key.",
    ),
    Code.KEY_FIELDS_SELECT_INVALID_TYPE: CodeEntry(
        Phase.SUBGRAPH,
        "A `@key` selects a field whose type is a list, an interface or a union.",
        mend="Use fields of scalar, enum or object types in the key.",
    ),
    Code.KEY_DIRECTIVE_IN_FIELDS_ARG: CodeEntry(
        Phase.SUBGRAPH,
        "The `fields` of a `@key` contain a directive.",
        mend="Remove the directive from the key's fields.",
    ),
    Code.KEY_UNSUPPORTED_ON_INTERFACE: CodeEntry(
        Phase.SUBGRAPH,
        "`@key` stands on an interface in a version of federation that has no such thing.",
        mend="Link federation v2.3 or later.",
    ),
    Code.PROVIDES_INVALID_FIELDS: CodeEntry(
        Phase.SUBGRAPH,
        "The `fields` of a `@provides` do not parse, or select something that the field's type does not have.",
        mend="Name fields of the type that the field returns.",
    ),
    Code.PROVIDES_INVALID_FIELDS_TYPE: CodeEntry(
        Phase.SUBGRAPH,
        "The `fields` of a `@provides` are not a string.",
        mend="Write fields as a string.",
    ),
    Code.PROVIDES_FIELDS_HAS_ARGS: CodeEntry(
        Phase.SUBGRAPH,
        "A `@provides` selects a field that takes arguments.",
        mend="Provide a field without arguments.",
    ),
    Code.PROVIDES_FIELDS_MISSING_EXTERNAL: CodeEntry(
        Phase.SUBGRAPH,
        "A `@provides` selects a field that is not `@external`.",
        mend="Mark the field @external, or drop it from @provides: this subgraph resolves it anyway.",
    ),
    Code.PROVIDES_DIRECTIVE_IN_FIELDS_ARG: CodeEntry(
        Phase.SUBGRAPH,
        "The `fields` of a `@provides` contain a directive.",
        mend="Remove the directive from the fields.",
    ),
    Code.PROVIDES_ON_NON_OBJECT_FIELD: CodeEntry(
        Phase.SUBGRAPH,
        "`@provides` stands on a field whose type has no fields.",
        mend="Remove @provides.",
    ),
    Code.PROVIDES_UNSUPPORTED_ON_INTERFACE: CodeEntry(
        Phase.SUBGRAPH,
        "`@provides` stands on a field of an interface.",
        mend="Move @provides to the fields of the implementing types.",
    ),
    Code.REQUIRES_INVALID_FIELDS: CodeEntry(
        Phase.SUBGRAPH,
        "The `fields` of a `@requires` do not parse, or select something that the type does not have.",
        mend="Name fields of the same type, as its GraphQL schema spells them.",
    ),
    Code.REQUIRES_INVALID_FIELDS_TYPE: CodeEntry(
        Phase.SUBGRAPH,
        "The `fields` of a `@requires` are not a string.",
        mend="Write fields as a string.",
    ),
    Code.REQUIRES_FIELDS_HAS_ARGS: CodeEntry(
        Phase.SUBGRAPH,
        "A `@requires` selects a field with arguments that it does not give.",
        mend="Give the arguments, or require another field.",
    ),
    Code.REQUIRES_FIELDS_MISSING_EXTERNAL: CodeEntry(
        Phase.SUBGRAPH,
        "A `@requires` selects a field that is not `@external`.",
        mend="Mark the field @external, or drop it from @requires: this subgraph resolves it anyway.",
    ),
    Code.REQUIRES_DIRECTIVE_IN_FIELDS_ARG: CodeEntry(
        Phase.SUBGRAPH,
        "The `fields` of a `@requires` contain a directive.",
        mend="Remove the directive from the fields.",
    ),
    Code.REQUIRES_UNSUPPORTED_ON_INTERFACE: CodeEntry(
        Phase.SUBGRAPH,
        "`@requires` stands on a field of an interface.",
        mend="Move @requires to the fields of the implementing types.",
    ),
    Code.EXTERNAL_UNUSED: CodeEntry(
        Phase.SUBGRAPH,
        "An `@external` field is named by no `@key`, `@requires` or `@provides`, and no interface wants it.",
        mend="Remove the field, or @external if the subgraph resolves it.",
    ),
    Code.EXTERNAL_ON_INTERFACE: CodeEntry(
        Phase.SUBGRAPH,
        "`@external` stands on a field of an interface.",
        mend="Remove @external from the interface's field.",
    ),
    Code.EXTERNAL_COLLISION_WITH_ANOTHER_DIRECTIVE: CodeEntry(
        Phase.SUBGRAPH,
        "`@external` stands beside a directive that asks the subgraph to resolve the field.",
        mend="Remove one of the two.",
    ),
    Code.TYPE_WITH_ONLY_UNUSED_EXTERNAL: CodeEntry(
        Phase.SUBGRAPH,
        "A federation 1 type has nothing but `@external` fields that no field set names.",
        mend="Remove the type from this subgraph.",
    ),
    Code.INVALID_SHAREABLE_USAGE: CodeEntry(
        Phase.SUBGRAPH,
        "`@shareable` stands where nothing can be shared: an interface's field, or a field of the subscription root.",
        mend="Remove @shareable.",
    ),
    Code.OVERRIDE_ON_INTERFACE: CodeEntry(
        Phase.MERGE,
        "`@override` stands on a field of an interface.",
        mend="Move @override to the fields of the implementing types.",
    ),
    Code.OVERRIDE_FROM_SELF_ERROR: CodeEntry(
        Phase.MERGE,
        "`@override` names its own subgraph as the one to take the field from.",
        mend="Name the subgraph that has the field today.",
    ),
    Code.OVERRIDE_LABEL_INVALID: CodeEntry(
        Phase.MERGE,
        "The label of an `@override` is neither a name nor `percent(0-100)`.",
        mend='Write label: "percent(25)", or a name that starts with a letter.',
    ),
    Code.OVERRIDE_COLLISION_WITH_ANOTHER_DIRECTIVE: CodeEntry(
        Phase.MERGE,
        "`@override` meets `@external`, `@provides` or `@requires` on the same field.",
        mend="Remove one of the two.",
    ),
    Code.OVERRIDE_SOURCE_HAS_OVERRIDE: CodeEntry(
        Phase.MERGE,
        "The subgraph that a field is taken from takes the field from another itself.",
        mend="Leave one @override on the field.",
    ),
    Code.INTERFACE_OBJECT_USAGE_ERROR: CodeEntry(
        Phase.SUBGRAPH,
        "`@interfaceObject` stands on a type without a resolvable key, or the type is an interface nowhere.",
        mend="Give the type a @key, as the interface has.",
    ),
    Code.INTERFACE_KEY_NOT_ON_IMPLEMENTATION: CodeEntry(
        Phase.SUBGRAPH,
        "A key of an interface is not a key of a type that implements it.",
        mend="Add the key to every implementing type.",
    ),
    Code.INTERFACE_KEY_MISSING_IMPLEMENTATION_TYPE: CodeEntry(
        Phase.MERGE,
        "A subgraph resolves an interface by key, but does not know all types that implement it.",
        mend="Add the missing types to the subgraph, each with the key.",
    ),
    Code.COST_APPLIED_TO_INTERFACE_FIELD: CodeEntry(
        Phase.SUBGRAPH,
        "`@cost` stands on a field of an interface.",
        mend="Move @cost to the fields of the implementing types.",
    ),
    Code.LIST_SIZE_APPLIED_TO_NON_LIST: CodeEntry(
        Phase.SUBGRAPH,
        "`@listSize` stands on a field that is not a list.",
        mend="Remove @listSize, or name the lists by sizedFields.",
    ),
    Code.LIST_SIZE_INVALID_ASSUMED_SIZE: CodeEntry(
        Phase.SUBGRAPH,
        "The `assumedSize` of a `@listSize` is negative.",
        mend="Give a size of 0 or more.",
    ),
    Code.LIST_SIZE_INVALID_SLICING_ARGUMENT: CodeEntry(
        Phase.SUBGRAPH,
        "A slicing argument of a `@listSize` does not exist or is not an integer.",
        mend="Name integer arguments of the field.",
    ),
    Code.LIST_SIZE_INVALID_SIZED_FIELD: CodeEntry(
        Phase.SUBGRAPH,
        "A sized field of a `@listSize` does not exist or is not a list.",
        mend="Name list fields of the type that the field returns.",
    ),
    Code.LIST_SIZE_INVALID_REQUIRE_ONE_SLICING_ARGUMENT: CodeEntry(
        Phase.SUBGRAPH,
        "`requireOneSlicingArgument` is asked for, but there are no slicing arguments.",
        mend="Name the slicing arguments.",
    ),
    Code.CONTEXT_NAME_INVALID: CodeEntry(
        Phase.SUBGRAPH,
        "The name of a context is not made of letters and digits alone.",
        mend="Use letters and digits.",
    ),
    Code.CONTEXT_NOT_SET: CodeEntry(
        Phase.SUBGRAPH,
        "`@fromContext` reads a context that no type of the subgraph sets.",
        mend="Put @context with that name on a type above.",
    ),
    Code.CONTEXT_INVALID_SELECTION: CodeEntry(
        Phase.SUBGRAPH,
        "The selection of a `@fromContext` does not fit the types that set the context, or the argument's type.",
        mend="Select one field that every type of the context has, of the argument's type.",
    ),
    Code.CONTEXT_NO_RESOLVABLE_KEY: CodeEntry(
        Phase.SUBGRAPH,
        "A type uses `@fromContext`, but has no resolvable key.",
        mend="Give the type a resolvable @key.",
    ),
    Code.NO_CONTEXT_IN_SELECTION: CodeEntry(
        Phase.SUBGRAPH,
        "The `field` of a `@fromContext` names no context.",
        mend='Write field: "$context { field }".',
    ),
    Code.NO_SELECTION_FOR_CONTEXT: CodeEntry(
        Phase.SUBGRAPH,
        "The `field` of a `@fromContext` names a context, but selects nothing from it.",
        mend='Write field: "$context { field }".',
    ),
    Code.DISALLOWED_INACCESSIBLE: CodeEntry(
        Phase.MERGED,
        "`@inaccessible` hides something that GraphQL or federation itself needs.",
        mend="Remove @inaccessible.",
    ),
    Code.NO_QUERIES: CodeEntry(
        Phase.MERGED,
        "No subgraph has a field on its query root.",
        mend="Add a query to one subgraph.",
    ),
    Code.EXTENSION_WITH_NO_BASE: CodeEntry(
        Phase.MERGE,
        "A type is extended, but no subgraph defines it.",
        mend="Define the type in one subgraph, or drop `extend`.",
    ),
    Code.TYPE_KIND_MISMATCH: CodeEntry(
        Phase.MERGE,
        "A name is one kind of type in one subgraph, and another kind in another.",
        mend="Make the kinds agree, or rename one.",
    ),
    Code.FIELD_TYPE_MISMATCH: CodeEntry(
        Phase.MERGE,
        "A field has types in different subgraphs that have no type in common.",
        mend="Make the types agree.",
    ),
    Code.FIELD_ARGUMENT_TYPE_MISMATCH: CodeEntry(
        Phase.MERGE,
        "An argument has types in different subgraphs that have no type in common.",
        mend="Make the types agree.",
    ),
    Code.FIELD_ARGUMENT_DEFAULT_MISMATCH: CodeEntry(
        Phase.MERGE,
        "An argument has different default values in different subgraphs.",
        mend="Make the default values agree.",
    ),
    Code.INPUT_FIELD_DEFAULT_MISMATCH: CodeEntry(
        Phase.MERGE,
        "An input field has different default values in different subgraphs.",
        mend="Make the default values agree.",
    ),
    Code.EXTERNAL_TYPE_MISMATCH: CodeEntry(
        Phase.MERGE,
        "An `@external` field has another type than where it is resolved.",
        mend="Write the type as its owner has it.",
    ),
    Code.EXTERNAL_ARGUMENT_MISSING: CodeEntry(
        Phase.MERGE,
        "An `@external` field lacks an argument that it has where it is resolved.",
        mend="Write the arguments as the owner has them.",
    ),
    Code.EXTERNAL_ARGUMENT_TYPE_MISMATCH: CodeEntry(
        Phase.MERGE,
        "An argument of an `@external` field has another type than where it is resolved.",
        mend="Write the arguments as the owner has them.",
    ),
    Code.EXTERNAL_ARGUMENT_DEFAULT_MISMATCH: CodeEntry(
        Phase.MERGE,
        "An argument of an `@external` field has another default than where it is resolved.",
        mend="Write the arguments as the owner has them.",
    ),
    Code.EXTERNAL_MISSING_ON_BASE: CodeEntry(
        Phase.MERGE,
        "A field is `@external` in every subgraph that has it.",
        mend="Let one subgraph resolve it, or remove it.",
    ),
    Code.INVALID_FIELD_SHARING: CodeEntry(
        Phase.MERGE,
        "Several subgraphs resolve a field that is not shareable in all of them.",
        mend="Mark it @shareable in every one of them, or let one subgraph resolve it.",
    ),
    Code.ENUM_VALUE_MISMATCH: CodeEntry(
        Phase.MERGE,
        "An enum that is both read and written has different values in different subgraphs.",
        mend="Give it the same values everywhere.",
    ),
    Code.EMPTY_MERGED_ENUM_TYPE: CodeEntry(
        Phase.MERGE,
        "An enum that is only written has no value that all subgraphs know.",
        mend="Give it at least one value in common.",
    ),
    Code.EMPTY_MERGED_INPUT_TYPE: CodeEntry(
        Phase.MERGE,
        "An input type has no field that all subgraphs know.",
        mend="Give it at least one field in common.",
    ),
    Code.REQUIRED_ARGUMENT_MISSING_IN_SOME_SUBGRAPH: CodeEntry(
        Phase.MERGE,
        "An argument is required in one subgraph, and another subgraph does not have it.",
        mend="Add the argument everywhere, or make it optional.",
    ),
    Code.REQUIRED_INPUT_FIELD_MISSING_IN_SOME_SUBGRAPH: CodeEntry(
        Phase.MERGE,
        "An input field is required in one subgraph, and another subgraph does not have it.",
        mend="Add the field everywhere, or make it optional.",
    ),
    Code.INTERFACE_FIELD_NO_IMPLEM: CodeEntry(
        Phase.MERGED,
        "A type of the supergraph lacks a field of an interface that it implements.",
        mend="Add the field to the type, or remove it from the interface.",
    ),
    Code.LINK_IMPORT_NAME_MISMATCH: CodeEntry(
        Phase.MERGE,
        "Subgraphs import the same directive under different names.",
        mend="Import it under one name everywhere.",
    ),
    Code.DIRECTIVE_COMPOSITION_ERROR: CodeEntry(
        Phase.MERGE,
        "`@composeDirective` cannot be obeyed.",
        mend="Mend the directive's link and import, and make them agree between subgraphs.",
    ),
    Code.CONTEXTUAL_ARGUMENT_NOT_CONTEXTUAL_IN_ALL_SUBGRAPHS: CodeEntry(
        Phase.MERGE,
        "An argument comes from a context in one subgraph, and from the client in another.",
        mend="Use @fromContext in all of them, or make the argument optional elsewhere.",
    ),
    Code.MERGED_DIRECTIVE_APPLICATION_ON_EXTERNAL: CodeEntry(
        Phase.MERGE,
        "A directive stands on an `@external` field, where it would have no effect.",
        mend="Put it on the field where it is resolved.",
    ),
    Code.AUTH_REQUIREMENTS_APPLIED_ON_INTERFACE: CodeEntry(
        Phase.SUBGRAPH,
        "An authorization directive stands on an interface, its field, or an interface object.",
        mend="Put it on the implementing types and their fields; the interface inherits it.",
    ),
    Code.MISSING_TRANSITIVE_AUTH_REQUIREMENTS: CodeEntry(
        Phase.MERGED,
        "A field uses protected fields through `@requires` or `@fromContext`, and does not ask for what they ask for.",
        mend="Add the missing requirements to the field.",
    ),
    Code.DEFAULT_VALUE_USES_INACCESSIBLE: CodeEntry(
        Phase.MERGED,
        "A default value names something that clients cannot see.",
        mend="Use another default, or make it accessible.",
    ),
    Code.IMPLEMENTED_BY_INACCESSIBLE: CodeEntry(
        Phase.MERGED,
        "A type hides a field that a visible interface promises.",
        mend="Hide the interface's field too, or show the field.",
    ),
    Code.ONLY_INACCESSIBLE_CHILDREN: CodeEntry(
        Phase.MERGED,
        "A visible type has nothing visible in it.",
        mend="Hide the type too, or show one of its children.",
    ),
    Code.QUERY_ROOT_TYPE_INACCESSIBLE: CodeEntry(
        Phase.MERGED,
        "The query root is hidden from clients.",
        mend="Remove @inaccessible from it.",
    ),
    Code.REFERENCED_INACCESSIBLE: CodeEntry(
        Phase.MERGED,
        "Something visible refers to a type that is hidden.",
        mend="Hide it too, or show the type.",
    ),
    Code.REQUIRED_INACCESSIBLE: CodeEntry(
        Phase.MERGED,
        "A required argument or input field is hidden while what needs it is visible.",
        mend="Make it optional, or show it.",
    ),
    Code.SHAREABLE_HAS_MISMATCHED_RUNTIME_TYPES: CodeEntry(
        Phase.SATISFIABILITY,
        "A shared field returns an abstract type that has no object type in common between subgraphs.",
        mend="Give the subgraphs at least one object type in common.",
    ),
    Code.SATISFIABILITY_ERROR: CodeEntry(
        Phase.SATISFIABILITY,
        "A query that the API allows cannot be answered: no subgraph can go on from where it would be.",
        wording="{query} cannot be answered at {at}: {why}",
        mend="Follow the message: most often a @key is missing where the entity is owned.",
    ),
    Code.MAX_VALIDATION_SUBGRAPH_PATHS_EXCEEDED: CodeEntry(
        Phase.SATISFIABILITY,
        "Reserved: the reference gives up when it has too many paths to prove; Dovetail has no such bound.",
        mend="",
    ),
    Code.INVALID_FEDERATION_SUPERGRAPH: CodeEntry(
        Phase.MERGED,
        "A document is not a supergraph.",
        mend="Compose it again.",
    ),
    Code.UNKNOWN_PERMISSION: CodeEntry(
        Phase.SUBGRAPH,
        "An authorization directive names a permission that no subgraph declares.",
        mend="Correct the spelling, or declare the permission.",
    ),
    Code.EMPTY_AUTH_REQUIREMENT: CodeEntry(
        Phase.SUBGRAPH,
        "`scopes` or `policies` are empty, which would protect nothing.",
        mend="Name at least one scope or policy, or remove the directive.",
    ),
    Code.UNBOUND_AUTH_DIRECTIVE: CodeEntry(
        Phase.SUBGRAPH,
        "A directive is named like an authorization directive, but is not bound by `@link`: it would protect nothing.",
        mend='Import it: @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@requiresScopes"]).',
    ),
    Code.INCONSISTENT_BUT_COMPATIBLE_FIELD_TYPE: CodeEntry(
        Phase.HINT,
        "A field has different types in different subgraphs, and they have one in common.",
        severity=Severity.INFO,
    ),
    Code.INCONSISTENT_BUT_COMPATIBLE_ARGUMENT_TYPE: CodeEntry(
        Phase.HINT,
        "An argument has different types in different subgraphs, and they have one in common.",
        severity=Severity.INFO,
    ),
    Code.INCONSISTENT_DEFAULT_VALUE_PRESENCE: CodeEntry(
        Phase.HINT,
        "An argument or input field has a default in some subgraphs only.",
        severity=Severity.WARNING,
    ),
    Code.INCONSISTENT_ENTITY: CodeEntry(
        Phase.HINT,
        "A type has a key in some subgraphs only.",
        severity=Severity.INFO,
    ),
    Code.INCONSISTENT_OBJECT_VALUE_TYPE_FIELD: CodeEntry(
        Phase.HINT,
        "A field of a value type is missing in some subgraphs that have the type.",
        severity=Severity.DEBUG,
    ),
    Code.INCONSISTENT_INTERFACE_VALUE_TYPE_FIELD: CodeEntry(
        Phase.HINT,
        "A field of an interface is missing in some subgraphs that have the interface.",
        severity=Severity.DEBUG,
    ),
    Code.INCONSISTENT_INPUT_OBJECT_FIELD: CodeEntry(
        Phase.HINT,
        "A field of an input type is missing in some subgraphs, and so left out.",
        severity=Severity.WARNING,
    ),
    Code.INCONSISTENT_UNION_MEMBER: CodeEntry(
        Phase.HINT,
        "A member of a union is missing in some subgraphs.",
        severity=Severity.DEBUG,
    ),
    Code.INCONSISTENT_ENUM_VALUE_FOR_INPUT_ENUM: CodeEntry(
        Phase.HINT,
        "A value of an enum that is only written is missing in some subgraphs, and so left out.",
        severity=Severity.WARNING,
    ),
    Code.INCONSISTENT_ENUM_VALUE_FOR_OUTPUT_ENUM: CodeEntry(
        Phase.HINT,
        "A value of an enum that is only read is missing in some subgraphs.",
        severity=Severity.DEBUG,
    ),
    Code.INCONSISTENT_TYPE_SYSTEM_DIRECTIVE_REPEATABLE: CodeEntry(
        Phase.HINT,
        "A directive is repeatable in some subgraphs only.",
        severity=Severity.WARNING,
    ),
    Code.INCONSISTENT_TYPE_SYSTEM_DIRECTIVE_LOCATIONS: CodeEntry(
        Phase.HINT,
        "A directive has different locations in different subgraphs.",
        severity=Severity.WARNING,
    ),
    Code.INCONSISTENT_EXECUTABLE_DIRECTIVE_PRESENCE: CodeEntry(
        Phase.HINT,
        "A directive for operations is missing in some subgraphs, and so left out.",
        severity=Severity.WARNING,
    ),
    Code.INCONSISTENT_EXECUTABLE_DIRECTIVE_REPEATABLE: CodeEntry(
        Phase.HINT,
        "A directive for operations is repeatable in some subgraphs only.",
        severity=Severity.WARNING,
    ),
    Code.INCONSISTENT_EXECUTABLE_DIRECTIVE_LOCATIONS: CodeEntry(
        Phase.HINT,
        "A directive for operations has different locations in different subgraphs.",
        severity=Severity.WARNING,
    ),
    Code.NO_EXECUTABLE_DIRECTIVE_LOCATIONS_INTERSECTION: CodeEntry(
        Phase.HINT,
        "A directive for operations has no location that all subgraphs have, and so is left out.",
        severity=Severity.WARNING,
    ),
    Code.INCONSISTENT_DESCRIPTION: CodeEntry(
        Phase.HINT,
        "An element has different descriptions in different subgraphs.",
        severity=Severity.WARNING,
    ),
    Code.INCONSISTENT_ARGUMENT_PRESENCE: CodeEntry(
        Phase.HINT,
        "An optional argument is missing in some subgraphs, and so left out.",
        severity=Severity.WARNING,
    ),
    Code.INCONSISTENT_RUNTIME_TYPES_FOR_SHAREABLE_RETURN: CodeEntry(
        Phase.HINT,
        "A shared field can return different object types in different subgraphs.",
        severity=Severity.WARNING,
    ),
    Code.INCONSISTENT_NON_REPEATABLE_DIRECTIVE_ARGUMENTS: CodeEntry(
        Phase.HINT,
        "A directive has different arguments in different subgraphs; the most used ones are kept.",
        severity=Severity.WARNING,
    ),
    Code.MERGED_NON_REPEATABLE_DIRECTIVE_ARGUMENTS: CodeEntry(
        Phase.HINT,
        "A directive has different arguments in different subgraphs, and they were merged.",
        severity=Severity.INFO,
    ),
    Code.FROM_SUBGRAPH_DOES_NOT_EXIST: CodeEntry(
        Phase.HINT,
        "`@override` names a subgraph that does not exist.",
        severity=Severity.WARNING,
    ),
    Code.OVERRIDDEN_FIELD_CAN_BE_REMOVED: CodeEntry(
        Phase.HINT,
        "A field was taken over by another subgraph, and can be removed here.",
        severity=Severity.INFO,
    ),
    Code.OVERRIDE_DIRECTIVE_CAN_BE_REMOVED: CodeEntry(
        Phase.HINT,
        "The subgraph that a field was taken from does not have it any more.",
        severity=Severity.INFO,
    ),
    Code.OVERRIDE_MIGRATION_IN_PROGRESS: CodeEntry(
        Phase.HINT,
        "A field is being moved from one subgraph to another by a label.",
        severity=Severity.INFO,
    ),
    Code.UNUSED_ENUM_TYPE: CodeEntry(
        Phase.HINT,
        "An enum is used nowhere.",
        severity=Severity.DEBUG,
    ),
    Code.DIRECTIVE_COMPOSITION_WARN: CodeEntry(
        Phase.HINT,
        "`@composeDirective` asks for something that happens anyway or has no effect.",
        severity=Severity.WARNING,
    ),
    Code.DIRECTIVE_COMPOSITION_INFO: CodeEntry(
        Phase.HINT,
        "Subgraphs link different minor versions of a specification whose directives are composed.",
        severity=Severity.INFO,
    ),
    Code.IMPLICITLY_UPGRADED_FEDERATION_VERSION: CodeEntry(
        Phase.HINT,
        "A directive needs a later version of federation than its subgraph links.",
        severity=Severity.INFO,
    ),
}

CATALOGUE: Final[Mapping[Code, CodeEntry]] = MappingProxyType(_ENTRIES)


_PHASE_TITLES: Final[Mapping[Phase, str]] = MappingProxyType(
    {
        Phase.READING: "Reading a document",
        Phase.SUBGRAPH: "Checking one subgraph",
        Phase.MERGE: "Merging",
        Phase.MERGED: "Checking the whole",
        Phase.SATISFIABILITY: "Proving that every field can be reached",
        Phase.HINT: "Hints: nothing is wrong, but look",
    }
)


def print_codes() -> str:
    """The reference page: every code with what it means and how to mend it. `CODES.md` holds it."""
    lines = [
        "# Codes of composition",
        "",
        (
            "Printed from `codes.py`. `dovetail explain CODE` shows one. Composition stops after the first phase that "
            "finds an error, with all errors of that phase."
        ),
    ]
    for phase, title in _PHASE_TITLES.items():
        lines += ["", f"## {title}"]
        for code, entry in CATALOGUE.items():
            if entry.phase is phase:
                lines += ["", f"### {code}", "", entry.summary]
                lines += [f"Mend: {entry.mend}"] if entry.mend else []
    return "\n".join(lines) + "\n"
