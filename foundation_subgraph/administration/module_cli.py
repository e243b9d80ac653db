"""The words of `dovetail module`'s commands about the registry. What they do is loaded when it is asked for."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

if TYPE_CHECKING:
    from foundation_subgraph.administration.asking import Asked

Data: TypeAlias = Annotated[Path, typer.Option(help="Data folder of a running `dovetail dev`.")]
Json: TypeAlias = Annotated[bool, typer.Option("--json", help="Print it for tools.")]
Module: TypeAlias = Annotated[str, typer.Argument(metavar="ID", help="The module, like loyalty.")]
SomeModule: TypeAlias = Annotated[str | None, typer.Argument(metavar="[ID]", help="This module alone.")]
Version: TypeAlias = Annotated[str, typer.Argument(metavar="ID@VERSION", help="The version, like loyalty@2.")]
ForTenant: TypeAlias = Annotated[
    str | None, typer.Option(help="For this tenant alone, by its short name. [default: for all]")
]
Reason: TypeAlias = Annotated[str, typer.Option(help="Why, for the history.")]
Installed: TypeAlias = Annotated[str, typer.Option(metavar="IMPORT", help="What finds the modules.")]

_DATA = Path(".dovetail")


def register(app: typer.Typer) -> None:
    """Add the commands to `dovetail module`."""
    for name, command, example in (
        ("publish", publish, "dovetail module publish loyalty --address https://loyalty.example/graphql"),
        ("artefact", artefact, "dovetail module artefact loyalty > loyalty.artefact"),
        ("versions", versions, "dovetail module versions loyalty --json"),
        ("status", status, "dovetail module status"),
        ("history", history, "dovetail module history loyalty"),
        ("enable", enable, "dovetail module enable loyalty@2 --tenant acme"),
        ("disable", disable, "dovetail module disable loyalty --tenant acme"),
        ("rollout", rollout, "dovetail module rollout loyalty@2 --percent 10"),
        ("finish", finish, "dovetail module finish loyalty"),
        ("halt", halt, 'dovetail module halt loyalty --reason "points are counted twice"'),
        ("rollback", rollback, "dovetail module rollback loyalty --tenant acme"),
        ("ring", ring, "dovetail module ring early --tenants acme,globex"),
    ):
        app.command(name, epilog=f"Example: {example}")(command)


def _asked(data: Path, as_json: bool, installed: str = "module_subgraphs:installed") -> "Asked":
    from foundation_subgraph.administration.asking import Asked

    return Asked(data, as_json, installed)


def publish(
    module: Module,
    address: Annotated[
        str, typer.Option(metavar="URL", help="Where it answers, unless it runs in the house.")
    ] = "",
    sdl: Annotated[Path | None, typer.Option(help="Its document. [default: what its code says]")] = None,
    manifest: Annotated[Path | None, typer.Option(help="Its manifest, together with --sdl.")] = None,
    signature: Annotated[
        Path | None, typer.Option(help="A signature of its `artefact`, as `dovetail sign` writes it.")
    ] = None,
    accept: Annotated[
        str,
        typer.Option(metavar="REASON", help="Publish it though it breaks clients, and why that is meant."),
    ] = "",
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    installed: Installed = "module_subgraphs:installed",
    data: Data = _DATA,
    json: Json = False,
) -> None:
    """Publish a version, for ever: as the manifest numbers it, where it fits with what all have and breaks no client."""
    if (sdl is None) != (manifest is None):
        raise typer.BadParameter("--sdl and --manifest go together")
    from foundation_subgraph.administration import module_commands

    module_commands.publish(
        _asked(data, json, installed),
        module,
        sdl=sdl,
        manifest=manifest,
        address=address,
        signature=signature,
        accept=accept,
        yes=yes,
    )


def artefact(
    module: Module,
    address: Annotated[str, typer.Option(metavar="URL", help="As it will be published.")] = "",
    sdl: Annotated[Path | None, typer.Option(help="Its document. [default: what its code says]")] = None,
    manifest: Annotated[Path | None, typer.Option(help="Its manifest, together with --sdl.")] = None,
    installed: Installed = "module_subgraphs:installed",
) -> None:
    """Print what of a version is to be signed: all that will be published, as JSON. Sign the file with `dovetail sign`."""
    if (sdl is None) != (manifest is None):
        raise typer.BadParameter("--sdl and --manifest go together")
    from foundation_subgraph.administration import module_commands

    module_commands.print_artefact(
        _asked(_DATA, False, installed), module, sdl=sdl, manifest=manifest, address=address
    )


def versions(module: SomeModule = None, data: Data = _DATA, json: Json = False) -> None:
    """List what was published, the latest first."""
    from foundation_subgraph.administration import module_commands

    module_commands.list_versions(_asked(data, json), module)


def status(module: SomeModule = None, data: Data = _DATA, json: Json = False) -> None:
    """Tell who has what, what is being rolled out, and what is set aside and why."""
    from foundation_subgraph.administration import module_commands

    module_commands.status(_asked(data, json), module)


def history(module: Module, data: Data = _DATA, json: Json = False) -> None:
    """Tell what happened to a module, the latest first: who did what for whom, and why; what was halted by itself too."""
    from foundation_subgraph.administration import module_commands

    module_commands.history(_asked(data, json), module)


def enable(
    version: Version, tenant: ForTenant = None, reason: Reason = "", data: Data = _DATA, json: Json = False
) -> None:
    """Give a version to all who have none of their own, or to one tenant."""
    from foundation_subgraph.administration import module_commands

    module_commands.enable(_asked(data, json), version, tenant, reason)


def disable(
    module: Module, tenant: ForTenant = None, reason: Reason = "", data: Data = _DATA, json: Json = False
) -> None:
    """Switch a module off, for all who have no version of their own or for one tenant. Its data is kept."""
    from foundation_subgraph.administration import module_commands

    module_commands.disable(_asked(data, json), module, tenant, reason)


def rollout(
    version: Version,
    tenants: Annotated[str, typer.Option(metavar="SLUGS", help="These tenants: acme,globex.")] = "",
    percent: Annotated[int, typer.Option(min=0, max=100, help="This share of all; each stays in it.")] = 0,
    ring: Annotated[list[str] | None, typer.Option(help="The tenants of a ring; may be repeated.")] = None,
    max_errors: Annotated[
        float | None, typer.Option(metavar="PERCENT", help="So many requests may fail.", show_default="2")
    ] = None,
    max_slow: Annotated[
        float | None, typer.Option(metavar="PERCENT", help="So many may be slow.", show_default="5")
    ] = None,
    slow_seconds: Annotated[
        float | None, typer.Option(metavar="SECONDS", help="Slow is what takes longer.", show_default="1")
    ] = None,
    reason: Reason = "",
    data: Data = _DATA,
    json: Json = False,
) -> None:
    """Give a version to some, over what they have; said again, to more. `halt` takes it back, `finish` makes it the rule.

    While it runs it has a budget of errors and slow answers: beyond that it is halted by itself, with the reason in `history`.
    """
    from foundation_subgraph.administration import module_commands

    module_commands.roll_out(
        _asked(data, json),
        version,
        tenants,
        percent,
        ring or [],
        (max_errors, max_slow, slow_seconds),
        reason,
    )


def finish(module: Module, reason: Reason = "", data: Data = _DATA, json: Json = False) -> None:
    """Make what is being rolled out the rule: for all, unless the module is off for all, and for whom it has reached."""
    from foundation_subgraph.administration import module_commands

    module_commands.finish(_asked(data, json), module, reason)


def halt(
    module: Module,
    reason: Annotated[str, typer.Option(help="Why, for the history.", show_default=False)],
    data: Data = _DATA,
    json: Json = False,
) -> None:
    """End a rollout: everybody has what they had before."""
    from foundation_subgraph.administration import module_commands

    module_commands.halt(_asked(data, json), module, reason)


def rollback(
    module: Module, tenant: ForTenant = None, reason: Reason = "", data: Data = _DATA, json: Json = False
) -> None:
    """Return to the version before, for all or for one tenant. Its data is kept."""
    from foundation_subgraph.administration import module_commands

    module_commands.roll_back(_asked(data, json), module, tenant, reason)


def ring(
    name: Annotated[str, typer.Argument(help="The ring, like early.")],
    tenants: Annotated[str, typer.Option(metavar="SLUGS", help="All tenants in it: acme,globex.")],
    data: Data = _DATA,
    json: Json = False,
) -> None:
    """Say which tenants get new versions together. Rollouts to the ring follow at once."""
    from foundation_subgraph.administration import module_commands

    module_commands.set_ring(_asked(data, json), name, tenants)
