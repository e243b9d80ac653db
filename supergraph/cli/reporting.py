"""How problems and hints of a composition are told: to people, to tools, to a code host."""

import sys
from collections.abc import Mapping, Sequence

import orjson
from rich.console import Console
from rich.text import Text

from supergraph.cli.supergraph_yaml import SubgraphDocument
from supergraph.composer import Composition, Diagnostic


def render_json(composition: Composition, supergraph: str | None) -> str:
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


def report(diagnostics: Sequence[Diagnostic], origins: Mapping[str, SubgraphDocument]) -> None:
    """Write to stderr: a paragraph each on a terminal, a line each to anything else."""
    if not sys.stderr.isatty():
        for diagnostic in diagnostics:
            sys.stderr.write(_render_line(diagnostic, origins) + "\n")
        return
    console = Console(stderr=True, highlight=False)
    for diagnostic in diagnostics:
        console.print(_render_paragraph(diagnostic, origins))


def _render_line(diagnostic: Diagnostic, origins: Mapping[str, SubgraphDocument]) -> str:
    """One line: `error KEY_INVALID_FIELDS schemas/a.graphql:3:1: what is wrong. How to mend it.`."""
    at = ", ".join(_places(diagnostic, origins)) or (
        f"[{', '.join(diagnostic.subgraphs)}]" if diagnostic.subgraphs else ""
    )
    words = [_sentence(diagnostic.message), _sentence(diagnostic.mend)]
    head = f"{diagnostic.severity} {diagnostic.code}{f' {at}:' if at else ':'}"
    return " ".join([head, *(each for each in words if each)])


def _render_paragraph(diagnostic: Diagnostic, origins: Mapping[str, SubgraphDocument]) -> Text:
    """What, every place, how to mend it, and where there is more to read."""
    colour = {"error": "bold red", "warning": "bold yellow"}.get(str(diagnostic.severity), "bold cyan")
    text = Text.assemble((str(diagnostic.severity), colour), " ", (str(diagnostic.code), "bold"), "\n")
    text.append(f"  {_sentence(diagnostic.message)}\n")
    for place in _places(diagnostic, origins) or diagnostic.subgraphs:
        text.append(f"  at {place}\n", "cyan")
    if diagnostic.mend:
        text.append("  Mend: ", "green").append(f"{_sentence(diagnostic.mend)}\n")
    return text.append(f"  dovetail explain {diagnostic.code}\n", "dim")


def render_annotation(diagnostic: Diagnostic, origins: Mapping[str, SubgraphDocument]) -> str:
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
