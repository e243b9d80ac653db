"""What the `schema` element itself carries: its description, and directives such as @tag."""

from collections.abc import Iterator

from supergraph.composer.merge.applied_directives import merge_directives
from supergraph.composer.merge.descriptions import merge_descriptions
from supergraph.composer.merge.merging import ElementSource, Merging
from supergraph.composer.subgraph import SubgraphElement
from supergraph.spec import (
    CONNECT,
    Element,
    ListValue,
    ObjectValue,
    StringValue,
    SubgraphDirective,
    Value,
    print_value,
)


def merge_schema_element(merging: Merging) -> Element:
    sources = [
        ElementSource(
            subgraph,
            SubgraphElement(
                name="schema",
                description=subgraph.schema_description,
                directives=subgraph.schema_directives,
            ),
        )
        for subgraph in merging.subgraphs
    ]
    directives, for_subgraphs = merge_directives(merging, "schema", sources)
    return Element(
        description=merge_descriptions(merging, "schema", sources),
        directives=directives,
        subgraph_directives=(*_links_for_subgraphs(merging), *for_subgraphs),
    )


def _links_for_subgraphs(merging: Merging) -> Iterator[SubgraphDirective]:
    """Gateways that run connectors read from here which version each subgraph speaks."""
    for subgraph in merging.subgraphs:
        link = subgraph.link(CONNECT)
        if link is not None:
            imports = tuple(
                StringValue(name)
                if name == ours
                else ObjectValue((("name", StringValue(name)), ("as", StringValue(ours))))
                for name, ours in link.imports
            )
            arguments: list[tuple[str, Value]] = [("url", StringValue(link.url))]
            if not link.identity.endswith(f"/{link.namespace}"):
                arguments.append(("as", StringValue(link.namespace)))
            if imports:
                arguments.append(("import", ListValue(imports)))
            yield SubgraphDirective(
                (merging.graph(subgraph),), "link", print_value(ObjectValue(tuple(arguments)))
            )
