"""What `dovetail client` does: exit 0 generated, 1 not, and then what was there before is still there."""

from contextlib import AbstractContextManager
from pathlib import Path

import typer
from rich.console import Console

from codegen.clients import ClientProblemError, generate_python_client, read_api_schema, read_operations
from schema.contract import API_FILE, SDL_FOLDER


def generate_python(operations: Path, out: Path, schema: Path | None) -> None:
    try:
        api = read_api_schema(schema or SDL_FOLDER / API_FILE)
        generated = generate_python_client(api, read_operations(operations, api), out, _announce)
    except ClientProblemError as problem:
        for complaint in problem.complaints:
            typer.echo(f"error: {complaint}", err=True)
        raise typer.Exit(1) from None
    count, changed = len(generated.operations), len(generated.changed)
    typer.echo(
        f"{out}: {count} operation{'' if count == 1 else 's'}, "
        + (f"{changed} file{'' if changed == 1 else 's'} changed." if changed else "nothing changed.")
    )


def _announce(doing: str) -> AbstractContextManager[object]:
    return Console(stderr=True).status(doing)
