"""What `dovetail database` does."""

from collections.abc import Sequence

import typer

from foundation_subgraph.administration import migrating
from foundation_subgraph.administration.asking import Asked, attempt, show
from foundation_subgraph.administration.printing import fail, printable, progress


def upgrade_database(asked: Asked) -> None:
    async def work() -> Sequence[migrating.TablesState]:
        with progress("upgrading …") as status:
            return await migrating.upgrade_tables(
                asked.settings, lambda name: status.update(f"upgrading {name} …")
            )

    states = attempt(work())
    rows = [
        {
            "subgraph": one.subgraph,
            "was": one.was,
            "is": one.current,
            "head": one.head,
            "state": one.problem or ("up to date" if one.was == one.current else "upgraded"),
        }
        for one in states
    ]
    show(asked, ("subgraph", "was", "is", "head", "state"), rows, "")
    _name_failures(states, "was not upgraded, and its tables are as they were")


def show_database(asked: Asked) -> None:
    states = attempt(migrating.tables_state(asked.settings))
    rows = [
        {
            "subgraph": one.subgraph,
            "current": one.current,
            "head": one.head,
            "state": one.problem or ("up to date" if one.is_fine else "to be upgraded"),
        }
        for one in states
    ]
    show(asked, ("subgraph", "current", "head", "state"), rows, "")
    _name_failures(states, "cannot be told")
    if behind := [one.subgraph for one in states if not one.is_fine]:
        fail(f"not up to date: {', '.join(behind)}; run `dovetail database upgrade`")


def _name_failures(states: Sequence[migrating.TablesState], what: str) -> None:
    failed = [one for one in states if one.problem]
    for one in failed[:-1]:
        typer.echo(f"error: {printable(one.subgraph)} {what}: {printable(one.problem)}", err=True)
    if failed:
        fail(f"{failed[-1].subgraph} {what}: {failed[-1].problem}")
