"""What the catalogue says of a code."""

from dataclasses import dataclass
from enum import StrEnum
from inspect import cleandoc


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


class Section(StrEnum):
    """Where the rule stands: in GraphQL's specification, in federation's reference of directives, or in a link's own."""

    TYPE_SYSTEM = "GraphQL, Type System"
    ROOTS = "GraphQL, Root Operation Types"
    INTERFACES = "GraphQL, Interfaces"
    EXTENSIONS = "GraphQL, Type Extensions"
    LINK = "https://specs.apollo.dev/link/v1.0"
    VERSIONS = "Federation, versions"
    KEY = "Federation directives, @key"
    PROVIDES = "Federation directives, @provides"
    REQUIRES = "Federation directives, @requires"
    EXTERNAL = "Federation directives, @external"
    SHAREABLE = "Federation directives, @shareable"
    OVERRIDE = "Federation directives, @override"
    INTERFACE_OBJECT = "Federation directives, @interfaceObject"
    COMPOSE_DIRECTIVE = "Federation directives, @composeDirective"
    CONTEXT = "Federation directives, @context and @fromContext"
    COST = "Federation directives, @cost"
    LIST_SIZE = "Federation directives, @listSize"
    AUTHORIZATION = "Federation directives, @authenticated, @requiresScopes and @policy"
    INACCESSIBLE = "https://specs.apollo.dev/inaccessible/v0.2"
    ENTITIES = "Federation, entities"
    MERGING = "Federation, composition rules"
    SUPERGRAPH = "https://specs.apollo.dev/join/v0.5"


@dataclass(frozen=True, slots=True)
class Example:
    """The mistake, and the same without it.

    A line `# subgraph name` heads each document; without any there is one. `right` shows those documents only that change.
    """

    wrong: str
    right: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "wrong", cleandoc(self.wrong))
        object.__setattr__(self, "right", cleandoc(self.right))


@dataclass(frozen=True, slots=True)
class CodeEntry:
    """`summary` and `cause` explain the code on its page; `wording` is one message; `mend` is the usual remedy.

    `wording` is filled with the facts that a rule reports: `{at}` is the schema coordinate, `{why}` the part that
    differs from case to case.
    """

    phase: Phase
    summary: str
    section: Section
    wording: str = "{at}: {why}"
    cause: str = ""
    mend: str = ""
    severity: Severity = Severity.ERROR
    example: Example | None = None
