"""What `dovetail module` does: exit 0 fine, 1 refused or a boundary is not kept, 2 it could not be found out."""

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import NoReturn

import typer
from rich.console import Console
from rich.table import Table

import module_subgraphs
from codegen.modules import (
    FileChange,
    FileState,
    UnfitWishError,
    UnknownModuleError,
    Wish,
    check_id,
    check_modules,
    compare_module,
    list_modules,
    make_module,
    read_house,
    read_wish,
    refuse_taken_id,
    rewrite_module,
    write_files,
)
from foundation_subgraph.kit import ManifestError
from schema.checks import RevisionError

_UNWATCHED_WIDTH = 160


def new(wish: Wish, folder: Path | None, *, only_shown: bool, force: bool) -> None:
    modules = _modules(folder)
    try:
        check_id(wish.id)
        refuse_taken_id(wish, modules)
        wanted = read_wish(wish, read_house(modules, ignoring=wish.id), modules.name)
        written = write_files(wanted)
        changes = compare_module(wanted, written, modules)
        if not (modules / wish.id).exists() and not only_shown:
            made = make_module(wanted, written, modules)
            typer.echo(f"{made}: {len(written.files)} files.")
            typer.echo(
                f"Test it: pytest {made}. Then: dovetail module check {wish.id}; dovetail schema export."
            )
            if not written.is_formatted:
                typer.echo("Ruff is not installed here: run `ruff format` on the folder.", err=True)
            return
        if force and not only_shown:
            done = rewrite_module(wanted, written, changes, modules)
            _tell(done, "written")
            changes = tuple(change for change in changes if change not in done)
    except UnfitWishError as problem:
        _end(f"error: {problem}", code=1)
    except ManifestError as problem:
        _end(f"error: {problem}", code=1)
    except OSError as error:
        _end(f"error: cannot write the module: {error.filename}: {error.strerror}", code=2)
    for change in changes:
        typer.echo(change.diff(), nl=False)
    _tell(changes, "not written")
    if changes:
        touchable = any(
            change.state not in {FileState.EDITED, FileState.LEFT_OVER_EDITED} for change in changes
        )
        _end(
            "Nothing is overwritten"
            + (
                "; --force writes the files that nobody edited."
                if touchable
                else ": merge edited files by hand."
            ),
            code=0 if only_shown else 1,
        )
    elif not force:
        typer.echo(f"{wish.id} is as the generator would write it.")


def listed(folder: Path | None, *, as_json: bool) -> None:
    found = list_modules(_modules(folder))
    if as_json:
        typer.echo(json.dumps([asdict(each) for each in found], indent=2))
        return
    table = Table("id", "version", "title", "owner", "owns", "extends", "depends on", "permissions", box=None)
    for each in found:
        lists = (each.owns, each.extends, each.depends_on, each.permissions)
        words = [each.fault, ""] if each.fault else [each.title, each.owner]
        table.add_row(each.id, str(each.version or ""), *words, *(", ".join(one) for one in lists))
    console = Console()
    if not console.is_terminal:
        console.width = _UNWATCHED_WIDTH
    console.print(table)


def check(ids: Sequence[str], base: str | None, folder: Path | None, *, as_json: bool) -> None:
    modules = _modules(folder)
    try:
        breaches = check_modules(modules, ids, base)
    except (UnknownModuleError, RevisionError) as problem:
        _end(f"error: {problem}", code=2)
    if as_json:
        typer.echo(json.dumps([asdict(each) for each in breaches], indent=2))
    else:
        for breach in breaches:
            typer.echo(str(breach))
        typer.echo(
            f"{len(breaches)} boundar{'y is' if len(breaches) == 1 else 'ies are'} not kept."
            if breaches
            else "Every boundary is kept."
        )
    if breaches:
        raise typer.Exit(1)


def _modules(folder: Path | None) -> Path:
    """The folder of modules: the one that is named, which is then importable, else the house's own."""
    if folder is None:
        assert module_subgraphs.__file__ is not None, "it is a package with a file"
        return Path(module_subgraphs.__file__).resolve().parent
    folder = folder.resolve()
    if not (folder / "__init__.py").is_file():
        _end(f"error: {folder} is no folder of modules: it has no __init__.py", code=2)
    if folder.name != module_subgraphs.__name__ and str(folder.parent) not in sys.path:
        sys.path.insert(0, str(folder.parent))
    return folder


def _tell(changes: Sequence[FileChange], what: str) -> None:
    for change in changes:
        typer.echo(f"{change.path}: {change.state}, {what}")
        if what == "written" and change.path.startswith("migrations/"):
            typer.echo(
                "  where this migration has run already, write another one instead: it does not run twice"
            )


def _end(message: str, *, code: int) -> NoReturn:
    typer.echo(message, err=True)
    raise typer.Exit(code)
