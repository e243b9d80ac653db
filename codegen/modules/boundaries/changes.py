"""What a repository says of a change: what is touched since a revision, and which permissions were registered then."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from codegen.modules.boundaries.model import Change, RegisteredPermission
from foundation_subgraph.kit import MANIFEST_FILE, Manifest, ManifestError
from schema.checks import Repository, RevisionError

_CONTRACT: Final = Path("schema/sdl")
_PERMISSIONS: Final = "permissions.json"

Registered = Mapping[str, tuple[RegisteredPermission, ...]]


@dataclass(frozen=True, slots=True)
class Since:
    """The change since a revision, and the permissions of each module at that revision."""

    change: Change | None
    registered: Registered


def read_change(modules: Path, base: str | None) -> Since:
    """What changed since this work left `base`; without one, since it left the main branch, and then only told, not judged.

    Raises RevisionError for a base that cannot be compared with. Where none is named and there is no history, there
    is nothing to compare with either.
    """
    try:
        repository = Repository.around(modules)
        commit, name = (
            repository.where_this_work_began() if base is None else repository.where_this_work_left(base)
        )
    except RevisionError:
        if base is None:
            return Since(None, {})
        raise
    if commit is None:
        return Since(None, {})
    inside = modules.resolve().relative_to(repository.root.resolve()).as_posix()
    touched = repository.touched_since(commit) if base is not None else {}
    change = Change(name, touched, inside, is_judged=base is not None)
    return Since(change, _registered(repository, commit, modules))


def _registered(repository: Repository, commit: str, modules: Path) -> Registered:
    """By the manifests of then; where a module had none yet, by the contract of then."""
    found = _by_contract(repository.files_at(commit, modules.parent / _CONTRACT))
    for path, text in repository.files_at(commit, modules, MANIFEST_FILE).items():
        id_, _, name = path.partition("/")
        if name == MANIFEST_FILE:
            try:
                manifest = Manifest.parse(text, path)
            except ManifestError:
                continue
            found[id_] = tuple(
                RegisteredPermission(each.id, each.description) for each in manifest.permissions
            )
    return found


def _by_contract(files: Mapping[str, str]) -> dict[str, tuple[RegisteredPermission, ...]]:
    found: dict[str, tuple[RegisteredPermission, ...]] = {}
    try:
        listed = json.loads(files.get(_PERMISSIONS, "[]"))
        for each in listed:
            known = found.get(each["subgraph"], ())
            found[each["subgraph"]] = (*known, RegisteredPermission(each["id"], each["description"]))
    except (ValueError, KeyError, TypeError) as error:
        raise RevisionError(f"{_PERMISSIONS} is no list of permissions at that revision") from error
    return found
