"""The contract as the working tree has it: every subgraph's own words, composed. No database is needed."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Final, Protocol, runtime_checkable

from schema.contract import Contract, DeclaredPermission
from supergraph.composer import Diagnostic, SubgraphSource, compose
from supergraph.spec import SubgraphName

HOUSE: Final = ("foundation_subgraph.graph:subgraph", "module_subgraphs:installed")
"""Where the house's own subgraphs are found: the foundation, and whatever modules are there."""


class DeclaredAccess(Protocol):
    """A permission as a subgraph declares it."""

    @property
    def id(self) -> str: ...
    @property
    def description(self) -> str: ...
    @property
    def access(self) -> str: ...


@runtime_checkable
class SubgraphInCode(Protocol):
    """What a contract needs to know of a subgraph; the kit's `Subgraph` is one."""

    @property
    def name(self) -> str: ...
    @property
    def permissions(self) -> Sequence[DeclaredAccess]: ...
    def sdl(self) -> str: ...
    def origins(self) -> Mapping[str, str]: ...


class BrokenInCode(Protocol):
    """A subgraph that was found and cannot be loaded."""

    @property
    def name(self) -> str: ...
    @property
    def reason(self) -> str: ...


@runtime_checkable
class FoundInCode(Protocol):
    """What a function that finds subgraphs gives; the kit's `Installed` is one."""

    @property
    def subgraphs(self) -> Sequence[SubgraphInCode]: ...
    @property
    def broken(self) -> Sequence[BrokenInCode]: ...


class SubgraphImportError(Exception):
    """A subgraph that cannot be had from its import string. The message is one line and names it."""


@dataclass(frozen=True, slots=True)
class Refused:
    """The subgraphs do not compose; one line each says why."""

    complaints: tuple[str, ...]


def read_working_tree(import_strings: Sequence[str] = HOUSE) -> Contract | Refused:
    """The contract of the subgraphs behind `package.module:name`. Raises SubgraphImportError.

    The name stands for a subgraph, for several, or for a function that gives either.
    """
    subgraphs = [subgraph for each in import_strings for subgraph in _import_subgraphs(each)]
    subgraphs.sort(key=lambda subgraph: subgraph.name)
    permissions = sorted(
        DeclaredPermission(
            permission.id, SubgraphName(subgraph.name), permission.description, str(permission.access)
        )
        for subgraph in subgraphs
        for permission in subgraph.permissions
    )
    if complaints := tuple(_declared_twice(permissions)):
        return Refused(complaints)
    documents = {SubgraphName(subgraph.name): subgraph.sdl() for subgraph in subgraphs}
    sources = [
        SubgraphSource(
            subgraph.name, url="", sdl=documents[SubgraphName(subgraph.name)], origins=subgraph.origins()
        )
        for subgraph in subgraphs
    ]
    composition = compose(sources, known_permissions={permission.id for permission in permissions})
    supergraph_sdl, api_sdl = composition.supergraph_sdl, composition.api_schema_sdl
    if supergraph_sdl is None or api_sdl is None:
        return Refused(tuple(_complaint(each) for each in composition.errors))
    return Contract(documents, supergraph_sdl, api_sdl, tuple(permissions))


def _import_subgraphs(import_string: str) -> Sequence[SubgraphInCode]:
    match _load(import_string):
        case SubgraphInCode() as subgraph:
            return (subgraph,)
        case FoundInCode() as found:
            # The house can serve without a broken module; a contract without it would tell everybody that it is gone.
            if found.broken:
                why = "; ".join(f"{each.name} ({each.reason})" for each in found.broken)
                raise SubgraphImportError(f"{import_string} found subgraphs that cannot be loaded: {why}")
            return found.subgraphs
        case Iterable() as found:
            several: list[object] = list(found)
            subgraphs = [each for each in several if isinstance(each, SubgraphInCode)]
            if len(subgraphs) == len(several):
                return subgraphs
        case _:
            pass
    raise SubgraphImportError(f"{import_string} is not a subgraph, nor several")


def _load(import_string: str) -> object:
    module_name, _, name = import_string.partition(":")
    if not module_name or not name:
        raise SubgraphImportError(f'"{import_string}" is no import string; write it like package.module:name')
    try:
        found: object = getattr(import_module(module_name), name)
        return found() if callable(found) and not isinstance(found, SubgraphInCode) else found
    except Exception as error:
        # Whatever a subgraph's code does wrong while it is loaded is told as one thing: it cannot be had.
        first = str(error).split("\n", 1)[0]
        raise SubgraphImportError(
            f"{import_string} cannot be loaded: {type(error).__name__}: {first}"
        ) from error


def _declared_twice(permissions: Iterable[DeclaredPermission]) -> Iterator[str]:
    first: dict[str, DeclaredPermission] = {}
    for permission in permissions:
        if before := first.get(permission.id):
            yield (
                f"the permission {permission.id} is declared by {before.subgraph} and by {permission.subgraph}; "
                "rename one of them"
            )
        first.setdefault(permission.id, permission)


def _complaint(diagnostic: Diagnostic) -> str:
    places = ", ".join(str(location) for location in diagnostic.locations) or ", ".join(diagnostic.subgraphs)
    mend = f" {diagnostic.mend}" if diagnostic.mend else ""
    return f"{diagnostic.code}: {diagnostic.message}" + (f" ({places})" if places else "") + mend
