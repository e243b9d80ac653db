"""`dovetail subgraph`: one subgraph alone, over HTTP, with the answers that it gives in the same process."""

import asyncio
import os
import socket
from pathlib import Path
from typing import Annotated

import typer
import uvicorn

from foundation_subgraph.serving import PRINCIPAL_PUBLIC_KEY, HouseSettings, open_subgraph
from foundation_subgraph.sign_in import UnusableKeyError, read_public_key
from supergraph.spec import HouseError, PrincipalVerifier


def register(app: typer.Typer) -> None:
    """Add this room's commands to `dovetail`."""
    app.command("subgraph")(serve_subgraph)


def serve_subgraph(
    name: Annotated[str, typer.Argument(help="The subgraph to serve, such as loyalty.")],
    port: Annotated[int, typer.Option(help="Where to listen; 0 takes a free port.")] = 4001,
    host: Annotated[str, typer.Option(help="Which address to listen on.")] = "127.0.0.1",
    data: Annotated[Path, typer.Option(help="Data folder of a `dovetail dev`.")] = Path(".dovetail"),
    principal_key: Annotated[
        Path | None,
        typer.Option(help="The gateway's public key, PEM [default: keys/principal.pub in the data folder]."),
    ] = None,
    installed: Annotated[str, typer.Option(help="What finds the modules.")] = "module_subgraphs:installed",
) -> None:
    """Serve one subgraph alone over HTTP, for a gateway that signs who asks.

    The database is that of DATABASE_APPLICATION_URL or DATABASE_URL, else the one of a `dovetail dev` that is running
    over the data folder.
    """
    settings = HouseSettings(
        data_folder=data,
        database_url=os.environ.get("DATABASE_URL"),
        application_url=os.environ.get("DATABASE_APPLICATION_URL"),
        installed=installed,
    )
    try:
        verifier = PrincipalVerifier(read_public_key(principal_key or data / PRINCIPAL_PUBLIC_KEY))
        asyncio.run(_serve(name, settings, verifier, host, port))
    except (HouseError, UnusableKeyError) as error:
        typer.echo(f"error: {error}", err=True)
        raise typer.Exit(1) from None
    except KeyboardInterrupt:
        raise typer.Exit(130) from None


async def _serve(
    name: str, settings: HouseSettings, verifier: PrincipalVerifier, host: str, port: int
) -> None:
    with _listening(host, port) as listener:
        async with open_subgraph(name, settings, verifier) as served:
            config = uvicorn.Config(served.app, log_level="warning", server_header=False)
            typer.echo(f"The subgraph {name} answers at http://{host}:{listener.getsockname()[1]}/")
            await uvicorn.Server(config).serve(sockets=[listener])


def _listening(host: str, port: int) -> socket.socket:
    try:
        return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        raise HouseError(
            f"Nothing can listen on {host}:{port} ({error.strerror}): stop what is there, or choose another --port"
        ) from error
