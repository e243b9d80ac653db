"""Codes as people read them: the reference page, and one code explained."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

from supergraph.spec.codes import CATALOGUE, Code, CodeEntry, Example, Phase
from supergraph.spec.codes.request import REQUEST_CATALOGUE, RequestCode

_PHASE_TITLES: Final[Mapping[Phase, str]] = MappingProxyType(
    {
        Phase.READING: "Reading a document",
        Phase.SUBGRAPH: "Checking one subgraph",
        Phase.MERGE: "Merging",
        Phase.MERGED: "Checking the whole",
        Phase.SATISFIABILITY: "Proving that every field can be reached",
        Phase.HINT: "Hints: nothing is wrong, but look",
    }
)


def print_codes() -> str:
    """The reference page: every code with what it means and how to mend it. `CODES.md` holds it."""
    lines = [
        "# Codes",
        "",
        "Those of composition first; [those of requests](#answering-a-request) stand at the end.",
        "",
        (
            "Printed from `codes/`. `dovetail explain CODE` shows one. Composition stops after the first phase that "
            "finds an error, with all errors of that phase."
        ),
    ]
    for phase, title in _PHASE_TITLES.items():
        lines += ["", f"## {title}"]
        for code, entry in CATALOGUE.items():
            if entry.phase is phase:
                lines += ["", f"### {code}", "", *_paragraphs(entry)]
                if entry.example is not None:
                    lines += ["", "```graphql", *_lines(entry.example), "```"]
    lines += [
        "",
        "## Answering a request",
        "",
        (
            "In `extensions.code` of the gateway's errors. A subgraph's errors keep codes of their own. With status 200 the "
            "rest of the data is there."
        ),
        "",
        "| code | HTTP status | meaning | mend |",
        "|---|---|---|---|",
        *(
            f"| {code} | {entry.status} | {entry.summary} | {entry.mend} |"
            for code, entry in REQUEST_CATALOGUE.items()
        ),
    ]
    return "\n".join(lines) + "\n"


def print_code(code: Code | RequestCode) -> str:
    """One code for the terminal: what it means, its usual cause, how to mend it, an example, where the rule stands."""
    if isinstance(code, RequestCode):
        told = REQUEST_CATALOGUE[code]
        return f"{code}  (of a request, HTTP status {told.status})\n\n{told.summary}\nMend: {told.mend}\n"
    entry = CATALOGUE[code]
    lines = [f"{code}  ({entry.severity}, found in the phase {entry.phase})", ""]
    lines += [line.rstrip("\\") for line in _paragraphs(entry)]
    if entry.example is not None:
        lines += ["", *(f"    {line}".rstrip() for line in _lines(entry.example))]
    return "\n".join(lines) + "\n"


def _paragraphs(entry: CodeEntry) -> list[str]:
    """A backslash at the end of a line keeps it a line of its own in Markdown."""
    named = (("Usual cause", entry.cause), ("Mend", entry.mend), ("Rule", str(entry.section)))
    lines = [entry.summary, *(f"{name}: {text}" for name, text in named if text)]
    return [*(f"{line}\\" for line in lines[:-1]), lines[-1]]


def _lines(example: Example) -> Iterator[str]:
    yield "# Wrong"
    yield from example.wrong.splitlines()
    yield ""
    yield "# Right"
    yield from example.right.splitlines()
