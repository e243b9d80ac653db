"""`dovetail schema`: export | check. Only the words: what they do is loaded when it is asked for."""

from pathlib import Path
from typing import Annotated

import typer

from schema.formats import ReportFormat

schema_app = typer.Typer(
    no_args_is_help=True,
    help="The contract between teams: what the graph says, and what a change would break.",
)


SubgraphsOption = Annotated[
    list[str] | None,
    typer.Option(
        metavar="PACKAGE.MODULE:NAME",
        help="Where to import subgraphs from; may be repeated.",
        show_default="the foundation and all modules",
    ),
]


def register(app: typer.Typer) -> None:
    """Add `schema` to the `dovetail` command."""
    app.add_typer(schema_app, name="schema", rich_help_panel="The house: foundation, modules, teams, clients")


@schema_app.command()
def export(
    out: Annotated[
        Path | None, typer.Option(help="The folder to write to.", show_default="schema/sdl of the project")
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; exit 1 when a file is stale.")
    ] = False,
    subgraphs: SubgraphsOption = None,
) -> None:
    """Write each subgraph's SDL, the supergraph, the API schema and the permissions."""
    from schema import commands  # noqa: PLC0415 - only now is a composer needed

    commands.export(out, subgraphs, check_only=check)


@schema_app.command()
def check(
    against: Annotated[
        str | None,
        typer.Option(
            metavar="REF",
            help="The git revision to compare with.",
            show_default="where this work left the main branch; on the main branch, the commit before HEAD",
        ),
    ] = None,
    output: Annotated[ReportFormat, typer.Option("--format", help="How to print.")] = ReportFormat.TABLE,
    sdl: Annotated[
        Path | None,
        typer.Option(
            help="The folder whose committed files to compare with.", show_default="schema/sdl of the project"
        ),
    ] = None,
    subgraphs: SubgraphsOption = None,
) -> None:
    """Compare the graph of the working tree with the committed one; exit 1 when a change breaks clients."""
    from schema import commands  # noqa: PLC0415 - only now is a composer needed

    commands.check(against, sdl, subgraphs, output)
