"""What `dovetail subgraph` does: exit 0 served to the end, 1 not, 130 interrupted."""

import asyncio
import gc
import os
import socket
from pathlib import Path

import typer
import uvicorn

from foundation_subgraph.serving import PRINCIPAL_PUBLIC_KEY, HouseSettings, open_subgraph
from foundation_subgraph.sign_in import UnusableKeyError, read_public_key
from supergraph.spec import HouseError, PrincipalVerifier


def serve_alone(
    name: str, *, port: int, host: str, data: Path, principal_key: Path | None, installed: str
) -> None:
    """Serve one subgraph until interrupted."""
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
            config = uvicorn.Config(
                served.app,
                log_level="warning",
                server_header=False,
                ws="none",
                timeout_graceful_shutdown=10,
            )
            # What stands by now need not be looked through again for each large answer.
            gc.collect()
            gc.freeze()
            typer.echo(f"The subgraph {name} answers at http://{host}:{listener.getsockname()[1]}/")
            await uvicorn.Server(config).serve(sockets=[listener])


def _listening(host: str, port: int) -> socket.socket:
    try:
        return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        raise HouseError(
            f"Nothing can listen on {host}:{port} ({error.strerror}): stop what is there, or choose another --port"
        ) from error
