"""Directives that outlive their subgraphs: which specifications the supergraph links, and what it calls their elements.

A directive reaches the supergraph when it is GraphQL's own (@deprecated), when federation passes it on (@tag), or when
a subgraph composes it (@composeDirective).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from supergraph.composer.diagnostics import Diagnostic, report
from supergraph.composer.merge.merging import contrast
from supergraph.composer.subgraph import DirectiveUse, Subgraph
from supergraph.spec import (
    AUTHENTICATED,
    CACHE_TAG,
    CONNECT,
    CONTEXT,
    COST,
    FEDERATION,
    INACCESSIBLE,
    LATEST_FEDERATION,
    POLICY,
    REQUIRES_SCOPES,
    TAG,
    Argument,
    Code,
    DirectiveDefinition,
    Link,
    ScalarType,
    TypeName,
    federation_directives,
    print_value,
    read_type_reference,
)

DirectiveKey = tuple[str, str, str]
"""What tells one directive from another in a document: specification, canonical name, name there."""

GRAPHQL_DIRECTIVES: Final = ("deprecated", "oneOf", "specifiedBy")


@dataclass(frozen=True, slots=True)
class Feature:
    """A specification that the supergraph links so that gateways see its directives. `scalar` is a type of its own."""

    identity: str
    version: str
    directives: tuple[str, ...]
    purpose: str | None = None
    scalar: str | None = None


FEATURES: Final = (
    Feature(TAG, "v0.3", ("tag",)),
    Feature(INACCESSIBLE, "v0.2", ("inaccessible",), "SECURITY"),
    Feature(AUTHENTICATED, "v0.1", ("authenticated",), "SECURITY"),
    Feature(REQUIRES_SCOPES, "v0.1", ("requiresScopes",), "SECURITY", "Scope"),
    Feature(POLICY, "v0.1", ("policy",), "SECURITY", "Policy"),
    Feature(COST, "v0.1", ("cost", "listSize")),
    Feature(CONTEXT, "v0.1", ("context", "fromContext"), "SECURITY", "ContextFieldValue"),
)

_CACHE_TAGS: Final = frozenset({(FEDERATION, "cacheTag"), (CACHE_TAG, "cacheTag")})
_CACHE_TAG_LINK: Final = Link(f"{CACHE_TAG}/v0.1", purpose="EXECUTION")
_OLDEST_CONNECT: Final = (0, 3)
"""What the supergraph links where its subgraphs link older versions of connect: gateways know no older one."""

_FEATURE_OF: Final = {name: feature for feature in FEATURES for name in feature.directives}


@dataclass(frozen=True, slots=True)
class Features:
    """`names`: what the supergraph calls each directive that a subgraph may use; others do not reach it."""

    names: Mapping[DirectiveKey, str] = field(default_factory=dict)
    links: tuple[Link, ...] = ()
    definitions: Mapping[str, DirectiveDefinition] = field(default_factory=dict)
    scalars: tuple[ScalarType, ...] = ()


def canonical_of(use: DirectiveUse) -> str | None:
    """The canonical name of a directive that federation passes on, whichever specification it was linked from."""
    feature = _FEATURE_OF.get(use.canonical)
    if feature is None or use.spec not in {FEDERATION, feature.identity} or use.canonical == "fromContext":
        return None  # @fromContext reaches the supergraph as a context argument of @join__field
    return use.canonical


def name_for_subgraphs(use: DirectiveUse) -> str | None:
    """What `@join__directive` calls a directive that only its own subgraph understands; None for any other."""
    if use.spec == CONNECT:
        return use.name
    return "federation__cacheTag" if (use.spec, use.canonical) in _CACHE_TAGS else None


def collect_features(subgraphs: Sequence[Subgraph]) -> tuple[Features, list[Diagnostic]]:
    """Find the specifications in use. Subgraphs that call one directive by different names are an error."""
    found: list[Diagnostic] = []
    used, names, has_cache_tags = _collect_uses(subgraphs)
    links: list[Link] = []
    definitions: dict[str, DirectiveDefinition] = {}
    scalars: list[ScalarType] = []
    for feature in FEATURES:
        called = {name: used[name] for name in feature.directives if name in used}
        if not called:
            continue
        found += [_name_mismatch(name, uses) for name, uses in called.items() if len(uses) > 1]
        link = _link(feature, {name: next(iter(uses)) for name, uses in called.items()})
        links.append(link)
        for canonical in feature.directives:
            name = link.directive_name(canonical)
            definitions[name] = _definition(feature, canonical, name, link.namespace)
        if feature.scalar:
            scalars.append(ScalarType(name=TypeName(f"{link.namespace}__{feature.scalar}")))
    if has_cache_tags:
        links.append(_CACHE_TAG_LINK)
    if connect := [each for subgraph in subgraphs if (each := subgraph.link(CONNECT)) is not None]:
        major, minor = max(_OLDEST_CONNECT, *(each.version for each in connect))
        links.append(Link(f"{CONNECT}/v{major}.{minor}", purpose="EXECUTION"))
    return Features(names, tuple(links), definitions, tuple(scalars)), found


_Uses = dict[str, dict[str, list[tuple[Subgraph, DirectiveUse]]]]
"""By canonical name, then by the name in a document: the first use in each subgraph."""


def _collect_uses(subgraphs: Sequence[Subgraph]) -> tuple[_Uses, dict[DirectiveKey, str], bool]:
    """The directives that federation passes on, the names of all that reach the supergraph, and whether @cacheTag is used."""
    used: _Uses = {}
    names: dict[DirectiveKey, str] = {("", name, name): name for name in GRAPHQL_DIRECTIVES}
    names |= {("", "", name): name for name in GRAPHQL_DIRECTIVES}
    has_cache_tags = False
    for subgraph in subgraphs:
        for use in _uses(subgraph):
            has_cache_tags = has_cache_tags or (use.spec, use.canonical) in _CACHE_TAGS
            if (canonical := canonical_of(use)) is not None:
                same = used.setdefault(canonical, {}).setdefault(use.name, [])
                if not same or same[-1][0] is not subgraph:
                    same.append((subgraph, use))
                names[use.spec, use.canonical, use.name] = use.name
    return used, names, has_cache_tags


def _uses(subgraph: Subgraph) -> Iterator[DirectiveUse]:
    yield from subgraph.schema_directives
    for definition in subgraph.types.values():
        yield from definition.directives
        for each in definition.fields.values():
            if each.directives:
                yield from each.directives
            for argument in each.arguments:
                yield from argument.directives
        for value in definition.values.values():
            yield from value.directives
    for directive in subgraph.directives.values():
        for argument in directive.arguments:
            yield from argument.directives


def _link(feature: Feature, called: Mapping[str, str]) -> Link:
    """Import what goes by another name here than the specification's namespace gives it."""
    url = f"{feature.identity}/{feature.version}"
    plain = Link(url, purpose=feature.purpose)
    imports = tuple(
        (f"@{canonical}", f"@{name}")
        for canonical, name in called.items()
        if plain.directive_name(canonical) != name
    )
    return Link(url, purpose=feature.purpose, imports=imports)


def _definition(feature: Feature, canonical: str, name: str, namespace: str) -> DirectiveDefinition:
    syntax = federation_directives(LATEST_FEDERATION)[canonical]
    own = feature.scalar
    return DirectiveDefinition(
        name=name,
        locations=tuple(location.name for location in syntax.locations),
        arguments=tuple(
            Argument(
                name=each.name,
                type=read_type_reference(str(each.type).replace(own, f"{namespace}__{own}"))
                if own
                else each.type,
                default=None if each.default is None else print_value(each.default),
            )
            for each in syntax.arguments
        ),
        repeatable=syntax.repeatable,
    )


def _name_mismatch(
    canonical: str, called: Mapping[str, Sequence[tuple[Subgraph, DirectiveUse]]]
) -> Diagnostic:
    said = contrast({f"@{name}": [subgraph for subgraph, _ in uses] for name, uses in called.items()})
    places = [(subgraph, use.at) for uses in called.values() for subgraph, use in uses]
    why = f"subgraphs import it under different names: {said}"
    return report(Code.LINK_IMPORT_NAME_MISMATCH, f"@{canonical}", places, why=why)
