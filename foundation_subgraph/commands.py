"""What `dovetail subgraph` does: exit 0 served to the end, 1 not, 130 interrupted."""

import asyncio
import gc
import os
import socket
from dataclasses import dataclass
from pathlib import Path

import typer
import uvicorn

from foundation_subgraph.house_settings import HouseSettings
from foundation_subgraph.serving import PRINCIPAL_PUBLIC_KEY, open_subgraph
from foundation_subgraph.sign_in import UnusableKeyError, read_public_key
from supergraph.spec import HouseError, PrincipalVerifier


@dataclass(frozen=True, slots=True)
class ServedAlone:
    """What was asked of `dovetail subgraph`."""

    name: str
    port: int
    host: str
    data: Path
    principal_keys: tuple[Path, ...]
    installed: str
    open_sdl: bool
    gateway: str | None = None


def serve_alone(wanted: ServedAlone) -> None:
    """Serve one subgraph until interrupted."""
    settings = HouseSettings(
        data_folder=wanted.data,
        database_url=os.environ.get("DATABASE_URL"),
        application_url=os.environ.get("DATABASE_APPLICATION_URL"),
        foundation_url=os.environ.get("DATABASE_FOUNDATION_URL"),
        installed=wanted.installed,
    )
    try:
        paths = wanted.principal_keys or (wanted.data / PRINCIPAL_PUBLIC_KEY,)
        verifier = PrincipalVerifier([read_public_key(path) for path in paths], wanted.name)
        asyncio.run(_serve(wanted, settings, verifier))
    except (HouseError, UnusableKeyError) as error:
        typer.echo(f"error: {error}", err=True)
        raise typer.Exit(1) from None
    except KeyboardInterrupt:
        raise typer.Exit(130) from None


async def _serve(wanted: ServedAlone, settings: HouseSettings, verifier: PrincipalVerifier) -> None:
    with _listening(wanted.host, wanted.port) as listener:
        async with open_subgraph(
            wanted.name, settings, verifier, open_sdl=wanted.open_sdl, gateway=wanted.gateway
        ) as served:
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
            address = f"http://{wanted.host}:{listener.getsockname()[1]}/"
            typer.echo(f"The subgraph {wanted.name} answers at {address}")
            await uvicorn.Server(config).serve(sockets=[listener])


def _listening(host: str, port: int) -> socket.socket:
    try:
        return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        raise HouseError(
            f"Nothing can listen on {host}:{port} ({error.strerror}): stop what is there, or choose another --port"
        ) from error
