"""`dovetail subgraph`, and the commands of administration. Only the words: what they do is loaded when asked for."""

from pathlib import Path
from typing import Annotated

import typer

from foundation_subgraph.administration import cli as administration


def register(app: typer.Typer) -> None:
    """Add this room's commands to `dovetail`."""
    app.command("subgraph", rich_help_panel="The house: foundation, modules, teams, clients")(serve_subgraph)
    administration.register(app)


def serve_subgraph(  # noqa: PLR0913, PLR0917 - options of a command are parameters
    name: Annotated[str, typer.Argument(help="The subgraph to serve, such as loyalty.")],
    port: Annotated[int, typer.Option(help="Where to listen; 0 takes a free port.")] = 4001,
    host: Annotated[str, typer.Option(help="Which address to listen on.")] = "127.0.0.1",
    data: Annotated[Path, typer.Option(help="Data folder of a `dovetail dev`.")] = Path(".dovetail"),
    principal_key: Annotated[
        list[Path] | None,
        typer.Option(
            help="A gateway's public key, PEM; may be repeated, so that the key can be replaced "
            "[default: keys/principal.pub in the data folder]."
        ),
    ] = None,
    installed: Annotated[str, typer.Option(help="What finds the modules.")] = "module_subgraphs:installed",
    open_sdl: Annotated[
        bool, typer.Option("--open-sdl", help="Give the document, and nothing else, to whoever asks.")
    ] = False,
    gateway: Annotated[
        str | None,
        typer.Option(
            help="The gateway's GraphQL endpoint, for a subgraph that asks it on behalf of its callers, such as "
            "http://127.0.0.1:4000/graphql."
        ),
    ] = None,
) -> None:
    """Serve one subgraph alone over HTTP, for a gateway that signs who asks.

    The database is that of DATABASE_APPLICATION_URL or DATABASE_URL, else the one of a `dovetail dev` that is running
    over the data folder.
    """
    from foundation_subgraph import commands  # noqa: PLC0415 - only now are databases and schemas needed

    commands.serve_alone(
        commands.ServedAlone(name, port, host, data, tuple(principal_key or ()), installed, open_sdl, gateway)
    )
