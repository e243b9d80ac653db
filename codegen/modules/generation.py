"""Blueprint -> a folder, whole or not at all. What somebody edited is shown and never overwritten."""

import difflib
import json
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from typing import Final

from codegen.modules.blueprint import Blueprint
from codegen.modules.formatting import format_python
from codegen.modules.templates import module_files
from codegen.modules.wishes import UnfitWishError, Wish

RECORD: Final = ".generated.json"
"""What the generator wrote, by digest: so that it knows later which files somebody has edited since."""


class FileState(StrEnum):
    NEW = "new"
    UNTOUCHED = "untouched"
    EDITED = "edited"
    LEFT_OVER = "no longer wanted"
    LEFT_OVER_EDITED = "no longer wanted, edited"


REWRITABLE: Final = frozenset({FileState.NEW, FileState.UNTOUCHED, FileState.LEFT_OVER})


@dataclass(frozen=True, slots=True)
class FileChange:
    """A file that is not as the generator would write it now. `present` or `wanted` is None where there is no such file."""

    path: str
    state: FileState
    present: str | None
    wanted: str | None

    def diff(self) -> str:
        lines = difflib.unified_diff(
            (self.present or "").splitlines(keepends=True),
            (self.wanted or "").splitlines(keepends=True),
            f"{self.path} (there)" if self.present is not None else "/dev/null",
            f"{self.path} (generated)" if self.wanted is not None else "/dev/null",
        )
        return "".join(line if line.endswith("\n") else f"{line}\n" for line in lines)


@dataclass(frozen=True, slots=True)
class Written:
    """The files of a module as the generator would write them. Not formatted where there was no ruff."""

    files: Mapping[str, str]
    is_formatted: bool


def write_files(wanted: Blueprint) -> Written:
    """The text of each file by its path inside the module's folder."""
    files = module_files(wanted)
    with tempfile.TemporaryDirectory(prefix="dovetail-module-") as aside:
        folder = Path(aside)
        _put(files, folder)
        is_formatted = format_python(folder)
        return Written({path: (folder / path).read_text(encoding="utf-8") for path in files}, is_formatted)


def refuse_taken_id(wish: Wish, modules: Path) -> None:
    """Raises UnfitWishError for a folder that the generator did not make, or made for another entity."""
    if (modules / wish.id).exists():
        _digests(wish, modules / wish.id)


def make_module(wanted: Blueprint, written: Written, modules: Path) -> Path:
    """Write a new module's folder. It appears whole, by a rename. Raises OSError."""
    folder = modules / wanted.id
    aside = Path(tempfile.mkdtemp(prefix=f".{wanted.id}.", dir=modules))
    try:
        _put({**written.files, RECORD: _record(wanted, written.files)}, aside)
        aside.chmod(0o755)
        aside.rename(folder)  # refused where somebody was quicker and made the folder
    except BaseException:
        shutil.rmtree(aside, ignore_errors=True)
        raise
    return folder


def compare_module(wanted: Blueprint, written: Written, modules: Path) -> tuple[FileChange, ...]:
    """What the generator would write otherwise into a module that it made.

    A file that somebody edited counts only where the generator would now write another text than the last time. Raises
    UnfitWishError for a folder that it did not make, or made for another entity.
    """
    folder = modules / wanted.id
    if not folder.exists():
        return tuple(FileChange(path, FileState.NEW, None, text) for path, text in written.files.items())
    return tuple(_changes(written.files, _digests(wanted, folder), folder))


def rewrite_module(
    wanted: Blueprint, written: Written, changes: Iterable[FileChange], modules: Path
) -> tuple[FileChange, ...]:
    """Write those of the changes that touch nobody's edits; they come back."""
    folder = modules / wanted.id
    done = tuple(change for change in changes if change.state in REWRITABLE)
    digests = _digests(wanted, folder)
    for change in done:
        if change.wanted is None:
            (folder / change.path).unlink()
            digests.pop(change.path, None)
        else:
            _put({change.path: change.wanted}, folder)
            digests[change.path] = _digest(written.files[change.path])
    _put({RECORD: _record_of(wanted, digests)}, folder)
    return done


def _changes(files: Mapping[str, str], recorded: Mapping[str, str], folder: Path) -> Iterable[FileChange]:
    for path, text in files.items():
        file = folder / path
        present = file.read_text(encoding="utf-8") if file.is_file() else None
        last = recorded.get(path)
        if present == text or last == _digest(text):
            continue  # as wanted, or edited while the generator has nothing new to say
        if present is None:
            yield FileChange(path, FileState.NEW if last is None else FileState.EDITED, None, text)
        else:
            state = FileState.UNTOUCHED if _digest(present) == last else FileState.EDITED
            yield FileChange(path, state, present, text)
    for path in sorted(set(recorded) - set(files)):
        file = folder / path
        if file.is_file():
            present = file.read_text(encoding="utf-8")
            is_edited = _digest(present) != recorded[path]
            yield FileChange(
                path, FileState.LEFT_OVER_EDITED if is_edited else FileState.LEFT_OVER, present, None
            )


def _digests(wanted: Blueprint | Wish, folder: Path) -> dict[str, str]:
    try:
        record = json.loads((folder / RECORD).read_text(encoding="utf-8"))
        entity, digests = (
            str(record["entity"]),
            {str(path): str(one) for path, one in record["files"].items()},
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise UnfitWishError(
            f"the id {wanted.id} is taken: {folder.name} is there, and was not made by `dovetail module new`"
        ) from None
    if entity != wanted.entity:
        raise UnfitWishError(
            f"the id {wanted.id} is taken: {folder.name} was made for {entity}; choose another id"
        )
    return digests


def _record(wanted: Blueprint, files: Mapping[str, str]) -> str:
    return _record_of(wanted, {path: _digest(text) for path, text in files.items()})


def _record_of(wanted: Blueprint, digests: Mapping[str, str]) -> str:
    return json.dumps({"entity": wanted.entity, "files": dict(sorted(digests.items()))}, indent=2) + "\n"


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def _put(files: Mapping[str, str], folder: Path) -> None:
    for path, text in files.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
