"""`dovetail serve`: a gateway of its own."""

import errno
import logging
import socket
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import orjson
import structlog
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from pydantic import ValidationError

from supergraph.cli.failure import CommandError, describe_unreadable
from supergraph.cli.gateway_server import GatewayServer
from supergraph.gateway import (
    Gateway,
    GatewaySettings,
    GatewayStartError,
    Identity,
    KeySource,
    LocalKeys,
    RemoteKeys,
    SupergraphFile,
    TokenRules,
    build_app,
)
from supergraph.spec import PrincipalSigner


@dataclass(frozen=True, slots=True)
class Trust:
    """Whose tokens are taken, as given on the command line: all three or none.

    `principal_key` is what the gateway signs with when it tells subgraphs who asks; without it, it tells them nothing.
    """

    jwks: str | None = None
    issuer: str | None = None
    audience: str | None = None
    principal_key: Path | None = None


def serve_file(supergraph: Path, *, host: str, port: int, addresses: Sequence[str], trust: Trust) -> int:
    """Serve until interrupted. Raises CommandError."""
    configure_logging()
    try:
        settings = GatewaySettings()
    except ValidationError as error:
        first = error.errors()[0]
        setting = "__".join(str(each).upper() for each in first["loc"])
        raise CommandError(f"environment: DOVETAIL_GATEWAY__{setting}: {first['msg']}") from error
    try:
        app = build_app(
            SupergraphFile(supergraph),
            settings=settings,
            subgraphs=dict(_read_address(each) for each in addresses),
            identity=_read_trust(trust),
            signer=None if trust.principal_key is None else _read_signer(trust.principal_key),
        )
    except GatewayStartError as error:
        message = str(error)
        at = "" if message.startswith(f"{supergraph}:") else f"{supergraph}: "
        hint = "" if trust.jwks else " (--jwks, --issuer, --audience)" if "identity" in message else ""
        raise CommandError(f"{at}{message}{hint}") from error
    return run_server(
        app,
        host,
        port,
        lambda url: sys.stderr.write(f"serving {supergraph} at {url}{settings.path}\n"),
    )


def run_server(app: Gateway, host: str, port: int, ready: Callable[[str], object]) -> int:
    """Serve `app` until interrupted; `ready` is told the address once connections are taken. Raises CommandError."""
    listening = open_port(host, port)
    # Written by hand: `getsockname` gives an address, and people want the name that they gave.
    url = f"http://{f'[{host}]' if ':' in host else host}:{listening.getsockname()[1]}"
    server = GatewayServer(app, lambda: ready(url), grace_seconds=10)
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
                why = f"cannot listen on {host}, port {port}: {(error.strerror or str(error)).lower()}"
        raise CommandError(why) from error


def configure_logging() -> None:
    """The log goes to stderr, a JSON object a line: stdout belongs to a command's result."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(lambda event, **_: orjson.dumps(event, default=str).decode()),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        # Not what stands for stderr at the moment: it may be closed before the last line is logged.
        logger_factory=structlog.WriteLoggerFactory(sys.__stderr__ or sys.stderr),
        cache_logger_on_first_use=True,
    )


def _read_address(given: str) -> tuple[str, str]:
    name, separator, url = given.partition("=")
    if not (name and separator and url):
        raise CommandError(f"--subgraph {given}: write it as NAME=URL")
    return name, url


def _read_trust(trust: Trust) -> Identity | None:
    given = (trust.jwks, trust.issuer, trust.audience)
    if given == (None, None, None):
        return None
    if trust.jwks is None or trust.issuer is None or trust.audience is None:
        raise CommandError("--jwks, --issuer and --audience belong together: give all three")
    return Identity(_read_keys(trust.jwks), TokenRules(trust.issuer, trust.audience))


def _read_signer(path: Path) -> PrincipalSigner:
    try:
        key = load_pem_private_key(path.read_bytes(), password=None)
    except OSError as error:
        raise CommandError(f"--principal-key {path}: {describe_unreadable(error)}") from error
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise CommandError(
            f"--principal-key {path}: not a private key in PEM form, without a passphrase"
        ) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise CommandError(f"--principal-key {path}: another kind of key than Ed25519")
    return PrincipalSigner(key)


def _read_keys(jwks: str) -> KeySource:
    if urlsplit(jwks).scheme in {"http", "https"}:
        return RemoteKeys(jwks)
    try:
        return LocalKeys(orjson.loads(Path(jwks).read_bytes()))
    except OSError as error:
        raise CommandError(f"--jwks {jwks}: {describe_unreadable(error)}") from error
    except ValueError as error:
        raise CommandError(f"--jwks {jwks}: {error}") from error
