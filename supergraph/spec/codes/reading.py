"""While a document is read: its grammar, its links, GraphQL's own rules."""

from functools import partial
from typing import Final

from supergraph.spec.codes.code import Code
from supergraph.spec.codes.entry import CodeEntry, Example, Phase, Section

_entry = partial(CodeEntry, Phase.READING)

READING_CODES: Final = {
    Code.INVALID_GRAPHQL: _entry(
        "The document is not valid GraphQL, be it in its grammar or by the rules for type systems.",
        section=Section.TYPE_SYSTEM,
        cause="A misspelt type, a directive that the document does not import, or a document printed by a library of another version.",
        mend="Correct the document at the place shown.",
    ),
    Code.INVALID_SUBGRAPH_NAME: _entry(
        "A subgraph has a name that cannot be used: it is empty, is taken, or clashes with a reserved word.",
        section=Section.SUPERGRAPH,
        mend="Give the subgraph another name.",
    ),
    Code.INVALID_LINK_DIRECTIVE_USAGE: _entry(
        "A `@link` cannot be understood: a bad import, an unknown element, or two links that clash.",
        section=Section.LINK,
        cause="The link names an older version of federation than the one that brought the directive.",
        mend="Correct the arguments of @link; `import` takes what the linked version defines.",
        example=Example(
            """
            extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@policy"])
            """,
            """
            extend schema @link(url: "https://specs.apollo.dev/federation/v2.6", import: ["@policy"])
            """,
        ),
    ),
    Code.INVALID_LINK_IDENTIFIER: _entry(
        "The address of a `@link` does not name a specification and its version.",
        section=Section.LINK,
        mend="Write the address as https://host/path/name/v1.2.",
    ),
    Code.UNKNOWN_FEDERATION_LINK_VERSION: _entry(
        "The document links a version of federation that is not known.",
        section=Section.VERSIONS,
        mend="Link a version from v2.0 to v2.14.",
    ),
    Code.UNKNOWN_LINK_VERSION: _entry(
        "The document links a version of a known specification that does not exist.",
        section=Section.LINK,
        mend="Link v1.0 of the link specification, or leave that link out.",
    ),
    Code.UNSUPPORTED_LINKED_FEATURE: _entry(
        "A linked specification is needed for security or execution, and it is not known here.",
        section=Section.LINK,
        mend="Remove the link or its `for:`.",
    ),
    Code.UNSUPPORTED_FEATURE: _entry(
        "The document uses something that this version of federation does not support.",
        section=Section.VERSIONS,
        mend="Link a later version of federation.",
    ),
    Code.DIRECTIVE_DEFINITION_INVALID: _entry(
        "A directive of a linked specification is defined otherwise than the specification has it.",
        section=Section.LINK,
        mend="Remove the definition: linking the specification is enough.",
    ),
    Code.TYPE_DEFINITION_INVALID: _entry(
        "A type of a linked specification is defined otherwise than the specification has it.",
        section=Section.LINK,
        mend="Remove the definition: linking the specification is enough.",
    ),
}
