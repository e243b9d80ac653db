"""What commands print: tables for people, JSON for tools, and errors of one line."""

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Final, NoReturn

import orjson
import typer
from rich.console import Console
from rich.status import Status
from rich.table import Table
from rich.text import Text

_WIDE: Final = 400
"""Columns of what is not a terminal: a table in a pipe is not folded."""


def print_json(value: object) -> None:
    typer.echo(orjson.dumps(value, option=orjson.OPT_INDENT_2).decode())


def print_table(columns: Sequence[str], rows: Sequence[Mapping[str, object]]) -> None:
    """One row a line. `columns` are keys of the rows, and what stands above them in words."""
    table = Table(box=None, pad_edge=False, padding=(0, 3, 0, 0), header_style="bold")
    for column in columns:
        table.add_column(column.replace("_", " "), overflow="fold")
    for row in rows:
        table.add_row(*(Text(cell(row[column])) for column in columns))
    _console().print(table)


def say(line: str) -> None:
    """A line for people."""
    typer.echo(printable(line))


def fail(message: str, code: int = 1) -> NoReturn:
    typer.echo(f"error: {printable(message)}", err=True)
    raise typer.Exit(code)


def confirm(question: str, *, is_given: bool) -> None:
    """Go on only when somebody says so: at the terminal, or by `--yes` where there is none."""
    if is_given:
        return
    if not sys.stdin.isatty():
        fail(f"{question} Say --yes, where nobody can be asked", 2)
    typer.confirm(question, abort=True, err=True)


@contextmanager
def progress(words: str) -> Iterator[Status]:
    """Words at work, on a terminal; nothing elsewhere."""
    with Console(stderr=True, highlight=False).status(words) as status:
        yield status


def cell(value: object) -> str:
    """A value as it stands in a table."""
    if value is None or value == "":
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (list, tuple)):
        return ", ".join(printable(str(one)) for one in value) or "-"
    if isinstance(value, Mapping):
        return printable(orjson.dumps(value).decode())
    return printable(str(value))


def printable(text: str) -> str:
    """Without what would move the cursor or colour the terminal: names are written by strangers."""
    return "".join(one if one.isprintable() or one == "\n" else "\N{REPLACEMENT CHARACTER}" for one in text)


def _console() -> Console:
    return Console(highlight=False, width=None if sys.stdout.isatty() else _WIDE)
