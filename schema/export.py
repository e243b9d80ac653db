"""The contract into its folder, and whether the folder still says what the code says."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from schema.contract import SUBGRAPHS_FOLDER, Contract, contract_files


class Staleness(StrEnum):
    MISSING = "missing"
    DIFFERENT = "differs from the code"
    LEFT_OVER = "belongs to no subgraph"


@dataclass(frozen=True, slots=True)
class StaleFile:
    """A file by its path inside the folder, and what is the matter with it."""

    path: str
    staleness: Staleness


def find_stale_files(contract: Contract, folder: Path) -> tuple[StaleFile, ...]:
    """What `write_contract` would change; empty when the folder is as it should be."""
    return tuple(_stale(contract_files(contract), folder))


def write_contract(contract: Contract, folder: Path) -> tuple[StaleFile, ...]:
    """Write what is stale and remove what is left over; what was stale comes back. Raises OSError."""
    files = contract_files(contract)
    stale = find_stale_files(contract, folder)
    for each in stale:
        path = folder / each.path
        if each.staleness is Staleness.LEFT_OVER:
            path.unlink()
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        # Written aside and then put in place: a reader never meets half a document.
        aside = path.with_name(f".{path.name}.new")
        aside.write_bytes(files[each.path].encode())
        aside.replace(path)
    return stale


def _stale(files: dict[str, str], folder: Path) -> Iterator[StaleFile]:
    for name, text in files.items():
        path = folder / name
        if not path.is_file():
            yield StaleFile(name, Staleness.MISSING)
        elif path.read_bytes() != text.encode():
            yield StaleFile(name, Staleness.DIFFERENT)
    for path in sorted((folder / SUBGRAPHS_FOLDER).glob("*.graphql")):
        name = path.relative_to(folder).as_posix()
        if name not in files:
            yield StaleFile(name, Staleness.LEFT_OVER)
