"""The story: read both contracts, find what changed, judge it."""

from collections.abc import Iterator
from dataclasses import dataclass

from graphql import GraphQLError, GraphQLInputObjectType, GraphQLSchema, build_schema, is_introspection_type

from schema.checks.access_changes import find_access_changes
from schema.checks.api_changes import find_api_changes
from schema.checks.changes import Change
from schema.checks.permission_changes import find_permission_changes
from schema.checks.verdicts import RULINGS, Ruling, Verdict
from schema.contract import Contract
from supergraph.spec import Coordinate, InvalidSupergraphError, Supergraph, read_supergraph


class UnreadableContractError(Exception):
    """A contract whose documents are broken. The message is one line and names the document."""


@dataclass(frozen=True, slots=True)
class Finding:
    """`accepted` is the reason why a breaking change is meant; None where nobody has accepted it."""

    change: Change
    ruling: Ruling
    accepted: str | None = None


_ORDER = tuple(Verdict)


def compare_contracts(old: Contract, new: Contract) -> tuple[Finding, ...]:
    """The worst first, then by coordinate. Raises UnreadableContractError."""
    old_api, new_api = _read_api(old), _read_api(new)
    changes = {
        *find_api_changes(old_api, new_api),
        *find_access_changes(
            _read_supergraph(old), _read_supergraph(new), {*_coordinates(old_api)} & {*_coordinates(new_api)}
        ),
        *find_permission_changes(old.permissions, new.permissions),
    }
    findings = [Finding(change, RULINGS[change.kind]) for change in changes]
    return tuple(sorted(findings, key=lambda each: (_ORDER.index(each.ruling.verdict), each.change)))


def _read_api(contract: Contract) -> GraphQLSchema:
    try:
        return build_schema(contract.api_sdl)
    except (GraphQLError, TypeError) as error:
        raise UnreadableContractError(f"api.graphql is no valid schema: {_first_line(error)}") from error


def _read_supergraph(contract: Contract) -> Supergraph:
    try:
        return read_supergraph(contract.supergraph_sdl)
    except InvalidSupergraphError as error:
        raise UnreadableContractError(f"supergraph.graphql: {_first_line(error)}") from error


def _coordinates(schema: GraphQLSchema) -> Iterator[Coordinate]:
    for name, definition in schema.type_map.items():
        if is_introspection_type(definition) or isinstance(definition, GraphQLInputObjectType):
            continue
        yield Coordinate(name)
        yield from (Coordinate(f"{name}.{field}") for field in getattr(definition, "fields", ()))


def _first_line(error: Exception) -> str:
    return str(error).split("\n", 1)[0]
