"""A folder -> the module that the rules look at."""

import ast
import importlib
import traceback
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from codegen.modules.boundaries.changes import Since
from codegen.modules.boundaries.model import Failure, ModuleUnderCheck, PythonFile
from foundation_subgraph.kit import MANIFEST_FILE, Manifest, ManifestError, Subgraph

_NOT_OURS: Final = frozenset({"__pycache__"})


def module_ids(modules: Path) -> tuple[str, ...]:
    """The folders that are modules, or mean to be: those with a door or a manifest."""
    return tuple(
        path.name
        for path in sorted(modules.iterdir())
        if path.is_dir()
        and path.name.isidentifier()
        and ((path / "__init__.py").is_file() or (path / MANIFEST_FILE).is_file())
    )


def read_module(modules: Path, id_: str, owners: Mapping[str, str], since: Since) -> ModuleUnderCheck:
    """One module, imported from the package that the folder of modules is."""
    folder = modules / id_
    manifest, fault = _manifest(folder / MANIFEST_FILE)
    loaded = _load(modules, id_)
    return ModuleUnderCheck(
        id=id_,
        package=modules.name,
        path=f"{modules.name}/{id_}",
        files=frozenset(_path(file, modules) for file in _files(folder)),
        python=tuple(_python(file, modules) for file in _files(folder) if file.suffix == ".py"),
        manifest_text=_text(folder / MANIFEST_FILE),
        manifest=manifest,
        manifest_fault=fault,
        subgraph=loaded if isinstance(loaded, Subgraph) else None,
        failure=loaded if isinstance(loaded, Failure) else None,
        owners=owners,
        change=since.change,
        registered=since.registered.get(id_, ()),
    )


def _files(folder: Path) -> Iterator[Path]:
    return (
        path
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not _NOT_OURS.intersection(path.parts)
    )


def _path(file: Path, modules: Path) -> str:
    return f"{modules.name}/{file.relative_to(modules).as_posix()}"


def _text(file: Path) -> str:
    return file.read_text(encoding="utf-8", errors="replace") if file.is_file() else ""


def _python(file: Path, modules: Path) -> PythonFile:
    text, path = _text(file), _path(file, modules)
    try:
        return PythonFile(path, text, ast.parse(text))
    except SyntaxError as error:
        return PythonFile(path, text, None, error.lineno or 1)
    except ValueError:  # a NUL
        return PythonFile(path, text, None)


def _manifest(file: Path) -> tuple[Manifest | None, str]:
    try:
        return Manifest.read(file), ""
    except ManifestError as error:
        return None, str(error).removeprefix(f"{file}: ")


def _load(modules: Path, id_: str) -> Subgraph | Failure:
    door = f"{modules.name}/{id_}/__init__.py"
    try:
        found: object = getattr(importlib.import_module(f"{modules.name}.{id_}"), "subgraph", None)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001 - a module may fail in any way it likes
        words = (str(error).strip().splitlines() or [""])[0]
        path, line = _place(error, modules / id_, modules) or (door, 1)
        return Failure(f"{type(error).__name__}: {words}", path, line)
    if not isinstance(found, Subgraph):
        return Failure("its door has no `subgraph`", door, 1)
    if found.name != id_:
        return Failure(f"its subgraph calls itself {found.name}", door, 1)
    return found


def _place(error: BaseException, folder: Path, modules: Path) -> tuple[str, int] | None:
    """The last line of the module's own that the error came through."""
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        file = Path(frame.filename)
        if file.is_relative_to(folder):
            return _path(file, modules), frame.lineno or 1
    return None
