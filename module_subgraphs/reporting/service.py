"""A report, of the answers that several modules gave: what each said, and what is missing."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from foundation_subgraph.kit import Refusal
from module_subgraphs.reporting.graph_client import Answer, GraphQLError, ReportedCustomers, ReportedPoints

MOST_ROWS: Final = 200

_HEAD: Final = ("id", "name", "city", "points", "tier")
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class StandingRow:
    """One customer. What could not be had, or may not be seen, is None."""

    id: str
    name: str | None
    city: str | None
    points: int | None
    tier: str | None


@dataclass(frozen=True, slots=True)
class Gap:
    """Something that the report lacks: of which part, why by code, and in how many places."""

    part: str
    code: str
    places: int


@dataclass(frozen=True, slots=True)
class Standing:
    """`has_more`: there are customers beyond these rows."""

    rows: tuple[StandingRow, ...]
    gaps: tuple[Gap, ...]
    has_more: bool

    @property
    def points(self) -> int | None:
        """The points of all rows; None where those of any are not known."""
        if self.gaps and not self.rows:
            return None
        known = [row.points for row in self.rows if row.points is not None]
        return sum(known) if len(known) == len(self.rows) else None


def read_count(wanted: int) -> int:
    if not 0 < wanted <= MOST_ROWS:
        raise Refusal("BAD_USER_INPUT", f"A report has 1 to {MOST_ROWS} rows")
    return wanted


def customer_standing(customers: Answer[ReportedCustomers], points: Answer[ReportedPoints]) -> Standing:
    """Customers with their points, those with the most first; in the order that they came in where nothing is known."""
    page = None if customers.data is None else customers.data.customers
    counted = None if points.data is None else points.data.customers
    standings = {} if counted is None else {node.id: node for node in counted.nodes}
    rows = [
        StandingRow(
            node.id,
            node.name,
            node.city,
            None if (standing := standings.get(node.id)) is None else standing.points,
            None if standing is None or standing.tier is None else standing.tier.value,
        )
        for node in (() if page is None else page.nodes)
    ]
    rows.sort(key=lambda row: -1 if row.points is None else row.points, reverse=True)
    gaps = (*_gaps("customers", customers.errors), *_gaps("points", points.errors))
    return Standing(tuple(rows), gaps, page is not None and page.page_info.has_next_page)


def as_csv(rows: Sequence[StandingRow]) -> str:
    """The rows for a spreadsheet (RFC 4180); what would be a formula there stays a text."""
    written = io.StringIO()
    writer = csv.writer(written)
    writer.writerow(_HEAD)
    for row in rows:
        writer.writerow([_cell(value) for value in (row.id, row.name, row.city, row.points, row.tier)])
    return written.getvalue()


def _gaps(part: str, errors: Iterable[GraphQLError]) -> Iterator[Gap]:
    """Each reason once, however many places it left empty."""
    places: dict[str, int] = {}
    for error in errors:
        code = error.code or "UNKNOWN"
        places[code] = places.get(code, 0) + 1
    yield from (Gap(part, code, number) for code, number in places.items())


def _cell(value: str | int | None) -> str | int:
    if isinstance(value, str) and value.startswith(_FORMULA):
        return f"'{value}"
    return "" if value is None else value
