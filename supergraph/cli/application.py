"""The command's parts and its edge: here every failure becomes one line on stderr, and nothing heavy is imported.

What a command needs is imported when it runs, so that `--help` and a typing mistake cost no start of a gateway.
"""

import os
import shutil
import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated, Final

import typer
from typer.exceptions import TyperException

from supergraph.cli.failure import CommandError
from supergraph.cli.formats import PlanFormat, ReportFormat
from supergraph.cli.misuse import MisuseError, describe_misuse

ENTRY_POINTS: Final = "dovetail.commands"

_OWN_COMMANDS: Final = frozenset({"compose", "plan", "serve", "dev", "explain", "key", "settings", "sign"})

_ANY_SUBGRAPHS: Final = "For anybody's subgraphs"
_HOUSE: Final = "The house: foundation, modules, teams, clients"

_NARROW: Final = 72
"""Columns below which boxes leave no room for the words in them."""

_EXIT_CODES: Final = (
    "Exit codes: 0 done; 1 it failed, or found what it looks for; 2 the command line is wrong, or nothing could be "
    "found out; 130 interrupted."
)


def main() -> None:
    """Run the command and exit: 0 done, 1 failed, 2 misused, 130 interrupted."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run the command with these arguments; the exit code."""
    try:
        result = build_application(arguments)(arguments, standalone_mode=False, prog_name="dovetail")
        sys.stdout.flush()
    except CommandError as error:
        return _fail(str(error), 2 if isinstance(error, MisuseError) else 1)
    except typer.Exit as exit_:
        return exit_.exit_code
    except (typer.Abort, KeyboardInterrupt):
        return 130
    except TyperException as error:
        return _fail(told, 2) if (told := describe_misuse(error)) else 2
    except BrokenPipeError:
        # Whoever read our output has gone; the interpreter's own flush at the end must not complain of it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except Exception as error:
        if os.environ.get("DOVETAIL_DEBUG"):
            raise
        reason = " ".join(str(error).split())[:300]
        return _fail(
            f"a fault of dovetail's own: {type(error).__name__}: {reason}; "
            "DOVETAIL_DEBUG=1 shows where, please report it",
            1,
        )
    return result if isinstance(result, int) else 0


def build_application(arguments: list[str]) -> typer.Typer:
    """The application with all commands; without those of other rooms where `arguments` name one of our own."""
    application = typer.Typer(
        name="dovetail",
        help="A GraphQL platform: compose subgraphs, plan operations, serve one endpoint.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode="rich" if shutil.get_terminal_size().columns >= _NARROW else None,
        epilog=_EXIT_CODES,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    application.callback()(_options)
    for command, name, example in (
        (compose, "compose", "dovetail compose supergraph.yaml -o supergraph.graphql"),
        (plan, "plan", "dovetail plan --supergraph supergraph.graphql --operation operation.graphql"),
        (explain, "explain", "dovetail explain KEY_INVALID_FIELDS"),
        (serve, "serve", "dovetail serve --supergraph supergraph.graphql --port 4000"),
        (sign, "sign", "dovetail sign supergraph.graphql --key private.pem"),
    ):
        application.command(name, rich_help_panel=_ANY_SUBGRAPHS, epilog=f"Example: {example}")(command)
    application.add_typer(_settings_application(), name="settings", rich_help_panel=_ANY_SUBGRAPHS)
    application.add_typer(_key_application(), name="key", rich_help_panel=_ANY_SUBGRAPHS)
    application.command("dev", rich_help_panel=_HOUSE, epilog="Example: dovetail dev --port 0")(dev)
    if not arguments or arguments[0] not in _OWN_COMMANDS:
        register_others(application)
    return application


def register_others(application: typer.Typer) -> None:
    """Let other rooms add their commands. One that fails is named in a line and costs the others nothing."""
    from importlib.metadata import entry_points  # noqa: PLC0415 - costs more than all that our own commands need

    for entry_point in sorted(entry_points(group=ENTRY_POINTS), key=lambda each: each.name):
        try:
            entry_point.load()(application)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is that room's and not ours
            reason = " ".join(str(error).split())
            sys.stderr.write(
                f"warning: the commands of {entry_point.value} are not available: "
                f"{type(error).__name__}: {reason}\n"
            )


def _print_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version  # noqa: PLC0415 - costs more than all that our own commands need

        sys.stdout.write(f"dovetail {version('dovetail')}\n")
        raise typer.Exit


def _options(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit."),
    ] = False,
) -> None:
    """A GraphQL platform: compose subgraphs, plan operations, serve one endpoint."""


def compose(
    configuration: Annotated[
        Path | None,
        typer.Argument(metavar="SUPERGRAPH_YAML", help="The list of subgraphs, as Rover reads it."),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write the supergraph to this file.")
    ] = None,
    permissions: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="All permissions there are (JSON or YAML); a scope beside them is an error."
        ),
    ] = None,
    format_: Annotated[
        ReportFormat, typer.Option("--format", help="How problems and hints are told.")
    ] = ReportFormat.TEXT,
    batch: Annotated[
        bool, typer.Option("--batch", help="Compose JSON lines from standard input, one answer a line.")
    ] = False,
) -> int:
    """Merge subgraph documents into one supergraph, or say precisely why not."""
    from supergraph.cli import composing  # noqa: PLC0415 - only this command needs a composer

    if batch:
        if configuration is not None or permissions is not None or output is not None:
            raise MisuseError(
                "`--batch` reads standard input and writes standard output: leave the files out"
            )
        return composing.compose_batch()
    if configuration is None:
        raise MisuseError("which supergraph.yaml? Name it, or read JSON lines with `--batch`")
    return composing.compose_file(configuration, output, format_, permissions)


def explain(
    code: Annotated[
        str | None,
        typer.Argument(metavar="CODE", help="Such as KEY_INVALID_FIELDS; without it, all are listed."),
    ] = None,
) -> int:
    """Say what a code of composition or of a request means, and how to mend it."""
    from supergraph.cli import explaining  # noqa: PLC0415 - only this command needs the catalogue

    return explaining.list_codes() if code is None else explaining.explain_code(code)


def plan(
    supergraph: Annotated[Path | None, typer.Option("--supergraph", help="The supergraph document.")] = None,
    operation: Annotated[Path | None, typer.Option("--operation", help="The document to plan.")] = None,
    operation_name: Annotated[
        str | None, typer.Option("--operation-name", help="Which operation, where there are several.")
    ] = None,
    format_: Annotated[
        PlanFormat, typer.Option("--format", help="For people, or in the JSON form of federation's plans.")
    ] = PlanFormat.TEXT,
    batch: Annotated[
        bool, typer.Option("--batch", help="Plan JSON lines from standard input, one answer a line.")
    ] = False,
) -> int:
    """Show which subgraphs an operation asks, for what, and after which other."""
    from supergraph.cli import planning  # noqa: PLC0415 - only this command needs a planner

    if batch:
        if supergraph is not None or operation is not None:
            raise MisuseError("`--batch` reads standard input: leave the files out")
        return planning.plan_batch()
    if supergraph is None or operation is None:
        raise MisuseError("`--supergraph` and `--operation` are both needed, or `--batch`")
    return planning.plan_file(supergraph, operation, operation_name, format_)


def serve(
    config: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="The settings.", show_default="gateway.yaml, where there is one"),
    ] = None,
    supergraph: Annotated[
        str | None,
        typer.Option("--supergraph", metavar="FILE|URL", help="The supergraph document to serve."),
    ] = None,
    watch: Annotated[
        bool | None,
        typer.Option("--watch/--no-watch", help="Take up new documents while running.", show_default="watch"),
    ] = None,
    host: Annotated[
        str | None, typer.Option(help="The address to listen on.", show_default="127.0.0.1")
    ] = None,
    port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="The port; 0 takes a free one.", show_default="4000")
    ] = None,
    subgraph: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=URL", help="Ask a subgraph at another address; may be repeated."),
    ] = None,
    jwks: Annotated[
        str | None, typer.Option(metavar="FILE|URL", help="The keys that tokens are checked with.")
    ] = None,
    issuer: Annotated[str | None, typer.Option(help="Who must have issued a token (`iss`).")] = None,
    audience: Annotated[str | None, typer.Option(help="Whom a token must be for (`aud`).")] = None,
    principal_key: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Tell subgraphs who asks, signed with this Ed25519 key (PEM, private)."
        ),
    ] = None,
) -> int:
    """Serve a supergraph: one GraphQL endpoint over subgraphs that are spoken to over HTTP."""
    from supergraph.cli import serving  # noqa: PLC0415 - only this command needs a gateway

    options = serving.read_options(
        supergraph=supergraph,
        watch=watch,
        host=host,
        port=port,
        addresses=subgraph or [],
        principal_key=principal_key,
    )
    return serving.serve_file(config, options, serving.Trust(jwks, issuer, audience))


def settings_schema() -> int:
    """Print the JSON schema of gateway.yaml, for editors."""
    from supergraph.cli import configuring  # noqa: PLC0415 - only this command needs the settings

    return configuring.show_schema()


def settings_reference() -> int:
    """Print all settings with their defaults, in Markdown."""
    from supergraph.cli import configuring  # noqa: PLC0415 - only this command needs the settings

    return configuring.show_reference()


def settings_check(
    file: Annotated[
        Path | None,
        typer.Argument(metavar="FILE", help="The settings.", show_default="gateway.yaml, where there is one"),
    ] = None,
) -> int:
    """Read a gateway.yaml, and the environment, and say what is wrong."""
    from supergraph.cli import configuring  # noqa: PLC0415 - only this command needs the settings

    return configuring.check_settings(file)


def _settings_application() -> typer.Typer:
    application = typer.Typer(
        no_args_is_help=True, help="What may stand in gateway.yaml, and whether it is right."
    )
    application.command("schema")(settings_schema)
    application.command("reference")(settings_reference)
    application.command("check")(settings_check)
    return application


def new_key(
    subject: Annotated[str, typer.Option(help="Whom the key speaks for, such as nightly-import.")],
    tenant: Annotated[str | None, typer.Option(help="The tenant it works in.")] = None,
    scope: Annotated[list[str] | None, typer.Option(help="What it may do; may be repeated.")] = None,
    expires: Annotated[
        datetime | None, typer.Option(help="When it ends, in UTC.", show_default="never")
    ] = None,
    name: Annotated[str, typer.Option(help="What it is for, for those who read logs and usage.")] = "",
    json: Annotated[bool, typer.Option("--json", help="Print it for tools.")] = False,
) -> int:
    """Make an API key for a machine: the key itself, once, and the entry that a gateway knows it by."""
    from supergraph.cli import api_keys  # noqa: PLC0415 - only this command makes keys

    wanted = api_keys.WantedKey(subject, tenant, tuple(scope or ()), expires, name)
    return api_keys.make_key(wanted, as_json=json)


def _key_application() -> typer.Typer:
    application = typer.Typer(no_args_is_help=True, help="API keys of machines.")
    application.callback()(lambda: None)
    application.command(
        "new", epilog="Example: dovetail key new --subject nightly-import --tenant acme --scope loyalty:award"
    )(new_key)
    return application


def sign(
    supergraph: Annotated[Path, typer.Argument(metavar="SUPERGRAPH", help="The supergraph document.")],
    key: Annotated[Path, typer.Option(metavar="FILE", help="The Ed25519 key to sign with (PEM, private).")],
) -> int:
    """Sign a supergraph: gateways that have the public key then serve no other."""
    from supergraph.cli import signing  # noqa: PLC0415 - only this command needs a key

    return signing.sign_file(supergraph, key)


def dev(
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port; 0 takes a free one.")] = 4000,
    data: Annotated[
        Path, typer.Option(help="Where keys and, without DATABASE_URL, the database are kept.")
    ] = Path(".dovetail"),
    in_process: Annotated[
        str, typer.Option(metavar="IMPORT", help="What finds the modules, as package:function.")
    ] = "module_subgraphs:installed",
    demo: Annotated[
        bool | None,
        typer.Option(
            "--demo/--no-demo", help="Write demo data, once.", show_default="unless DATABASE_URL is given"
        ),
    ] = None,
) -> int:
    """Run everything in one process: database, foundation, modules, gateway, console."""
    from supergraph.cli import developing  # noqa: PLC0415 - only this command needs all of it

    return developing.run_development(developing.Development(host, port, data, in_process, demo))


def _fail(line: str, code: int) -> int:
    sys.stderr.writelines(f"error: {each}\n" for each in line.splitlines())
    return code
