"""`dovetail client`: python. `dovetail module`: new | list | check, and those of the registry. Only words: what they do is loaded when it is asked for."""

from pathlib import Path
from typing import Annotated, Final

import typer

from foundation_subgraph.administration import module_cli as registry

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


module_app = typer.Typer(
    no_args_is_help=True, help="Business modules: made, listed, kept to their own folder."
)

FolderOption = Annotated[
    Path | None,
    typer.Option(help="The folder of modules, a package.", show_default="module_subgraphs of the project"),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]


@module_app.callback()
def module() -> None:
    """Business modules: made, listed, kept to their own folder."""


@module_app.command(epilog='Example: dovetail module new warranty Contract --fields "name:str!, months:int"')
def new(  # noqa: PLR0913, PLR0917 - options of a command are parameters
    id: Annotated[str, typer.Argument(metavar="ID", help="The module's id, like loyalty.")],  # noqa: A002 - its word
    entity: Annotated[str, typer.Argument(metavar="ENTITY", help="Its main entity, like Customer.")],
    fields: Annotated[
        str,
        typer.Option(
            help='The entity\'s fields: "name:str!, points:int"; ! for required. Types: str, int, float, bool, '
            "date, datetime, decimal, id, enum(a|b)."
        ),
    ] = "name:str!",
    extends: Annotated[str, typer.Option(help="Entities of others it belongs to, like User,Tenant.")] = "",
    owner: Annotated[
        str | None, typer.Option(metavar="TEAM", help="The team that owns it.", show_default="the id")
    ] = None,
    title: Annotated[
        str | None, typer.Option(help="Its name for people.", show_default="from the id")
    ] = None,
    plural: Annotated[
        str | None,
        typer.Option(help="The entity's plural in snake case, like people.", show_default="the regular one"),
    ] = None,
    diff: Annotated[bool, typer.Option("--diff", help="Write nothing; show what would be written.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Rewrite the files that nobody edited.")] = False,
    folder: FolderOption = None,
) -> None:
    """Make a module whose tests pass. Where it is there already: show what would be written otherwise."""
    from codegen import module_commands  # noqa: PLC0415 - only now is the house needed
    from codegen.modules import Wish  # noqa: PLC0415

    wish = Wish(id, entity, fields, extends, owner, title, plural)
    module_commands.new(wish, folder, only_shown=diff, force=force)


@module_app.command("list", epilog="Example: dovetail module list --json")
def list_modules(folder: FolderOption = None, as_json: JsonOption = False) -> None:
    """The modules by their manifests."""
    from codegen import module_commands  # noqa: PLC0415 - only now is the house needed

    module_commands.listed(folder, as_json=as_json)


@module_app.command(epilog="Example: dovetail module check loyalty --base main")
def check(
    ids: Annotated[
        list[str] | None, typer.Argument(metavar="[ID]...", help="The modules.", show_default="all")
    ] = None,
    base: Annotated[
        str | None,
        typer.Option(
            metavar="REF",
            help="Judge the change since it left this branch too: it touches its module's folder and nothing else.",
        ),
    ] = None,
    folder: FolderOption = None,
    as_json: JsonOption = False,
) -> None:
    """Check that modules keep to their boundaries; exit 1 when one does not."""
    from codegen import module_commands  # noqa: PLC0415 - only now is the house needed

    module_commands.check(ids or [], base, folder, as_json=as_json)


_HOUSE: Final = "The house: foundation, modules, teams, clients"


registry.register(module_app)


def register(app: typer.Typer) -> None:
    """Add `client` and `module` to the `dovetail` command."""
    app.add_typer(client_app, name="client", rich_help_panel=_HOUSE)
    app.add_typer(module_app, name="module", rich_help_panel=_HOUSE)
