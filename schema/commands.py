"""What `dovetail schema` does: exit 0 fine, 1 stale or breaking or not composing, 2 nothing could be found out."""

import shlex
from pathlib import Path
from typing import NoReturn, assert_never

import typer
from rich.console import Console

from schema.checks import (
    ACCEPTED_FILE,
    Finding,
    Judged,
    RevisionError,
    UnreadableAcceptancesError,
    UnreadableContractError,
    compare_contracts,
    judge,
    propose,
    read_acceptances,
    read_baseline,
)
from schema.checks.rendering import (
    render_annotations,
    render_json,
    render_stale,
    render_stale_annotation,
    render_table,
    summarize,
)
from schema.contract import SDL_FOLDER, Contract
from schema.export import find_stale_files, write_contract
from schema.formats import ReportFormat
from schema.working_tree import HOUSE, Refused, SubgraphImportError, read_working_tree

_UNWATCHED_WIDTH = 160


def export(out: Path | None, subgraphs: list[str] | None, *, check_only: bool) -> None:
    contract = _working_tree(subgraphs)
    folder = out or SDL_FOLDER
    if check_only:
        stale = find_stale_files(contract, folder)
        for each in stale:
            typer.echo(f"{folder / each.path}: {each.staleness}", err=True)
        if stale:
            command = "dovetail schema export" + (f" --out {shlex.quote(str(out))}" if out else "")
            _end(f"{len(stale)} of the committed schema files are stale; run `{command}` and commit them")
        typer.echo(f"{folder} says what the code says.")
        return
    try:
        written = write_contract(contract, folder)
    except OSError as error:
        _end(f"cannot write the schema: {error.filename}: {error.strerror}", code=2)
    for each in written:
        typer.echo(f"{folder / each.path}: was {each.staleness}")
    typer.echo(f"{folder}: subgraphs {len(contract.subgraphs)}, permissions {len(contract.permissions)}.")


def check(against: str | None, sdl: Path | None, subgraphs: list[str] | None, output: ReportFormat) -> None:
    contract = _working_tree(subgraphs)
    folder = sdl or SDL_FOLDER
    accepted = folder.resolve().parent / ACCEPTED_FILE
    try:
        baseline = read_baseline(folder.resolve(), against)
        acceptances = read_acceptances(accepted)
    except (RevisionError, UnreadableAcceptancesError) as error:
        _end(str(error), code=2)
    findings: tuple[Finding, ...] = ()
    summary = f"There was no schema at {baseline.name}: everything is new, and nothing can break."
    if baseline.contract is not None:
        try:
            findings = compare_contracts(baseline.contract, contract)
        except UnreadableContractError as error:
            _end(f"cannot compare with {baseline.name}: {error}", code=2)
    judged = judge(findings, acceptances if baseline.contract is not None else ())
    if baseline.contract is not None:
        summary = summarize(judged.findings, baseline.name)
    _print(judged, baseline.name, summary, output, accepted)
    if judged.breaks:
        typer.echo(f"What of it is meant goes into {accepted}, with the reason why:", err=True)
        for line in propose(judged.breaks):
            typer.echo(line, err=True)
        raise typer.Exit(1)


def _print(judged: Judged, against: str, summary: str, output: ReportFormat, accepted: Path) -> None:
    findings = judged.findings
    match output:
        case ReportFormat.TABLE:
            if findings:
                console = Console()
                if not console.is_terminal:
                    console.width = _UNWATCHED_WIDTH  # a log or a pipe has no width of its own
                console.print(render_table(findings))
            typer.echo(summary)
            for stale in judged.stale:
                typer.echo(f"warning: {accepted}:{stale.line}: {render_stale(stale)}", err=True)
        case ReportFormat.JSON:
            typer.echo(render_json(findings, judged.stale, against))
        case ReportFormat.GITHUB:
            for line in render_annotations(findings):
                typer.echo(line)
            for stale in judged.stale:
                typer.echo(render_stale_annotation(stale, str(accepted)))
            typer.echo(summary)
        case _:
            assert_never(output)


def _working_tree(subgraphs: list[str] | None) -> Contract:
    try:
        found = read_working_tree(subgraphs or HOUSE)
    except SubgraphImportError as error:
        _end(str(error), code=2)
    if isinstance(found, Refused):
        for complaint in found.complaints:
            typer.echo(complaint, err=True)
        _end("the subgraphs do not compose; mend what stands above and run this again")
    return found


def _end(message: str, *, code: int = 1) -> NoReturn:
    typer.echo(f"error: {message}", err=True)
    raise typer.Exit(code)
