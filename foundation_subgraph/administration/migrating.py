"""The tables of every subgraph: how far they are, and bringing them up to date."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from foundation_subgraph.administration.office import telling_of_databases
from foundation_subgraph.database_addresses import find_address, prepare_address
from foundation_subgraph.graph import subgraph as foundation
from foundation_subgraph.house_settings import HouseSettings
from foundation_subgraph.kit import Subgraph
from foundation_subgraph.kit.installing import UnknownImportError, find_installed
from foundation_subgraph.kit.migrations import status
from foundation_subgraph.kit.roles import OWNER_ROLE
from foundation_subgraph.preparing import first_line, prepare
from supergraph.spec import HouseError


@dataclass(frozen=True, slots=True)
class TablesState:
    """How far a subgraph's tables are. `was` is how far they were before an upgrade; `problem` why they stayed there.

    `current` is None before the first migration, `head` where there are none or the subgraph cannot be read.
    """

    subgraph: str
    current: str | None
    head: str | None
    was: str | None = None
    problem: str = ""

    @property
    def is_fine(self) -> bool:
        return not self.problem and self.current == self.head


async def tables_state(settings: HouseSettings) -> Sequence[TablesState]:
    """Changes nothing. Raises HouseError."""
    subgraphs, broken = _installed(settings)
    async with telling_of_databases():
        owner = find_address(settings, OWNER_ROLE).engine(pool_size=0)
        return [*[await _state(owner, one) for one in subgraphs], *broken]


async def upgrade_tables(
    settings: HouseSettings, begun: Callable[[str], None] = lambda _name: None
) -> Sequence[TablesState]:
    """Migrate each subgraph and register it, one after the other; `begun` is told of each. Raises HouseError.

    Who comes meanwhile waits for its turn and finds nothing left to do. A subgraph whose migration fails keeps its
    tables and rows as they were; the others go on, unless it is the foundation, which they all need.
    """
    subgraphs, broken = _installed(settings)
    done: list[TablesState] = []
    async with telling_of_databases():
        owner = (await prepare_address(settings)).engine(pool_size=0)
        for one in subgraphs:
            begun(one.name)
            was = (await _state(owner, one)).current
            problem = ""
            if one is not foundation and done[0].problem:
                problem = "not tried: the foundation comes first"
            else:
                try:
                    await prepare(owner, one)
                except (Exception, SystemExit) as error:  # noqa: BLE001 - a subgraph may fail in any way, alone
                    problem = first_line(error)
            now = await _state(owner, one)
            done.append(TablesState(one.name, now.current, now.head, was, problem or now.problem))
    return [*done, *broken]


def _installed(settings: HouseSettings) -> tuple[Sequence[Subgraph], Sequence[TablesState]]:
    try:
        found = find_installed(settings.installed)
    except UnknownImportError as error:
        raise HouseError(str(error)) from error
    broken = [TablesState(one.name, None, None, problem=one.reason) for one in found.broken]
    return (foundation, *found.subgraphs), broken


async def _state(owner: AsyncEngine, one: Subgraph) -> TablesState:
    try:
        found = await status(owner, one)
    except (OSError, SQLAlchemyError):
        raise
    except Exception as error:  # noqa: BLE001 - migrations that cannot even be read
        return TablesState(one.name, None, None, problem=first_line(error))
    return TablesState(one.name, found.current, found.head)
