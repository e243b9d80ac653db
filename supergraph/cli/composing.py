"""`dovetail compose`: documents in, one supergraph document out, or one line for each thing that is wrong."""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import orjson

from supergraph.cli.batch import run_batch
from supergraph.cli.failure import CommandError
from supergraph.cli.formats import ReportFormat
from supergraph.cli.supergraph_yaml import SubgraphDocument, read_supergraph_yaml
from supergraph.composer import (
    Composition,
    Diagnostic,
    SubgraphSource,
    compose,
    compose_batch_line,
)


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
    origins = {each.name: each for each in documents}
    if format_ is ReportFormat.JSON:
        sys.stdout.write(_render_json(composition, supergraph if output is None else None) + "\n")
    else:
        line = _render_text if format_ is ReportFormat.TEXT else _render_github
        for diagnostic in composition.diagnostics:
            sys.stderr.write(line(diagnostic, origins) + "\n")
        if supergraph is not None and output is None:
            sys.stdout.write(supergraph.rstrip("\n") + "\n")
    return 0 if composition.ok else 1


def compose_batch() -> int:
    """Lines `{"id", "subgraphs": [{"name", "sdl", "url"?}]}`."""
    return run_batch(compose_batch_line)


def _render_json(composition: Composition, supergraph: str | None) -> str:
    report: dict[str, object] = {
        "ok": composition.ok,
        "diagnostics": [
            {
                "code": str(each.code),
                "severity": str(each.severity),
                "message": each.message,
                "subgraphs": list(each.subgraphs),
                "locations": [
                    {"subgraph": place.subgraph, "line": place.line, "column": place.column}
                    for place in each.locations
                ],
            }
            for each in composition.diagnostics
        ],
    }
    if supergraph is not None:
        report["supergraph"] = supergraph
    return orjson.dumps(report).decode()


def _render_text(diagnostic: Diagnostic, origins: Mapping[str, SubgraphDocument]) -> str:
    """One line: `error KEY_INVALID_FIELDS schemas/a.graphql:3:1: what is wrong. How to mend it`."""
    places = _places(diagnostic, origins)
    at = (
        f" {places[0]}:"
        if places
        else f" [{', '.join(diagnostic.subgraphs)}]"
        if diagnostic.subgraphs
        else ""
    )
    words = [_sentence(diagnostic.message), _sentence(diagnostic.mend)]
    return f"{diagnostic.severity} {diagnostic.code}{at} {' '.join(each for each in words if each)}"


def _render_github(diagnostic: Diagnostic, origins: Mapping[str, SubgraphDocument]) -> str:
    """A workflow command: the problem is shown beside the line that has it."""
    level = {"error": "error", "warning": "warning"}.get(str(diagnostic.severity), "notice")
    properties = [f"title={_escape_property(str(diagnostic.code))}"]
    place = next((each for each in diagnostic.locations if origins[each.subgraph].file), None)
    if place is not None:
        file = _escape_property(str(origins[place.subgraph].file))
        properties = [f"file={file}", f"line={place.line}", f"col={place.column}", *properties]
    message = _one_line(diagnostic.message).replace("%", "%25")
    return f"::{level} {','.join(properties)}::{message}"


def _places(diagnostic: Diagnostic, origins: Mapping[str, SubgraphDocument]) -> Sequence[str]:
    return [f"{origins[place.subgraph].origin}:{place.line}:{place.column}" for place in diagnostic.locations]


def _sentence(text: str) -> str:
    line = _one_line(text)
    return line if not line or line.endswith((".", "?", "!")) else f"{line}."


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _escape_property(text: str) -> str:
    for character, escaped in (("%", "%25"), ("\r", "%0D"), ("\n", "%0A"), (":", "%3A"), (",", "%2C")):
        text = text.replace(character, escaped)
    return text
