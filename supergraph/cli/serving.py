"""`dovetail serve`: a gateway of its own."""

import errno
import socket
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import orjson

from supergraph.cli.configuring import read_gateway_settings, settings_file
from supergraph.cli.failure import CommandError, describe_unreadable
from supergraph.cli.gateway_server import GatewayServer
from supergraph.cli.http_protocol import ConnectionLimits
from supergraph.cli.log_output import configure_logging
from supergraph.cli.misuse import MisuseError
from supergraph.cli.private_key import read_private_key
from supergraph.gateway import (
    Gateway,
    GatewaySettings,
    GatewayStartError,
    KeySource,
    LocalKeys,
    RemoteKeys,
    TokenRules,
    TrustedIssuer,
    build_app,
    configured_source,
)
from supergraph.gateway.reloading import RefusedDocumentError
from supergraph.gateway.settings import Option, Secret, UnreadableSecretError
from supergraph.spec import PrincipalSigner


@dataclass(frozen=True, slots=True)
class Trust:
    """One issuer whose tokens are taken, as given on the command line: all three or none."""

    jwks: str | None = None
    issuer: str | None = None
    audience: str | None = None


def serve_file(config: Path | None, options: Sequence[Option], trust: Trust) -> int:
    """Serve until interrupted, as `config`, the environment and the options have it. Raises CommandError."""
    config = settings_file(config)
    settings = read_gateway_settings(config, options)
    configure_logging(settings.logs)
    source = configured_source(settings.supergraph)
    if source is None:
        raise MisuseError(
            "which supergraph? Name it with --supergraph FILE, or as `supergraph.file` in gateway.yaml"
        )
    served = str(source)  # without what an address may hold of secrets
    try:
        app = build_app(
            source,
            settings=settings,
            issuers=_read_trust(trust),
            signer=None if settings.principal.key is None else _read_signer(settings.principal.key),
        )
    except GatewayStartError as error:
        message = str(error)
        if isinstance(error.__cause__, RefusedDocumentError) and not message.startswith(f"{served}:"):
            message = f"{served}: {message}"
        about_identity = trust.jwks is None and "no identity" in message
        hint = " (--jwks, --issuer, --audience, or `identity` in gateway.yaml)" if about_identity else ""
        raise CommandError(f"{message}{hint}") from error
    return run_server(
        app,
        settings,
        lambda url: sys.stderr.write(f"serving {served} at {url}{settings.path}\n"),
    )


def run_server(app: Gateway, settings: GatewaySettings, ready: Callable[[str], object]) -> int:
    """Serve `app` until interrupted; `ready` is told the address once connections are taken. Raises CommandError."""
    host = settings.server.host
    listening = open_port(host, settings.server.port)
    # Written by hand: `getsockname` gives an address, and people want the name that they gave.
    url = f"http://{f'[{host}]' if ':' in host else host}:{listening.getsockname()[1]}"
    server = GatewayServer(
        app,
        lambda: ready(url),
        grace_seconds=settings.server.drain_seconds,
        announce_seconds=settings.server.announce_seconds,
        limits=ConnectionLimits(
            settings.limits.header_bytes,
            settings.server.request_seconds,
            settings.server.keep_alive_seconds,
        ),
    )
    try:
        server.run(sockets=[listening])
    finally:
        listening.close()
    return 0 if server.started else 1


def open_port(host: str, port: int) -> socket.socket:
    """A socket that listens. Raises CommandError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        match error.errno:
            case errno.EADDRINUSE:
                why = (
                    f"port {port} on {host} is in use; stop what listens there, or choose another with --port"
                )
            case errno.EACCES:
                why = f"port {port} may not be opened; choose one above 1023 with --port"
            case _:
                why = f"cannot listen on {host}, port {port}: {_reason(error)}"
        raise CommandError(why) from error


def _reason(error: OSError) -> str:
    # Sockets repeat the address in brackets.
    return (error.strerror or str(error)).partition(" (while")[0].lower()


def read_options(
    *,
    supergraph: str | None,
    watch: bool | None,
    host: str | None,
    port: int | None,
    addresses: Sequence[str],
    principal_key: Path | None,
) -> list[Option]:
    """What was given on the command line, as settings. Raises CommandError."""
    options = [_read_address(each) for each in addresses]
    if supergraph is not None:
        # Whatever else the settings name, this one is meant.
        is_address = urlsplit(supergraph).scheme in {"http", "https"}
        file = None if is_address else Path(supergraph).absolute()
        options.append(Option("--supergraph", ("supergraph", "file"), file))
        options.append(Option("--supergraph", ("supergraph", "address"), supergraph if is_address else None))
    if watch is not None:
        options.append(Option("--watch" if watch else "--no-watch", ("supergraph", "watch"), watch))
    if host is not None:
        options.append(Option("--host", ("server", "host"), host))
    if port is not None:
        options.append(Option("--port", ("server", "port"), port))
    if principal_key is not None:
        options.append(
            Option("--principal-key", ("principal", "key"), {"file": str(principal_key.absolute())})
        )
    return options


def _read_address(given: str) -> Option:
    """`--subgraph NAME=URL` as a setting. Raises CommandError."""
    name, separator, url = given.partition("=")
    if not (name and separator and url):
        raise MisuseError(f"--subgraph {given}: write it as NAME=URL")
    return Option(f"--subgraph {given}", ("subgraphs", name, "url"), url)


def _read_trust(trust: Trust) -> Sequence[TrustedIssuer]:
    given = (trust.jwks, trust.issuer, trust.audience)
    if given == (None, None, None):
        return ()
    if trust.jwks is None or trust.issuer is None or trust.audience is None:
        raise MisuseError("--jwks, --issuer and --audience belong together: give all three")
    return (TrustedIssuer(_read_keys(trust.jwks), TokenRules(trust.issuer, {trust.audience})),)


def _read_signer(secret: Secret) -> PrincipalSigner:
    try:
        pem = secret.read().encode()
    except UnreadableSecretError as error:
        raise CommandError(f"principal.key: {error}") from error
    return PrincipalSigner(read_private_key(pem, "principal.key"))


def _read_keys(jwks: str) -> KeySource:
    if urlsplit(jwks).scheme in {"http", "https"}:
        return RemoteKeys(jwks)
    try:
        return LocalKeys(orjson.loads(Path(jwks).read_bytes()))
    except OSError as error:
        raise CommandError(f"--jwks {jwks}: {describe_unreadable(error)}") from error
    except orjson.JSONDecodeError as error:
        raise CommandError(f'--jwks {jwks}: not JSON; a key set looks like {{"keys": [...]}}') from error
    except ValueError as error:
        raise CommandError(f"--jwks {jwks}: {error}") from error
