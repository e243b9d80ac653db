"""How problems and hints of a composition are told: to people, to tools, to a code host."""

import sys
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import orjson
from rich.console import Console
from rich.text import Text

from supergraph.composer import Composition, Diagnostic, Location

if TYPE_CHECKING:  # a reader of YAML takes a quarter of a second to load, and `dev` reads none
    from supergraph.cli.supergraph_yaml import SubgraphDocument

    Documents = Mapping[str, SubgraphDocument]
    """By subgraph name, where documents were read from; those that came from code have none."""

_FROM_CODE: Final["Documents"] = MappingProxyType({})


def render_json(composition: Composition, supergraph: str | None) -> str:
    report: dict[str, object] = {
        "ok": composition.ok,
        "diagnostics": [
            {
                "code": str(each.code),
                "severity": str(each.severity),
                "coordinate": each.at,
                "message": each.message,
                "mend": each.mend,
                "subgraphs": list(each.subgraphs),
                "locations": [_json_location(place) for place in each.locations],
            }
            for each in composition.diagnostics
        ],
    }
    if supergraph is not None:
        report["supergraph"] = supergraph
    return orjson.dumps(report).decode()


def report(diagnostics: Sequence[Diagnostic], documents: "Documents" = _FROM_CODE) -> None:
    """Write to stderr: a paragraph each on a terminal, a line each to anything else."""
    if not sys.stderr.isatty():
        for diagnostic in diagnostics:
            sys.stderr.write(_render_line(diagnostic, documents) + "\n")
        return
    console = Console(stderr=True, highlight=False)
    for diagnostic in diagnostics:
        console.print(_render_paragraph(diagnostic, documents))


def _render_line(diagnostic: Diagnostic, documents: "Documents") -> str:
    """One line: `error KEY_INVALID_FIELDS schemas/a.graphql:3:1: what is wrong. How to mend it.`."""
    at = ", ".join(_places(diagnostic, documents)) or (
        f"[{', '.join(diagnostic.subgraphs)}]" if diagnostic.subgraphs else ""
    )
    words = [_sentence(diagnostic.message), _sentence(diagnostic.mend)]
    head = f"{diagnostic.severity} {diagnostic.code}{f' {at}:' if at else ':'}"
    return " ".join([head, *(each for each in words if each)])


def _render_paragraph(diagnostic: Diagnostic, documents: "Documents") -> Text:
    """What, every place, how to mend it, and where there is more to read."""
    colour = {"error": "bold red", "warning": "bold yellow"}.get(str(diagnostic.severity), "bold cyan")
    text = Text.assemble((str(diagnostic.severity), colour), " ", (str(diagnostic.code), "bold"), "\n")
    text.append(f"  {_sentence(diagnostic.message)}\n")
    for place in _places(diagnostic, documents) or diagnostic.subgraphs:
        text.append(f"  at {place}\n", "cyan")
    if diagnostic.mend:
        text.append("  Mend: ", "green").append(f"{_sentence(diagnostic.mend)}\n")
    return text.append(f"  dovetail explain {diagnostic.code}\n", "dim")


def render_annotation(diagnostic: Diagnostic, documents: "Documents") -> str:
    """A workflow command: the problem is shown beside the line that has it, and names all the others."""
    level = {"error": "error", "warning": "warning"}.get(str(diagnostic.severity), "notice")
    properties = [f"title={_escape_property(str(diagnostic.code))}"]
    annotated: Location | None = None
    for place in diagnostic.locations:
        document = documents.get(place.subgraph)
        if document is not None and document.file is not None:
            annotated = place
            file = _escape_property(str(document.file))
            properties = [f"file={file}", f"line={place.line}", f"col={place.column}", *properties]
            break
    others = [_place(each, documents) for each in diagnostic.locations if each is not annotated]
    words = [_sentence(diagnostic.message), _sentence(diagnostic.mend)]
    words += [f"{'Also' if annotated else 'At'} {', '.join(others)}."] if others else []
    message = " ".join(each for each in words if each).replace("%", "%25")
    return f"::{level} {','.join(properties)}::{message}"


def _json_location(place: Location) -> Mapping[str, object]:
    location = {"subgraph": place.subgraph, "line": place.line, "column": place.column}
    return {**location, "origin": place.origin} if place.origin else location


def _places(diagnostic: Diagnostic, documents: "Documents") -> Sequence[str]:
    return [_place(each, documents) for each in diagnostic.locations]


def _place(place: Location, documents: "Documents") -> str:
    document = documents.get(place.subgraph)
    return str(place) if document is None else f"{document.origin}:{place.line}:{place.column}"


def _sentence(text: str) -> str:
    line = _one_line(text)
    return line if not line or line.endswith((".", "?", "!")) else f"{line}."


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _escape_property(text: str) -> str:
    for character, escaped in (("%", "%25"), ("\r", "%0D"), ("\n", "%0A"), (":", "%3A"), (",", "%2C")):
        text = text.replace(character, escaped)
    return text
