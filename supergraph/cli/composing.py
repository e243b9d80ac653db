"""`dovetail compose`: documents in, one supergraph document out, or one line for each thing that is wrong."""

import sys
from collections.abc import Sequence
from pathlib import Path
from threading import Timer
from typing import Final

from rich.console import Console

from supergraph.cli.batch import run_batch
from supergraph.cli.failure import CommandError
from supergraph.cli.formats import ReportFormat
from supergraph.cli.permission_list import read_permission_list
from supergraph.cli.reporting import render_annotation, render_json, report
from supergraph.cli.supergraph_yaml import read_supergraph_yaml
from supergraph.composer import Composition, SubgraphSource, compose, compose_batch_line

_QUIET_SECONDS: Final = 0.5
"""How long composing may take before it is worth a word; most graphs are done by then."""


def compose_file(
    configuration: Path, output: Path | None, format_: ReportFormat, permissions: Path | None = None
) -> int:
    """Compose what the file lists. The supergraph goes to `output` or stdout, problems to stderr."""
    known = None if permissions is None else read_permission_list(permissions)
    documents = read_supergraph_yaml(configuration)
    sources = [SubgraphSource(each.name, each.url, each.sdl) for each in documents]
    composition = _compose_with_word(sources, known)
    supergraph = composition.supergraph_sdl
    if supergraph is not None and output is not None:
        try:
            output.write_text(supergraph.rstrip("\n") + "\n", encoding="utf-8")
        except OSError as error:
            raise CommandError(
                f"{output}: cannot be written: {(error.strerror or str(error)).lower()}"
            ) from error
    by_name = {each.name: each for each in documents}
    match format_:
        case ReportFormat.JSON:
            sys.stdout.write(render_json(composition, supergraph if output is None else None) + "\n")
            supergraph = None
        case ReportFormat.GITHUB:
            for diagnostic in composition.diagnostics:
                sys.stderr.write(render_annotation(diagnostic, by_name) + "\n")
        case ReportFormat.TEXT:
            report(composition.diagnostics, by_name)
    if supergraph is not None and output is None:
        sys.stdout.write(supergraph.rstrip("\n") + "\n")
    return 0 if composition.ok else 1


def _compose_with_word(sources: Sequence[SubgraphSource], known: frozenset[str] | None) -> Composition:
    """Compose; what takes long is told to a person at a terminal, and to nobody else."""
    console = Console(stderr=True)
    if not console.is_terminal:
        return compose(sources, known_permissions=known)
    size = sum(len(each.sdl) for each in sources) / 1e6
    word = console.status(f"composing {len(sources)} subgraphs, {size:.1f} MB of documents …")
    # The work stays in this thread, where Ctrl-C can end it.
    later = Timer(_QUIET_SECONDS, word.start)
    later.start()
    try:
        return compose(sources, known_permissions=known)
    finally:
        later.cancel()
        later.join()
        word.stop()


def compose_batch() -> int:
    """Lines `{"id", "subgraphs": [{"name", "sdl", "url"?}]}`."""
    return run_batch(compose_batch_line)
