import string

from hypothesis import given, settings
from hypothesis import strategies as st

from supergraph.spec import (
    AppliedDirective,
    Argument,
    ContextArgument,
    DirectiveDefinition,
    Element,
    EnumType,
    EnumValue,
    Field,
    FieldJoin,
    FieldName,
    FieldSetText,
    GraphName,
    Implements,
    InputField,
    InputObjectType,
    InterfaceType,
    JoinGraph,
    Key,
    Link,
    Literal,
    ObjectType,
    ScalarType,
    SubgraphDirective,
    SubgraphName,
    Supergraph,
    TypeJoin,
    TypeName,
    UnionMember,
    UnionType,
    print_supergraph,
    read_supergraph,
    read_type_reference,
)

GRAPHS = [GraphName(name) for name in ("A", "B", "C_1")]
TYPES = [
    TypeName(name) for name in ("Int", "ID", "Query", "Product", "Node", "Media", "Colour", "Filter", "Date")
]

texts = st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\r"), max_size=40)
descriptions = st.none() | texts
references = (
    st.sampled_from(TYPES)
    .flatmap(lambda name: st.sampled_from([name, f"{name}!", f"[{name}!]!", f"[[{name}]]"]))
    .map(read_type_reference)
)
literals = st.sampled_from(
    ["1", "-2.5e3", "true", "null", "RED", "[1, 2]", '{a: [1, "x", RED]}', '"ä\\n\\""']
).map(Literal)
field_sets = st.sampled_from(
    ["id", "id name", "organization { id }", "... on Product { id }", "f(a: 1)"]
).map(FieldSetText)
names = st.text(alphabet=string.ascii_lowercase, min_size=1, max_size=5)
directives = st.lists(
    st.builds(
        AppliedDirective,
        st.sampled_from(["tag", "deprecated", "inaccessible"]),
        st.lists(st.tuples(names, literals), max_size=2, unique_by=lambda pair: pair[0]).map(tuple),
    ),
    max_size=2,
).map(tuple)
subgraph_directives = st.lists(
    st.builds(
        SubgraphDirective,
        st.lists(st.sampled_from(GRAPHS), unique=True).map(tuple),
        names,
        st.none() | st.just(Literal('{as: "x"}')),
    ),
    max_size=1,
).map(tuple)
elements = {"description": descriptions, "directives": directives, "subgraph_directives": subgraph_directives}
arguments = st.lists(
    st.builds(Argument, name=names, type=references, default=st.none() | literals, **elements),
    max_size=2,
    unique_by=lambda argument: argument.name,
).map(tuple)
context_arguments = st.lists(st.builds(ContextArgument, names, names, references, texts), max_size=1).map(
    tuple
)


def a_type_join(graph: GraphName) -> st.SearchStrategy[TypeJoin]:
    """`extension` of a join with keys is that of its keys: a document has no other place to say it."""
    keys = st.lists(st.builds(Key, field_sets, st.booleans(), st.booleans()), max_size=2).map(tuple)
    return st.builds(
        lambda keys, extension, is_interface_object: TypeJoin(
            graph,
            keys,
            is_interface_object,
            any(key.extension for key in keys) if keys else extension,
        ),
        keys,
        st.booleans(),
        st.booleans(),
    )


type_joins = st.lists(st.sampled_from(GRAPHS), unique=True, min_size=1).flatmap(
    lambda graphs: st.tuples(*map(a_type_join, graphs))
)


def a_field_join(graph: GraphName) -> st.SearchStrategy[FieldJoin]:
    return st.builds(
        FieldJoin,
        st.just(graph),
        external=st.booleans(),
        requires=st.none() | field_sets,
        provides=st.none() | field_sets,
        override=st.none() | texts,
        override_label=st.none() | texts,
        used_overridden=st.booleans(),
        context_arguments=context_arguments,
    )


def field_joins(joins: tuple[TypeJoin, ...]) -> st.SearchStrategy[tuple[FieldJoin, ...]]:
    graphs = [join.graph for join in joins]
    return st.just(tuple(map(FieldJoin, graphs))) | st.lists(st.sampled_from(graphs), unique=True).flatmap(
        lambda some: st.tuples(*map(a_field_join, some))
    )


@st.composite
def composites(
    draw: st.DrawFn, kind: type[ObjectType] | type[InterfaceType], name: str
) -> ObjectType | InterfaceType:
    joins = draw(type_joins)
    fields = draw(
        st.lists(
            st.builds(
                Field,
                # None that `field_sets` select: what an interface object requires is external, said or not.
                name=names.map(lambda name: FieldName(f"own_{name}")),
                type=references,
                arguments=arguments,
                joins=field_joins(joins),
                **elements,
            ),
            min_size=1,
            max_size=3,
            unique_by=lambda field: field.name,
        )
    )
    implements = (
        tuple(Implements(join.graph, TypeName("Node")) for join in joins) if kind is ObjectType else ()
    )
    return kind(
        name=TypeName(name),
        joins=joins,
        interfaces=(TypeName("Node"),) if implements else (),
        implements=implements,
        fields={field.name: field for field in fields},
        description=draw(descriptions),
        directives=draw(directives),
        subgraph_directives=draw(subgraph_directives),
    )


@st.composite
def supergraphs(draw: st.DrawFn) -> Supergraph:
    joins = draw(type_joins)
    graphs = tuple(join.graph for join in joins)
    plain = tuple(map(TypeJoin, graphs))
    inputs = st.builds(
        InputField,
        name=names.map(FieldName),
        type=references,
        default=st.none() | literals,
        joins=field_joins(plain),
        **elements,
    )
    filters = draw(st.lists(inputs, min_size=1, max_size=2, unique_by=lambda field: field.name))
    types = [
        draw(composites(ObjectType, "Query")),
        draw(composites(ObjectType, "Product")),
        draw(composites(InterfaceType, "Node")),
        UnionType(
            name=TypeName("Media"),
            joins=plain,
            members=(TypeName("Product"),),
            member_joins=tuple(UnionMember(graph, TypeName("Product")) for graph in graphs),
        ),
        EnumType(
            name=TypeName("Colour"),
            joins=plain,
            values={"RED": EnumValue(name="RED", graphs=graphs, description=draw(descriptions))},
        ),
        InputObjectType(name=TypeName("Filter"), joins=plain, fields={each.name: each for each in filters}),
        ScalarType(name=TypeName("Date"), joins=plain, directives=draw(directives)),
    ]
    return Supergraph(
        graphs={graph: JoinGraph(SubgraphName(draw(texts)), graph, draw(texts)) for graph in GRAPHS},
        types={each.name: each for each in types},
        query=TypeName("Query"),
        links=(
            Link("https://specs.apollo.dev/tag/v0.3"),
            Link(
                "https://example.com/own/v1.0",
                draw(st.none() | names),
                "SECURITY",
                (("@own", "@mine"), ("T", "T")),
            ),
        ),
        directives={
            "tag": DirectiveDefinition(
                name="tag",
                locations=("OBJECT", "FIELD"),
                arguments=draw(arguments),
                repeatable=draw(st.booleans()),
            )
        },
        schema=Element(description=draw(descriptions), directives=draw(directives)),
    )


@settings(max_examples=40, deadline=None)
@given(supergraphs())
def test_reading_what_was_printed_gives_back_the_same_supergraph(supergraph: Supergraph) -> None:
    assert read_supergraph(print_supergraph(supergraph)) == supergraph


@settings(max_examples=10, deadline=None)
@given(supergraphs())
def test_printing_does_not_depend_on_the_order_of_types(supergraph: Supergraph) -> None:
    turned = Supergraph(
        graphs=supergraph.graphs,
        types=dict(reversed(supergraph.types.items())),
        query=supergraph.query,
        links=supergraph.links,
        directives=supergraph.directives,
        schema=supergraph.schema,
    )
    assert print_supergraph(turned) == print_supergraph(supergraph)
