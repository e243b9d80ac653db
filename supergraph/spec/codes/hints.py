"""Nothing is wrong, but somebody may want to know."""

from functools import partial
from typing import Final

from supergraph.spec.codes.code import Code
from supergraph.spec.codes.entry import CodeEntry, Example, Phase, Section, Severity

_entry = partial(CodeEntry, Phase.HINT)

HINT_CODES: Final = {
    Code.INCONSISTENT_BUT_COMPATIBLE_FIELD_TYPE: _entry(
        "A field has different types in different subgraphs, and they have one in common.",
        section=Section.MERGING,
        severity=Severity.INFO,
    ),
    Code.INCONSISTENT_BUT_COMPATIBLE_ARGUMENT_TYPE: _entry(
        "An argument has different types in different subgraphs, and they have one in common.",
        section=Section.MERGING,
        severity=Severity.INFO,
    ),
    Code.INCONSISTENT_DEFAULT_VALUE_PRESENCE: _entry(
        "An argument or input field has a default in some subgraphs only.",
        section=Section.MERGING,
        mend="Give the default value in every subgraph.",
        severity=Severity.WARNING,
    ),
    Code.INCONSISTENT_ENTITY: _entry(
        "A type has a key in some subgraphs only.",
        section=Section.ENTITIES,
        mend="Add the @key in the other subgraphs too, if the gateway is to ask them for the entity.",
        severity=Severity.INFO,
    ),
    Code.INCONSISTENT_OBJECT_VALUE_TYPE_FIELD: _entry(
        "A field of a value type is missing in some subgraphs that have the type.",
        section=Section.MERGING,
        severity=Severity.DEBUG,
    ),
    Code.INCONSISTENT_INTERFACE_VALUE_TYPE_FIELD: _entry(
        "A field of an interface is missing in some subgraphs that have the interface.",
        section=Section.MERGING,
        severity=Severity.DEBUG,
    ),
    Code.INCONSISTENT_INPUT_OBJECT_FIELD: _entry(
        "A field of an input type is missing in some subgraphs, and so left out.",
        section=Section.MERGING,
        mend="Add the field to the input type in every subgraph, and clients can use it.",
        severity=Severity.WARNING,
    ),
    Code.INCONSISTENT_UNION_MEMBER: _entry(
        "A member of a union is missing in some subgraphs.",
        section=Section.MERGING,
        severity=Severity.DEBUG,
    ),
    Code.INCONSISTENT_ENUM_VALUE_FOR_INPUT_ENUM: _entry(
        "A value of an enum that is only written is missing in some subgraphs, and so left out.",
        section=Section.MERGING,
        mend="Add the value in every subgraph, and clients can use it.",
        severity=Severity.WARNING,
    ),
    Code.INCONSISTENT_ENUM_VALUE_FOR_OUTPUT_ENUM: _entry(
        "A value of an enum that is only read is missing in some subgraphs.",
        section=Section.MERGING,
        severity=Severity.DEBUG,
    ),
    Code.INCONSISTENT_TYPE_SYSTEM_DIRECTIVE_REPEATABLE: _entry(
        "A directive is repeatable in some subgraphs only.",
        section=Section.MERGING,
        mend="Define the directive alike in every subgraph.",
        severity=Severity.WARNING,
    ),
    Code.INCONSISTENT_TYPE_SYSTEM_DIRECTIVE_LOCATIONS: _entry(
        "A directive has different locations in different subgraphs.",
        section=Section.MERGING,
        mend="Define the directive alike in every subgraph.",
        severity=Severity.WARNING,
    ),
    Code.INCONSISTENT_EXECUTABLE_DIRECTIVE_PRESENCE: _entry(
        "A directive for operations is missing in some subgraphs, and so left out.",
        section=Section.MERGING,
        mend="Define the directive in every subgraph, and clients can use it.",
        severity=Severity.WARNING,
    ),
    Code.INCONSISTENT_EXECUTABLE_DIRECTIVE_REPEATABLE: _entry(
        "A directive for operations is repeatable in some subgraphs only.",
        section=Section.MERGING,
        mend="Define the directive alike in every subgraph.",
        severity=Severity.WARNING,
    ),
    Code.INCONSISTENT_EXECUTABLE_DIRECTIVE_LOCATIONS: _entry(
        "A directive for operations has different locations in different subgraphs.",
        section=Section.MERGING,
        mend="Define the directive alike in every subgraph.",
        severity=Severity.WARNING,
    ),
    Code.NO_EXECUTABLE_DIRECTIVE_LOCATIONS_INTERSECTION: _entry(
        "A directive for operations has no location that all subgraphs have, and so is left out.",
        section=Section.MERGING,
        mend="Allow the directive in one location, at least, in every subgraph.",
        severity=Severity.WARNING,
    ),
    Code.INCONSISTENT_DESCRIPTION: _entry(
        "An element has different descriptions in different subgraphs.",
        section=Section.MERGING,
        mend="Describe it alike everywhere, or in one subgraph only.",
        severity=Severity.WARNING,
    ),
    Code.INCONSISTENT_ARGUMENT_PRESENCE: _entry(
        "An optional argument is missing in some subgraphs, and so left out.",
        section=Section.MERGING,
        mend="Add the argument in every subgraph, and clients can use it.",
        severity=Severity.WARNING,
    ),
    Code.INCONSISTENT_RUNTIME_TYPES_FOR_SHAREABLE_RETURN: _entry(
        "A shared field can return different object types in different subgraphs.",
        section=Section.SHAREABLE,
        mend="Let every subgraph that resolves the field return the same object types.",
        severity=Severity.WARNING,
    ),
    Code.INCONSISTENT_NON_REPEATABLE_DIRECTIVE_ARGUMENTS: _entry(
        "A directive has different arguments in different subgraphs; the most used ones are kept.",
        section=Section.MERGING,
        mend="Give the directive the same arguments in every subgraph.",
        severity=Severity.WARNING,
    ),
    Code.MERGED_NON_REPEATABLE_DIRECTIVE_ARGUMENTS: _entry(
        "A directive has different arguments in different subgraphs, and they were merged.",
        section=Section.MERGING,
        severity=Severity.INFO,
    ),
    Code.FROM_SUBGRAPH_DOES_NOT_EXIST: _entry(
        "`@override` names a subgraph that does not exist.",
        section=Section.OVERRIDE,
        cause="The name is misspelt, or the subgraph is gone and the move is over.",
        mend="Name a subgraph of this graph in `from:`, or remove @override: it takes nothing over.",
        severity=Severity.WARNING,
        example=Example(
            """
            # subgraph accounts
            type User @key(fields: "id") { id: ID! nick: String }
            # subgraph profiles
            type User @key(fields: "id") { id: ID! nick: String @override(from: "acounts") }
            """,
            """
            # subgraph profiles
            type User @key(fields: "id") { id: ID! nick: String @override(from: "accounts") }
            """,
        ),
    ),
    Code.OVERRIDDEN_FIELD_CAN_BE_REMOVED: _entry(
        "A field was taken over by another subgraph, and can be removed here.",
        section=Section.OVERRIDE,
        severity=Severity.INFO,
    ),
    Code.OVERRIDE_DIRECTIVE_CAN_BE_REMOVED: _entry(
        "The subgraph that a field was taken from does not have it any more.",
        section=Section.OVERRIDE,
        severity=Severity.INFO,
    ),
    Code.OVERRIDE_MIGRATION_IN_PROGRESS: _entry(
        "A field is being moved from one subgraph to another by a label.",
        section=Section.OVERRIDE,
        severity=Severity.INFO,
    ),
    Code.UNUSED_ENUM_TYPE: _entry(
        "An enum is used nowhere.",
        section=Section.MERGING,
        mend="Remove the enum, or use it.",
        severity=Severity.DEBUG,
    ),
    Code.DIRECTIVE_COMPOSITION_WARN: _entry(
        "`@composeDirective` asks for something that happens anyway or has no effect.",
        section=Section.COMPOSE_DIRECTIVE,
        mend="Compose the directive in every subgraph that has it, or in none.",
        severity=Severity.WARNING,
    ),
    Code.DIRECTIVE_COMPOSITION_INFO: _entry(
        "Subgraphs link different minor versions of a specification whose directives are composed.",
        section=Section.COMPOSE_DIRECTIVE,
        severity=Severity.INFO,
    ),
    Code.IMPLICITLY_UPGRADED_FEDERATION_VERSION: _entry(
        "A directive needs a later version of federation than its subgraph links.",
        section=Section.VERSIONS,
        severity=Severity.INFO,
    ),
}
