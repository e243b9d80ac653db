"""What a document calls the elements of the link and join specifications, and the reading of their arguments."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from supergraph.spec.field_set import FieldSetSyntaxError, print_field_set, read_field_set
from supergraph.spec.link import JOIN, LINK
from supergraph.spec.names import GraphName, SubgraphName
from supergraph.spec.supergraph import FieldJoin, FieldSetText, JoinGraph, Link
from supergraph.spec.type_reference import TypeReference, read_type_reference
from supergraph.spec.type_system import DefinedKind, Definition, DirectiveSyntax, TypeSyntax
from supergraph.spec.values import TRUE, ListValue, NameValue, ObjectValue, StringValue, Value, print_value

_DEEPEST_LIST: Final = 100
_LONGEST_QUOTE: Final = 80

_JOIN_VERSIONS: Final = ("v0.2", "v0.3", "v0.4", "v0.5", "v0.6")

Directives = Sequence[DirectiveSyntax]


class InvalidSupergraphError(Exception):
    """A text that is not a supergraph document. The message is one clear line, safe to show."""


@dataclass(frozen=True)
class Dialect:
    """The names of the machinery in one document, and the graphs that it knows."""

    link: str
    join: str
    graphs: Mapping[GraphName, JoinGraph]

    @cached_property
    def _machinery(self) -> tuple[str, str]:
        return (f"{self.join}__", f"{self.link}__")

    @cached_property
    def plain_joins(self) -> Mapping[GraphName, FieldJoin]:
        """For each graph the join that says nothing but its name: most are, and equal ones may be one."""
        return {graph: FieldJoin(graph) for graph in self.graphs}

    def is_machinery(self, name: str) -> bool:
        """Belongs to the link or join specification, so never to the model."""
        return name.startswith(self._machinery)

    def joins(self, directives: Directives, name: str) -> Iterator["JoinArguments"]:
        """The arguments of each application of `@join__<name>`."""
        wanted = f"{self.join}__{name}"
        return (JoinArguments(each, self) for each in directives if each.name == wanted)


class JoinArguments:
    """The arguments of one join directive, read by kind."""

    __slots__ = ("_dialect", "_name", "_values")

    def __init__(self, directive: DirectiveSyntax, dialect: Dialect) -> None:
        self._name = directive.name
        self._values = dict(directive.arguments)
        self._dialect = dialect

    def text(self, name: str) -> str | None:
        value = self._values.get(name)
        return value.value if isinstance(value, StringValue) else None

    def required_text(self, name: str) -> str:
        text = self.text(name)
        if text is None:
            raise InvalidSupergraphError(f"@{self._name} lacks its argument `{name}`")
        return text

    def flag(self, name: str, *, default: bool = False) -> bool:
        value = self._values.get(name)
        return default if value is None else value == TRUE

    def field_set(self, name: str) -> FieldSetText | None:
        text = self.text(name)
        if text is None:
            return None
        try:
            return print_field_set(read_field_set(text))
        except FieldSetSyntaxError as error:
            quoted = text if len(text) <= _LONGEST_QUOTE else f"{text[:_LONGEST_QUOTE]}…"
            raise InvalidSupergraphError(
                f"@{self._name}({name}: {quoted!r}) is not a field set: {error}"
            ) from error

    def type(self, name: str) -> TypeReference | None:
        text = self.text(name)
        return None if text is None else read_type(text)

    def value(self, name: str) -> Value | None:
        return self._values.get(name)

    def items(self, name: str) -> tuple[Value, ...]:
        value = self._values.get(name)
        return value.values if isinstance(value, ListValue) else ()

    @property
    def only_graph(self) -> bool:
        """Nothing is said but which graph."""
        return len(self._values) == 1

    @property
    def graph(self) -> GraphName | None:
        value = self._values.get("graph")
        return None if value is None else self.known_graph(value)

    @property
    def required_graph(self) -> GraphName:
        graph = self.graph
        if graph is None:
            raise InvalidSupergraphError(f"@{self._name} lacks its argument `graph`")
        return graph

    @property
    def graphs(self) -> tuple[GraphName, ...]:
        return tuple(map(self.known_graph, self.items("graphs")))

    def known_graph(self, value: Value) -> GraphName:
        if isinstance(value, NameValue) and (name := GraphName(value.name)) in self._dialect.graphs:
            return name
        raise InvalidSupergraphError(
            f"@{self._name} names the graph {print_value(value)}, which is no value of the enum "
            f"{self._dialect.join}__Graph"
        )


def read_type(text: str) -> TypeReference:
    if text.count("[") > _DEEPEST_LIST:
        raise InvalidSupergraphError(f"a type of more than {_DEEPEST_LIST} lists within each other")
    try:
        return read_type_reference(text)
    except ValueError as error:
        raise InvalidSupergraphError(str(error)) from error


def find_link_name(directives: Directives) -> str:
    """The directive whose own `url` is the link specification's: `link`, or what it was renamed to."""
    for directive in directives:
        for name, value in directive.arguments:
            if name == "url" and isinstance(value, StringValue) and value.value.startswith(f"{LINK}/"):
                return directive.name
            if name == "feature":
                raise InvalidSupergraphError(
                    "the supergraph was made by a federation 1 composer (@core): compose its subgraphs again"
                )
    raise InvalidSupergraphError(
        f'the document is not a supergraph: its schema has no @link(url: "{LINK}/v1.0"); compose the subgraphs first'
    )


def read_link(directive: DirectiveSyntax) -> Link:
    values = dict(directive.arguments)
    url, alias, purpose, imported = (values.get(name) for name in ("url", "as", "for", "import"))
    if not isinstance(url, StringValue):
        raise InvalidSupergraphError(f"a @{directive.name} of the schema has no `url`")
    return Link(
        url=url.value,
        alias=alias.value if isinstance(alias, StringValue) else None,
        purpose=purpose.name if isinstance(purpose, NameValue) else None,
        imports=tuple(map(_read_import, imported.values)) if isinstance(imported, ListValue) else (),
    )


def _read_import(value: Value) -> tuple[str, str]:
    match value:
        case StringValue(name):
            return name, name
        case ObjectValue(fields):
            said = {key: inner.value for key, inner in fields if isinstance(inner, StringValue)}
            if "name" in said:
                return said["name"], said.get("as", said["name"])
        case _:
            pass
    raise InvalidSupergraphError(f"a @link imports {print_value(value)}, which is not the name of an element")


def find_join_namespace(links: Iterable[Link]) -> str:
    for link in links:
        if link.identity == JOIN:
            version = link.url.rsplit("/", 1)[-1]
            if version not in _JOIN_VERSIONS:
                raise InvalidSupergraphError(
                    f"the supergraph is written in join {version}; {', '.join(_JOIN_VERSIONS)} can be read"
                )
            return link.namespace
    raise InvalidSupergraphError(
        f"the document is not a supergraph: its schema has no @link to {JOIN}; compose the subgraphs first"
    )


def read_graphs(definitions: Iterable[Definition], join: str) -> Mapping[GraphName, JoinGraph]:
    found = (
        each
        for each in definitions
        if isinstance(each, TypeSyntax) and each.kind is DefinedKind.ENUM and each.name == f"{join}__Graph"
    )
    enum = next(found, None)
    if enum is None:
        raise InvalidSupergraphError(f"the document is not a supergraph: it has no enum {join}__Graph")
    nowhere = Dialect(LINK, join, {})
    graphs: dict[GraphName, JoinGraph] = {}
    for value in enum.values:
        graph = GraphName(value.name)
        said = next(nowhere.joins(value.directives, "graph"), None)
        if said is None:
            raise InvalidSupergraphError(f"the value {graph} of {join}__Graph has no @{join}__graph")
        graphs[graph] = JoinGraph(SubgraphName(said.required_text("name")), graph, said.text("url") or "")
    return graphs
