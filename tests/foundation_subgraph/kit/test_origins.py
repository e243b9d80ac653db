"""A mistake in a Strawberry subgraph is told by its Python class and field."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

import strawberry

from foundation_subgraph.kit import RequestContext, Subgraph, batched, field, public
from supergraph.composer import Composition, SubgraphSource, compose
from supergraph.spec import Code


@strawberry.type
class Aged:
    born_in: int


@strawberry.enum
class Mood(Enum):
    HAPPY = "happy"


@strawberry.federation.type(keys=["id"])
class Guest(Aged):
    id: strawberry.ID
    full_name: str

    @field(public)
    def mood_today(self) -> Mood | None:
        return None


@strawberry.type
class Query:
    @field(public)
    def first_guest(self) -> Guest | None:
        return None


@strawberry.federation.type(keys=["id"], name="Guest")
class GuestToBill:
    id: strawberry.ID
    full_name: str


@dataclass(frozen=True, slots=True)
class Reference:
    id: str


@batched(Guest, Reference)
async def load_guests(_context: RequestContext, references: Sequence[Reference]) -> list[Guest | None]:
    return [None for _ in references]


@batched(GuestToBill, Reference)
async def load_guests_to_bill(
    _context: RequestContext, references: Sequence[Reference]
) -> list[GuestToBill | None]:
    return [None for _ in references]


HOTEL = Subgraph("hotel", title="Hotel", query=Query, references=[load_guests])
BILLS = Subgraph("bills", title="Bills", types=[GuestToBill], references=[load_guests_to_bill])


def composed(*subgraphs: Subgraph) -> Composition:
    return compose([SubgraphSource(each.name, "", each.sdl(), each.origins()) for each in subgraphs])


def test_types_fields_and_values_are_found_where_they_were_written() -> None:
    origins = HOTEL.origins()
    assert origins["Guest"] == f"{__name__}.Guest"
    assert origins["Guest.fullName"] == f"{__name__}.Guest.full_name"
    assert origins["Guest.moodToday"] == f"{__name__}.Guest.mood_today"
    assert origins["Mood.HAPPY"] == f"{__name__}.Mood.HAPPY"


def test_an_inherited_field_is_found_in_the_class_that_declares_it() -> None:
    assert HOTEL.origins()["Guest.bornIn"] == f"{__name__}.Aged.born_in"


def test_the_query_root_is_its_authors_and_not_the_one_that_strawberry_makes_of_it() -> None:
    origins = HOTEL.origins()
    assert origins["Query"] == f"{__name__}.Query"
    assert origins["Query.firstGuest"] == f"{__name__}.Query.first_guest"
    assert not any("strawberry" in origin for origin in origins.values())


def test_a_name_in_the_graph_is_told_by_the_class_that_bears_another() -> None:
    assert BILLS.origins()["Guest"] == f"{__name__}.GuestToBill"


def test_a_field_that_two_modules_define_is_told_by_class_and_field_of_both() -> None:
    (error,) = composed(HOTEL, BILLS).errors
    assert (error.code, error.at) == (Code.INVALID_FIELD_SHARING, "Guest.fullName")
    assert [each.origin for each in error.locations] == [
        f"{__name__}.GuestToBill.full_name",
        f"{__name__}.Guest.full_name",
    ]
    assert str(error.locations[0]).endswith(f" ({__name__}.GuestToBill.full_name)")
