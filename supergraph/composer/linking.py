"""What the names of a document stand for: its links resolved, and the directives they define."""

import re
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final
from urllib.parse import urlsplit

from supergraph.composer.subgraph import LinkedSpec
from supergraph.spec import (
    CONNECT,
    FEDERATION,
    FEDERATION_1,
    LATEST_FEDERATION,
    LINK,
    NULL,
    Code,
    DirectiveDefinitionSyntax,
    DirectiveSyntax,
    ListValue,
    NameValue,
    ObjectValue,
    StringValue,
    Value,
    connect_types,
    federation_directives,
    federation_scalars,
    first_version_with,
    linked_directives,
    print_value,
)

_NAME: Final = re.compile(r"[_A-Za-z][_0-9A-Za-z]*\Z")
_VERSION: Final = re.compile(r"v(0|[1-9]\d*)\.(0|[1-9]\d*)\Z")
_TAKEN_FOR_FEDERATION: Final = (
    "shareable",
    "inaccessible",
    "override",
    "interfaceObject",
    "composeDirective",
)
_LINK_TYPES: Final = ("Purpose", "Import")


@dataclass(frozen=True, slots=True)
class LinkProblem:
    """What is wrong with a link, and at which offset."""

    code: Code
    why: str
    at: int
    mend: str = ""
    """Where it is better than the catalogue's."""


@dataclass(frozen=True, slots=True)
class KnownDirective:
    """A directive that the document may use without defining it, under its name there."""

    spec: str
    canonical: str
    definition: DirectiveDefinitionSyntax


@dataclass(frozen=True, slots=True)
class Linking:
    """What a document's names mean. Names of directives stand without `@`.

    `directives` are those that linking defines; `scalars` are the types that come with them, each with its canonical
    name. `renames` gives the meaning of any other name that a link imports: (spec, canonical name).
    """

    version: tuple[int, int]
    links: tuple[LinkedSpec, ...]
    directives: Mapping[str, KnownDirective]
    types: Mapping[str, str]
    renames: Mapping[str, tuple[str, str]]
    namespaces: Mapping[str, str]

    def meaning(self, name: str) -> tuple[str, str]:
        """(spec, canonical name) of a directive; no spec for one of the document's own."""
        if known := self.directives.get(name):
            return known.spec, known.canonical
        if found := self.renames.get(f"@{name}"):
            return found[0], found[1].removeprefix("@")
        namespace, separator, rest = name.partition("__")
        if separator and namespace in self.namespaces:
            return self.namespaces[namespace], rest
        if name in self.namespaces:
            return self.namespaces[name], name
        return "", name


def resolve_links(
    uses: Sequence[DirectiveSyntax], defined: Container[str]
) -> tuple[Linking, list[LinkProblem]]:
    """Read every `@link` on the schema. With any problem the linking is that of an empty document.

    `defined` are the directives that the document defines: under another name than `link`, it must define it itself.
    """
    name = _name_of_link(uses)
    is_known = name == "link" or name in defined
    problems: list[LinkProblem] = []
    links: list[LinkedSpec] = []
    for use in uses:
        if use.name == name:
            link, found = _read_link(use)
            problems += found
            if link is not None:
                problems += _clash(link, links)
                links.append(link)
    problems += _import_clashes(links)
    federation = next((link for link in links if link.identity == FEDERATION), None)
    if federation is not None and not (2, 0) <= federation.version <= LATEST_FEDERATION:
        problems.append(
            LinkProblem(
                Code.UNKNOWN_FEDERATION_LINK_VERSION,
                f"federation v{_version_text(federation.version)} does not exist",
                federation.at,
            )
        )
    for link in links:
        if link.identity == LINK and link.version != (1, 0):
            problems.append(
                LinkProblem(
                    Code.UNKNOWN_LINK_VERSION,
                    f"version v{_version_text(link.version)} of the link specification does not exist",
                    link.at,
                )
            )
    if not problems and federation is not None:
        problems += _unknown_imports(federation)
    if problems:
        return _linking(None, [], ""), problems
    used = is_known and any(use.name == name for use in uses)
    return _linking(federation, links, name if used else ""), []


def _name_of_link(uses: Sequence[DirectiveSyntax]) -> str:
    """`link`, unless the document links the link specification itself under another name."""
    for use in uses:
        arguments = dict(use.arguments)
        url, alias = arguments.get("url"), arguments.get("as")
        if not isinstance(url, StringValue) or not url.value.startswith(f"{LINK}/"):
            continue
        imports = arguments.get("import")
        for each in imports.values if isinstance(imports, ListValue) else ():
            if isinstance(each, ObjectValue) and dict(each.fields).get("name") == StringValue("@link"):
                renamed = dict(each.fields).get("as")
                if isinstance(renamed, StringValue):
                    return renamed.value.removeprefix("@")
        if isinstance(alias, StringValue):
            return alias.value
    return "link"


def _read_link(use: DirectiveSyntax) -> tuple[LinkedSpec | None, list[LinkProblem]]:
    arguments = dict(use.arguments)
    url = arguments.get("url")
    if not isinstance(url, StringValue) or not url.value:
        return None, []
    identity, version, problem = _read_url(url.value)
    if problem:
        return None, [LinkProblem(Code.INVALID_LINK_IDENTIFIER, problem, use.at)]
    alias = arguments.get("as")
    namespace = alias.value if isinstance(alias, StringValue) else identity.rsplit("/", 1)[-1]
    problems = []
    if not _NAME.match(namespace):
        problems.append(f'"{namespace}" is not a GraphQL name: name the link by `as:`')
    elif "__" in namespace or namespace.endswith("_"):
        problems.append(f'"{namespace}" has two underscores or ends in one: name the link otherwise by `as:`')
    imports, found = _read_imports(arguments.get("import"))
    purpose = arguments.get("for")
    link = LinkedSpec(
        identity,
        version,
        namespace,
        tuple(imports),
        purpose.name if isinstance(purpose, NameValue) and purpose != NULL else None,
        url.value,
        use.at,
    )
    return link, [LinkProblem(Code.INVALID_LINK_DIRECTIVE_USAGE, why, use.at) for why in problems + found]


def _read_url(text: str) -> tuple[str, tuple[int, int], str]:
    try:
        parts = urlsplit(text)
    except ValueError:
        return "", (0, 0), f'"{text}" is not an address'
    if not parts.scheme or not parts.netloc:
        return "", (0, 0), f'"{text}" is not an address: it has no host'
    path = [part for part in parts.path.split("/") if part]
    if not path:
        return "", (0, 0), f'"{text}" names no specification'
    version = _VERSION.match(path[-1])
    if parts.path.endswith("/") and version is None:
        return "", (0, 0), f'"{text}" has no version'
    if version is None:
        return "", (0, 0), f'"{text}" ends in "{path[-1]}" where a version such as v1.2 is wanted'
    identity = f"{parts.scheme}://{parts.netloc}/{'/'.join(path[:-1])}".rstrip("/")
    return identity, (int(version[1]), int(version[2])), ""


def _read_imports(value: Value | None) -> tuple[list[tuple[str, str]], list[str]]:
    if value is None or value == NULL:
        return [], []
    imports: list[tuple[str, str]] = []
    problems = []
    for each in value.values if isinstance(value, ListValue) else (value,):
        match each:
            case StringValue(name):
                imports.append((name, name))
            case ObjectValue(fields):
                named, problem = _read_renaming(dict(fields), print_value(each))
                if problem:
                    problems.append(problem)
                elif named:
                    imports.append(named)
            case _:
                problems.append(
                    f'cannot import {print_value(each)}: give "@name" or {{name: "@name", as: "@other"}}'
                )
    return imports, problems


def _read_renaming(fields: Mapping[str, Value], shown: str) -> tuple[tuple[str, str] | None, str]:
    if unknown := sorted(fields.keys() - {"name", "as"}):
        return None, f"cannot import {shown}: it has an unknown field {unknown[0]}"
    name, alias = fields.get("name"), fields.get("as")
    if not isinstance(name, StringValue):
        return None, f"cannot import {shown}: it has no name"
    if alias is None or alias == NULL:
        return (name.value, name.value), ""
    if not isinstance(alias, StringValue):
        return None, f"cannot import {shown}: `as` is not a string"
    if name.value.startswith("@") != alias.value.startswith("@"):
        return (
            None,
            f"cannot import {shown}: a directive is imported as a directive, with @, and a type as a type",
        )
    for text in (name.value, alias.value):
        if not _NAME.match(text.removeprefix("@")):
            return None, f'cannot import {shown}: "{text}" is not a GraphQL name'
    return (name.value, alias.value), ""


def _clash(link: LinkedSpec, earlier: Sequence[LinkedSpec]) -> Iterator[LinkProblem]:
    for other in earlier:
        if other.identity == link.identity:
            yield LinkProblem(
                Code.INVALID_LINK_DIRECTIVE_USAGE, f"{link.identity} is linked more than once", link.at
            )
        elif other.namespace == link.namespace:
            yield LinkProblem(
                Code.INVALID_LINK_DIRECTIVE_USAGE,
                f'{link.identity} and {other.identity} are both called "{link.namespace}": tell them apart by `as:`',
                link.at,
            )


def _import_clashes(links: Sequence[LinkedSpec]) -> Iterator[LinkProblem]:
    taken: dict[str, tuple[str, str]] = {}
    for link in links:
        named: dict[str, str] = {}
        for name, alias in link.imports:
            if named.setdefault(name, alias) != alias:
                yield LinkProblem(
                    Code.INVALID_LINK_DIRECTIVE_USAGE,
                    f'"{name}" is imported as "{named[name]}" and as "{alias}"',
                    link.at,
                )
            elif taken.setdefault(alias, (link.identity, name)) != (link.identity, name):
                yield LinkProblem(
                    Code.INVALID_LINK_DIRECTIVE_USAGE,
                    f'"{alias}" is imported twice, as {taken[alias][1]} of {taken[alias][0]} and '
                    f"{name} of {link.identity}",
                    link.at,
                )


def _unknown_imports(link: LinkedSpec) -> Iterator[LinkProblem]:
    known = {f"@{name}" for name in federation_directives(link.version)}
    known |= set(federation_scalars(link.version))
    for name, _ in link.imports:
        if name in known:
            continue
        since = first_version_with(name.removeprefix("@"))
        hint = mend = ""
        meant = f"@{name}" if f"@{name}" in known else next(iter(get_close_matches(name, known, 1)), "")
        if since is not None and name.startswith("@"):
            hint = f": it came with v{_version_text(since)}"
            mend = f"Link federation v{_version_text(since)} or later."
        elif meant:
            hint, mend = f'; did you mean "{meant}"?', f'Import "{meant}".'
        yield LinkProblem(
            Code.INVALID_LINK_DIRECTIVE_USAGE,
            f'federation v{_version_text(link.version)} has no "{name}" to import{hint}',
            link.at,
            mend,
        )


def _linking(federation: LinkedSpec | None, links: Sequence[LinkedSpec], link_name: str) -> Linking:
    directives: dict[str, KnownDirective] = {}
    types: dict[str, str] = {}
    renames: dict[str, tuple[str, str]] = {}
    namespaces: dict[str, str] = {}
    if link_name:
        directives[link_name] = KnownDirective(LINK, "link", linked_directives(LINK, (1, 0))["link"])
        for name in _LINK_TYPES:
            types[f"{link_name}__{name}"] = name
    if federation is None:
        for name, definition in federation_directives(FEDERATION_1).items():
            directives[name] = KnownDirective(FEDERATION, name, definition)
        types |= {name: name for name in federation_scalars(FEDERATION_1)}
        # Not known there, but a document that defines one by itself means federation's: so it is upgraded.
        renames |= {f"@{name}": (FEDERATION, name) for name in _TAKEN_FOR_FEDERATION}
    for link in links:
        named = dict(link.imports)
        for name, alias in link.imports:
            renames[alias] = (link.identity, name)
        namespaces[link.namespace] = link.identity
        if link is federation:
            for name, definition in federation_directives(link.version).items():
                alias = named.get(f"@{name}", f"@{link.namespace}__{name}")[1:]
                directives[alias] = KnownDirective(FEDERATION, name, definition)
            for name in federation_scalars(link.version):
                types[named.get(name, f"{link.namespace}__{name}")] = name
        elif link.identity != LINK:
            # A specification that federation contains means the same linked by itself.
            for name, definition in linked_directives(link.identity, link.version).items():
                default = (
                    link.namespace if link.identity.endswith(f"/{name}") else f"{link.namespace}__{name}"
                )
                alias = named.get(f"@{name}", f"@{default}")[1:]
                spec = CONNECT if link.identity == CONNECT else FEDERATION
                directives.setdefault(alias, KnownDirective(spec, name, definition))
            if link.identity == CONNECT:
                types |= {named.get(name, f"{link.namespace}__{name}"): name for name in connect_types()}
    version = federation.version if federation else FEDERATION_1
    return Linking(version, tuple(links), directives, types, renames, namespaces)


def _version_text(version: tuple[int, int]) -> str:
    return f"{version[0]}.{version[1]}"
