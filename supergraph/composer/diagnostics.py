"""Diagnostic: what is wrong, where, and the facts that its wording in the catalogue asks for."""

import re
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from supergraph.composer.origins import origin_at
from supergraph.composer.subgraph import Subgraph
from supergraph.spec import CATALOGUE, Code, Severity, SubgraphName

_LINE_END: Final = re.compile(r"\r\n|[\n\r]")


@dataclass(frozen=True, slots=True, order=True)
class Location:
    """A place in a subgraph's document; line and column count from 1.

    `origin` is the same place in the code that the document was printed from, such as `module.Class.field`; empty where
    the document is all there is.
    """

    subgraph: SubgraphName
    line: int
    column: int
    origin: str = ""

    def __str__(self) -> str:
        place = f"{self.subgraph}:{self.line}:{self.column}"
        return f"{place} ({self.origin})" if self.origin else place


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One problem or hint. `facts` fill the catalogue's wording; `at` is a schema coordinate where there is one."""

    code: Code
    at: str = ""
    facts: tuple[tuple[str, str], ...] = ()
    subgraphs: tuple[SubgraphName, ...] = ()
    locations: tuple[Location, ...] = ()
    severity: Severity = field(default=Severity.ERROR)

    @property
    def message(self) -> str:
        """One line: what, where, and the likely cause."""
        return CATALOGUE[self.code].wording.format_map({"at": self.at, **dict(self.facts)})

    @property
    def mend(self) -> str:
        """One line on how to put it right."""
        return dict(self.facts).get("mend") or CATALOGUE[self.code].mend

    @property
    def is_error(self) -> bool:
        return self.severity is Severity.ERROR


def locate(subgraph: Subgraph, offset: int) -> Location:
    """Turn an offset into the subgraph's document into a line and a column."""
    starts = _line_starts(subgraph.text)
    line = bisect_right(starts, offset)
    origin = origin_at(subgraph.origins, offset)
    return Location(subgraph.name, line, offset - starts[line - 1] + 1, origin)


@lru_cache(maxsize=256)
def _line_starts(text: str) -> list[int]:
    return [0, *(found.end() for found in _LINE_END.finditer(text))]


def report(
    code: Code,
    at: str,
    where: Iterable[tuple[Subgraph, int]] = (),
    *,
    severity: Severity | None = None,
    **facts: object,
) -> Diagnostic:
    """A diagnostic at the given offsets of the given documents; its severity is the catalogue's unless told."""
    places = tuple(where)
    return Diagnostic(
        code,
        at,
        tuple((name, str(value)) for name, value in facts.items()),
        tuple(dict.fromkeys(subgraph.name for subgraph, _ in places)),
        tuple(locate(subgraph, offset) for subgraph, offset in places),
        severity or CATALOGUE[code].severity,
    )


def any_error(found: Iterable[Diagnostic]) -> bool:
    return any(diagnostic.is_error for diagnostic in found)
