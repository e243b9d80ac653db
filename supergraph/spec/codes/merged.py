"""What the whole must fulfil after merging."""

from functools import partial
from typing import Final

from supergraph.spec.codes.code import Code
from supergraph.spec.codes.entry import CodeEntry, Phase, Section

_entry = partial(CodeEntry, Phase.MERGED)

MERGED_CODES: Final = {
    Code.DISALLOWED_INACCESSIBLE: _entry(
        "`@inaccessible` hides something that GraphQL or federation itself needs.",
        section=Section.INACCESSIBLE,
        mend="Remove @inaccessible.",
    ),
    Code.NO_QUERIES: _entry(
        "No subgraph has a field on its query root.",
        section=Section.MERGING,
        cause="Only subgraphs that extend entities were given.",
        mend="Add a field to the type Query of at least one subgraph.",
    ),
    Code.INTERFACE_FIELD_NO_IMPLEM: _entry(
        "A type of the supergraph lacks a field of an interface that it implements.",
        section=Section.INTERFACES,
        mend="Add the field to the type, or remove it from the interface.",
    ),
    Code.MISSING_TRANSITIVE_AUTH_REQUIREMENTS: _entry(
        "A field uses protected fields through `@requires` or `@fromContext`, and does not ask for what they ask for.",
        section=Section.AUTHORIZATION,
        mend="Put the same authorization directives on the field, or stricter ones.",
    ),
    Code.DEFAULT_VALUE_USES_INACCESSIBLE: _entry(
        "A default value names something that clients cannot see.",
        section=Section.INACCESSIBLE,
        mend="Use another default value, or remove @inaccessible from what it names.",
    ),
    Code.IMPLEMENTED_BY_INACCESSIBLE: _entry(
        "A type hides a field that a visible interface promises.",
        section=Section.INACCESSIBLE,
        mend="Mark the field of the interface @inaccessible too, or remove @inaccessible here.",
    ),
    Code.ONLY_INACCESSIBLE_CHILDREN: _entry(
        "A visible type has nothing visible in it.",
        section=Section.INACCESSIBLE,
        mend="Mark the type @inaccessible too, or leave one of its fields, values or members visible.",
    ),
    Code.QUERY_ROOT_TYPE_INACCESSIBLE: _entry(
        "The query root is hidden from clients.",
        section=Section.INACCESSIBLE,
        mend="Remove @inaccessible from it.",
    ),
    Code.REFERENCED_INACCESSIBLE: _entry(
        "Something visible refers to a type that is hidden.",
        section=Section.INACCESSIBLE,
        mend="Mark it @inaccessible too, or remove @inaccessible from the type.",
    ),
    Code.REQUIRED_INACCESSIBLE: _entry(
        "A required argument or input field is hidden while what needs it is visible.",
        section=Section.INACCESSIBLE,
        mend="Make it nullable or give it a default value, or remove @inaccessible.",
    ),
    Code.INVALID_FEDERATION_SUPERGRAPH: _entry(
        "A document is not a supergraph.",
        section=Section.SUPERGRAPH,
        mend="Compose it again.",
    ),
}
