"""`dovetail compose`: documents in, one supergraph document out, or one line for each thing that is wrong."""

import sys
from pathlib import Path

from supergraph.cli.batch import run_batch
from supergraph.cli.failure import CommandError
from supergraph.cli.formats import ReportFormat
from supergraph.cli.reporting import render_annotation, render_json, report
from supergraph.cli.supergraph_yaml import read_supergraph_yaml
from supergraph.composer import SubgraphSource, compose, compose_batch_line


def compose_file(configuration: Path, output: Path | None, format_: ReportFormat) -> int:
    """Compose what the file lists. The supergraph goes to `output` or stdout, problems to stderr."""
    documents = read_supergraph_yaml(configuration)
    composition = compose([SubgraphSource(each.name, each.url, each.sdl) for each in documents])
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


def compose_batch() -> int:
    """Lines `{"id", "subgraphs": [{"name", "sdl", "url"?}]}`."""
    return run_batch(compose_batch_line)
