"""Contract: the documents that teams hold each other to, as a value and as the files of `schema/sdl/`."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from pydantic import TypeAdapter, ValidationError

from supergraph.spec import SubgraphName

SDL_FOLDER: Final = Path(__file__).resolve().parent / "sdl"
"""Where the committed contract lies: beside this file, wherever the command is called from."""

SUPERGRAPH_FILE: Final = "supergraph.graphql"
API_FILE: Final = "api.graphql"
PERMISSIONS_FILE: Final = "permissions.json"
SUBGRAPHS_FOLDER: Final = "subgraphs"


class IncompleteContractError(Exception):
    """Files that are no contract. The message is one line and names the file."""


@dataclass(frozen=True, slots=True, order=True)
class DeclaredPermission:
    """A permission and the subgraph that owns it. `access` (read, write, ...) is what built-in roles go by."""

    id: str
    subgraph: SubgraphName
    description: str
    access: str


@dataclass(frozen=True, slots=True)
class Contract:
    """All documents end in one line feed; subgraphs stand in the order of their names, permissions of their ids."""

    subgraphs: Mapping[SubgraphName, str]
    supergraph_sdl: str
    api_sdl: str
    permissions: tuple[DeclaredPermission, ...]


_PERMISSIONS: Final = TypeAdapter(tuple[DeclaredPermission, ...])


def contract_files(contract: Contract) -> dict[str, str]:
    """Each file's text by its path inside the folder. The same contract gives the same bytes."""
    permissions = [asdict(permission) for permission in sorted(contract.permissions)]
    return {
        **{
            f"{SUBGRAPHS_FOLDER}/{name}.graphql": _line(sdl)
            for name, sdl in sorted(contract.subgraphs.items())
        },
        SUPERGRAPH_FILE: _line(contract.supergraph_sdl),
        API_FILE: _line(contract.api_sdl),
        PERMISSIONS_FILE: json.dumps(permissions, indent=2, ensure_ascii=False) + "\n",
    }


def contract_from_files(files: Mapping[str, str]) -> Contract:
    """The inverse of `contract_files`. Raises IncompleteContractError."""
    for needed in (SUPERGRAPH_FILE, API_FILE, PERMISSIONS_FILE):
        if needed not in files:
            raise IncompleteContractError(f"{needed} is missing")
    subgraphs = {
        SubgraphName(path.stem): sdl
        for path, sdl in sorted((PurePosixPath(name), text) for name, text in files.items())
        if path.parent.name == SUBGRAPHS_FOLDER and path.suffix == ".graphql"
    }
    return Contract(
        subgraphs, files[SUPERGRAPH_FILE], files[API_FILE], _read_permissions(files[PERMISSIONS_FILE])
    )


def _read_permissions(text: str) -> tuple[DeclaredPermission, ...]:
    try:
        return tuple(sorted(_PERMISSIONS.validate_json(text)))
    except ValidationError as error:
        raise IncompleteContractError(
            f"{PERMISSIONS_FILE} is not a list of permissions with id, subgraph, description and access"
        ) from error


def _line(text: str) -> str:
    return text.strip("\n") + "\n"
