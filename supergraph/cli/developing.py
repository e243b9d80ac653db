"""`dovetail dev`: foundation, modules, gateway and console in one process, over a PostgreSQL of its own."""

import asyncio
import importlib
import importlib.resources
import os
import socket
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, cast

import uvicorn
from rich.console import Console
from rich.markup import escape
from rich.syntax import Syntax
from rich.table import Table

from supergraph.cli.configuring import read_gateway_settings
from supergraph.cli.failure import CommandError
from supergraph.cli.gateway_server import GatewayServer
from supergraph.cli.log_output import configure_logging
from supergraph.cli.reporting import report
from supergraph.cli.rollout_observer import RolloutObserver
from supergraph.cli.serving import open_port
from supergraph.cli.tenant_composition import compose_modules
from supergraph.composer import SubgraphSource, compose
from supergraph.console import ConsoleConfig, DemoLogin, SignInProvider, console_app
from supergraph.gateway import (
    Gateway,
    GatewaySettings,
    GatewayStartError,
    GivenSupergraph,
    LocalKeys,
    ModuleDocument,
    NotComposedError,
    TenantGraphs,
    TokenRules,
    TrustedIssuer,
    build_app,
)
from supergraph.gateway.settings import PREFIX, Profile
from supergraph.spec import House, HouseError, HouseIssuer, OpenHouse

FOUNDATION: Final = "foundation_subgraph.serving:open_development_house"
_SAMPLE: Final = "sample.graphql"


@dataclass(frozen=True, slots=True)
class Development:
    """What was asked of `dovetail dev`. `in_process` finds the modules, `foundation` opens the house.

    `demo` None means demo data in a database of our own, and none in one that somebody gave us.
    """

    host: str
    port: int
    data_folder: Path
    in_process: str
    demo: bool | None
    foundation: str = FOUNDATION


def run_development(wanted: Development) -> int:
    """Open everything, serve until interrupted, close everything. Raises CommandError."""
    started = time.monotonic()
    configure_logging(for_people=sys.stderr.isatty())
    # People at work on the graph are to see what it has, unless they say otherwise.
    settings = read_gateway_settings(None, [], {f"{PREFIX}PROFILE": Profile.CONSOLE.value, **os.environ})
    configure_logging(settings.logs, for_people=sys.stderr.isatty())
    # Before anything else is touched: a port that is taken is known at once.
    with open_port(wanted.host, wanted.port) as listening:
        console = Console(stderr=True, highlight=False)
        config = uvicorn.Config("", loop="auto", log_config=None)
        try:
            with asyncio.Runner(loop_factory=config.get_loop_factory()) as runner:
                runner.run(_develop(wanted, settings, listening, console, started))
        except HouseError as error:
            raise CommandError(str(error)) from error
        except KeyboardInterrupt:
            pass
    return 0


async def _develop(
    wanted: Development,
    settings: GatewaySettings,
    listening: socket.socket,
    console: Console,
    started: float,
) -> None:
    database_url = os.environ.get("DATABASE_URL")
    with console.status("opening the database, the foundation and the modules …") as status:
        async with _find_foundation(wanted.foundation)(
            wanted.data_folder,
            database_url=database_url,
            installed=wanted.in_process,
            demo=database_url is None if wanted.demo is None else wanted.demo,
        ) as house:
            status.update("composing …")
            _check_composes(house)
            nobodys = await house.modules.documents(house.modules.of(None))
            sample = _sample_query(wanted.in_process)
            app = _wire(house, nobodys, sample, settings)
            url = f"http://{wanted.host}:{listening.getsockname()[1]}"

            def ready() -> None:
                status.stop()
                _greet(console, house, url, sample, wanted.data_folder, time.monotonic() - started)

            server = GatewayServer(
                app, ready, grace_seconds=5, trusted_proxies=settings.rate_limits.trusted_proxies
            )
            await server.serve(sockets=[listening])
            status.update("stopping …")
            status.start()
    console.print("Stopped.")


def _find_foundation(name: str) -> OpenHouse:
    module, _, attribute = name.partition(":")
    try:
        return cast("OpenHouse", getattr(importlib.import_module(module), attribute))
    except ImportError as error:
        raise CommandError(
            f"the foundation cannot be loaded ({error}): pip install 'dovetail[all]'"
        ) from error


def _check_composes(house: House) -> None:
    """Whether all that is here fits together, whoever has it. Raises CommandError."""
    composition = compose(
        [SubgraphSource(each.name, "", each.sdl, each.origins) for each in house.subgraphs],
        known_permissions=house.permissions,
    )
    if not composition.ok:
        report(composition.errors)
        raise CommandError("the subgraphs do not compose; mend what stands above and run this again")


def _wire(house: House, nobodys: Sequence[ModuleDocument], sample: str, settings: GatewaySettings) -> Gateway:
    """`nobodys` are the subgraphs of whoever has no tenant. Raises CommandError."""
    logins = [DemoLogin(each.email, each.role, each.password) for each in house.logins]
    console = ConsoleConfig(
        sign_in="/sign-in",
        providers=[SignInProvider(each.title, each.url) for each in house.providers],
        demo_logins=logins,
        sample_query=sample,
    )
    try:
        app = build_app(
            GivenSupergraph(compose_modules(nobodys)),
            settings=settings,
            subgraphs={each.name: each.address for each in nobodys},
            tenant_graphs=TenantGraphs(house.modules, compose_modules),
            issuers=[_trusted(house.issuer)],
            signer=house.signer,
            declared=house.declared,
            hooks=[
                house.revocations,
                house.api_keys,
                house.audit,
                house.grant_advisor,
                RolloutObserver(house.rollouts),
            ],
            broken={each.name: each.reason for each in house.broken},
        )
    except (NotComposedError, GatewayStartError) as error:
        raise CommandError(str(error)) from error
    app.include_router(house.sign_in)
    app.mount("", console_app(console))  # last: it answers whatever nobody else does
    return app


def _trusted(issuer: HouseIssuer) -> TrustedIssuer:
    return TrustedIssuer(LocalKeys(issuer.jwks), TokenRules(issuer.issuer, {issuer.audience}))


def _sample_query(in_process: str) -> str:
    """The query that the modules' package brings along to be tried first, in a file `sample.graphql`."""
    package = in_process.partition(":")[0]
    sample = importlib.resources.files(package).joinpath(_SAMPLE)
    return sample.read_text(encoding="utf-8") if sample.is_file() else "{ __typename }\n"


def _greet(console: Console, house: House, url: str, sample: str, data_folder: Path, seconds: float) -> None:
    for notice in house.notices:
        console.print(f"[yellow]note:[/] {escape(notice)}")
    for broken in house.broken:
        console.print(f"[red]set aside:[/] the module {escape(broken.name)}: {escape(broken.reason)}")
    subgraphs = ", ".join(each.name for each in house.subgraphs)
    console.print(
        f"\n[bold green]Dovetail is ready[/] after {seconds:.1f} s, with the subgraphs {subgraphs}.\n"
    )
    console.print(f"  Console   [bold]{url}/[/]\n  GraphQL   {url}/graphql\n")
    if house.logins:
        logins = Table("E-mail", "Role", "Password", box=None, pad_edge=False, padding=(0, 3, 0, 0))
        for login in house.logins:
            logins.add_row(login.email, login.role, login.password)
        console.print(logins)
    console.print("\nA query to paste:\n")
    console.print(Syntax(sample.rstrip(), "graphql", background_color="default"))
    console.print(f"\nData is kept in {escape(str(data_folder))}. Ctrl-C stops everything.")
