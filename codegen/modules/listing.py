"""The modules of a folder as their manifests tell of them: read, and not run."""

from dataclasses import dataclass
from pathlib import Path

from codegen.modules.boundaries.reading import module_ids
from foundation_subgraph.kit import MANIFEST_FILE, Manifest, ManifestError


@dataclass(frozen=True, slots=True)
class ListedModule:
    """`fault` says why a manifest cannot be read; all else but the id is then empty."""

    id: str
    title: str = ""
    version: int = 0
    owner: str = ""
    owns: tuple[str, ...] = ()
    extends: tuple[str, ...] = ()
    depends_on: tuple[str, ...] = ()
    permissions: tuple[str, ...] = ()
    fault: str = ""


def list_modules(modules: Path) -> tuple[ListedModule, ...]:
    """By id."""
    return tuple(_listed(modules / id_) for id_ in module_ids(modules))


def _listed(folder: Path) -> ListedModule:
    file = folder / MANIFEST_FILE
    try:
        manifest = Manifest.read(file)
    except ManifestError as error:
        return ListedModule(folder.name, fault=str(error).removeprefix(f"{file}: "))
    return ListedModule(
        id=folder.name,
        title=manifest.title,
        version=manifest.version,
        owner=manifest.owner,
        owns=manifest.owns,
        extends=manifest.extends,
        depends_on=manifest.depends_on,
        permissions=tuple(permission.id for permission in manifest.permissions),
    )
