"""@composeDirective: directives of other specifications that a subgraph asks to keep in the supergraph."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Final, NamedTuple

from supergraph.composer.diagnostics import Diagnostic, report
from supergraph.composer.merge.features import FEATURES
from supergraph.composer.subgraph import (
    DirectiveUse,
    LinkedSpec,
    Subgraph,
    SubgraphDirectiveDefinition,
    TypeKind,
)
from supergraph.spec import (
    FEDERATION,
    LINK,
    Argument,
    Code,
    DirectiveDefinition,
    Link,
    StringValue,
    SubgraphName,
    print_value,
)

_PASSED_ON: Final = frozenset(name for feature in FEATURES for name in feature.directives)
_FEATURE_IDENTITIES: Final = frozenset(feature.identity for feature in FEATURES)


@dataclass(frozen=True, slots=True)
class ComposedDirectives:
    """`names`: which directives of which subgraph are kept; their names are those of the supergraph too."""

    names: frozenset[tuple[SubgraphName, str]] = frozenset()
    links: tuple[Link, ...] = ()
    definitions: Mapping[str, DirectiveDefinition] = field(default_factory=dict)


class _Composed(NamedTuple):
    subgraph: Subgraph
    use: DirectiveUse
    link: LinkedSpec
    definition: SubgraphDirectiveDefinition


def merge_composed_directives(subgraphs: Sequence[Subgraph]) -> tuple[ComposedDirectives, list[Diagnostic]]:
    found: list[Diagnostic] = []
    composed = [
        each
        for subgraph in subgraphs
        for use in subgraph.composed
        if (each := _resolve(subgraph, use, found)) is not None
    ]
    _check_names(composed, found)
    links: list[Link] = []
    definitions: dict[str, DirectiveDefinition] = {}
    for identity in dict.fromkeys(each.link.identity for each in composed):
        same = [each for each in composed if each.link.identity == identity]
        _check_versions(identity, same, found)
        newest = max(same, key=lambda each: each.link.version)
        imports = dict.fromkeys(
            (f"@{each.definition.canonical}", f"@{each.definition.name}") for each in same
        )
        links.append(Link(newest.link.url, imports=tuple(imports), purpose=newest.link.purpose))
        for name in dict.fromkeys(each.definition.name for each in same):
            latest = _latest(same, name)
            definitions[name] = _definition(latest.definition)
            found += _misplaced(latest, (each.subgraph for each in same if each.definition.name == name))
    _hint_at_versions(composed, subgraphs, found)
    found.extend(_uncomposed(composed, subgraphs))
    names = frozenset((each.subgraph.name, each.definition.name) for each in composed)
    return ComposedDirectives(names, tuple(links), definitions), found


def _resolve(subgraph: Subgraph, use: DirectiveUse, found: list[Diagnostic]) -> _Composed | None:
    """What a `@composeDirective` names. None, and an error or a hint, when that cannot be composed."""
    value = use.argument("name")
    text = value.value if isinstance(value, StringValue) else ""
    at = f"@{text.removeprefix('@')}" if text else "@composeDirective"

    def refuse(why: str, code: Code = Code.DIRECTIVE_COMPOSITION_ERROR) -> None:
        found.append(report(code, at, [(subgraph, use.at)], why=why))

    if not text.startswith("@"):
        refuse("the argument `name` of @composeDirective must be the name of a directive, starting with @")
        return None
    passed_on = _own_directive(subgraph, text)
    if passed_on is not None:
        if passed_on in _PASSED_ON:
            why = "it is composed without being asked; @composeDirective can be removed"
            refuse(why, Code.DIRECTIVE_COMPOSITION_INFO)
        else:
            refuse("it is federation's own and has no meaning in a supergraph")
        return None
    definition = subgraph.directives.get(text[1:])
    if definition is None:
        close = get_close_matches(text[1:], subgraph.directives, n=1)
        hint = f"; did you mean @{close[0]}?" if close else ""
        refuse(f'subgraph "{subgraph.name}" composes it but does not define it{hint}')
        return None
    link = subgraph.link(definition.spec) if definition.spec else None
    if link is None:
        refuse(f'it does not come from a specification that subgraph "{subgraph.name}" links')
        return None
    for argument in definition.arguments:
        if any(argument.uses("inaccessible", FEDERATION)):
            why = f"its argument {argument.name} is @inaccessible, but it is read by subgraphs and gateways, not clients"
            refuse(why, Code.DISALLOWED_INACCESSIBLE)
    return _Composed(subgraph, use, link, definition)


def _own_directive(subgraph: Subgraph, name: str) -> str | None:
    """The canonical name of a directive of federation, or of a specification it passes on; None for any other."""
    definition = subgraph.directives.get(name[1:])
    if definition is not None and definition.spec in {FEDERATION, *_FEATURE_IDENTITIES}:
        return definition.canonical
    for link in subgraph.links:
        if link.identity in {FEDERATION, *_FEATURE_IDENTITIES}:
            for canonical, ours in link.imports:
                if ours == name:
                    return canonical[1:]
    return None


def _check_names(composed: Sequence[_Composed], found: list[Diagnostic]) -> None:
    """One name is one directive in all subgraphs, and one directive has one name."""
    by_name: dict[str, list[_Composed]] = {}
    by_origin: dict[tuple[str, str], list[_Composed]] = {}
    for each in composed:
        by_name.setdefault(each.definition.name, []).append(each)
        by_origin.setdefault((each.definition.spec, each.definition.canonical), []).append(each)
    for name, same in by_name.items():
        origins = dict.fromkeys(f"@{each.definition.canonical} of {each.definition.spec}" for each in same)
        if len(origins) > 1:
            why = f"it is a different directive in different subgraphs: {', '.join(origins)}"
            places = [(each.subgraph, each.use.at) for each in same]
            found.append(report(Code.DIRECTIVE_COMPOSITION_ERROR, f"@{name}", places, why=why))
    for (_, canonical), same in by_origin.items():
        names = dict.fromkeys(f"@{each.definition.name}" for each in same)
        if len(names) > 1:
            why = f"subgraphs compose it under different names: {', '.join(names)}"
            places = [(each.subgraph, each.use.at) for each in same]
            found.append(report(Code.DIRECTIVE_COMPOSITION_ERROR, f"@{canonical}", places, why=why))


def _check_versions(identity: str, composed: Sequence[_Composed], found: list[Diagnostic]) -> None:
    """Subgraphs that compose from one specification link one major version of it."""
    if len({each.link.version[0] for each in composed}) > 1:
        why = f"subgraphs compose from different major versions of {identity}"
        places = [(each.subgraph, each.link.at) for each in composed]
        found.append(report(Code.DIRECTIVE_COMPOSITION_ERROR, identity, places, why=why))


def _latest(composed: Sequence[_Composed], name: str) -> _Composed:
    """Of the newest version; of equally new ones the last, as subgraphs are sorted by name."""
    same = [each for each in composed if each.definition.name == name]
    return max(reversed(same), key=lambda each: each.link.version)


def _misplaced(latest: _Composed, subgraphs: Iterable[Subgraph]) -> Iterator[Diagnostic]:
    """Uses where the definition that the supergraph takes over does not allow them."""
    allowed, name = latest.definition.locations, latest.definition.name
    for subgraph in subgraphs:
        for location, at, directives in _locations(subgraph):
            if location in allowed:
                continue
            for use in directives:
                if use.name == name:
                    why = (
                        f"@{name} stands on {location}, which its definition in subgraph "
                        f'"{latest.subgraph.name}", the one taken into the supergraph, does not allow'
                    )
                    yield report(Code.DIRECTIVE_COMPOSITION_ERROR, at, [(subgraph, use.at)], why=why)


def _locations(subgraph: Subgraph) -> Iterator[tuple[str, str, tuple[DirectiveUse, ...]]]:
    """Every place where directives may stand: its kind, its coordinate, and those that do."""
    yield "SCHEMA", "schema", subgraph.schema_directives
    for definition in subgraph.types.values():
        yield definition.kind, definition.name, definition.directives
        is_input = definition.kind is TypeKind.INPUT_OBJECT
        for each in definition.fields.values():
            at = f"{definition.name}.{each.name}"
            yield "INPUT_FIELD_DEFINITION" if is_input else "FIELD_DEFINITION", at, each.directives
            for argument in each.arguments:
                yield "ARGUMENT_DEFINITION", f"{at}({argument.name}:)", argument.directives
        for value in definition.values.values():
            yield "ENUM_VALUE", f"{definition.name}.{value.name}", value.directives


def _hint_at_versions(
    composed: Sequence[_Composed], subgraphs: Sequence[Subgraph], found: list[Diagnostic]
) -> None:
    """Links to different major versions of a specification that nobody composes are odd, but do no harm."""
    own = {FEDERATION, LINK, *_FEATURE_IDENTITIES, *(each.link.identity for each in composed)}
    linked: dict[str, list[tuple[Subgraph, LinkedSpec]]] = {}
    for subgraph in subgraphs:
        for link in subgraph.links:
            if link.identity not in own:
                linked.setdefault(link.identity, []).append((subgraph, link))
    for identity, same in linked.items():
        if len({link.version[0] for _, link in same}) > 1:
            why = f"subgraphs link different major versions of {identity}"
            places = [(subgraph, link.at) for subgraph, link in same]
            found.append(report(Code.DIRECTIVE_COMPOSITION_INFO, identity, places, why=why))


def _uncomposed(composed: Sequence[_Composed], subgraphs: Sequence[Subgraph]) -> list[Diagnostic]:
    """Subgraphs that have a directive which others compose, but do not compose it: theirs is dropped."""
    origins = {(each.definition.spec, each.definition.canonical): each for each in composed}
    composing = {(each.subgraph.name, each.definition.name) for each in composed}
    return [
        report(
            Code.DIRECTIVE_COMPOSITION_WARN,
            f"@{definition.name}",
            [(subgraph, definition.at)],
            why=f'other subgraphs compose it, but "{subgraph.name}" does not, so there it is dropped',
        )
        for subgraph in subgraphs
        for definition in subgraph.directives.values()
        if (definition.spec, definition.canonical) in origins
        and (subgraph.name, definition.name) not in composing
    ]


def _definition(definition: SubgraphDirectiveDefinition) -> DirectiveDefinition:
    return DirectiveDefinition(
        name=definition.name,
        locations=definition.locations,
        arguments=tuple(
            Argument(
                name=each.name,
                type=each.type,
                description=each.description,
                default=None if each.default is None else print_value(each.default),
            )
            for each in definition.arguments
        ),
        repeatable=definition.repeatable,
        description=definition.description,
    )
