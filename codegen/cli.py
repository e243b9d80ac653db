"""`dovetail client`: python. Only the words: what they do is loaded when it is asked for."""

from pathlib import Path
from typing import Annotated

import typer

client_app = typer.Typer(no_args_is_help=True, help="Typed clients for the graph, generated from operations.")


@client_app.callback()
def client() -> None:
    """Typed clients for the graph, generated from operations."""


@client_app.command()
def python(
    operations: Annotated[
        Path, typer.Option(help="The folder of .graphql files with the client's operations.")
    ],
    out: Annotated[Path, typer.Option(help="The folder to write; its name becomes the package's name.")],
    schema: Annotated[
        Path | None,
        typer.Option(help="The API schema.", show_default="schema/sdl/api.graphql of the project"),
    ] = None,
) -> None:
    """Generate a typed Python client (httpx and pydantic) that keeps partial data beside typed errors."""
    from codegen import commands  # noqa: PLC0415 - only now is a generator needed

    commands.generate_python(operations, out, schema)


def register(app: typer.Typer) -> None:
    """Add `client` to the `dovetail` command."""
    app.add_typer(client_app, name="client")
