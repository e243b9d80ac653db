"""A mistake in a Strawberry subgraph is told by its Python class and field."""

from enum import Enum

import strawberry
from strawberry.federation.schema_directives import Key

from foundation_subgraph.kit import RequestContext, Subgraph, batched, field, public
from supergraph.composer import Composition, SubgraphSource, compose

HERE = __name__


class Named:
    """What several types have in common, declared once."""


@strawberry.type
class Aged:
    born_in: int


@strawberry.enum
class Mood(Enum):
    HAPPY = "happy"
    SAD_BUT_TRUE = "sad"


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


@batched(Guest, key=strawberry.ID)
async def find_guests(context: RequestContext, ids: list[strawberry.ID]) -> list[Guest | None]:
    return [None for _ in ids]


@strawberry.federation.type(keys=["id"], name="Guest")
class GuestElsewhere:
    id: strawberry.ID
    full_name: str


@batched(GuestElsewhere, key=strawberry.ID)
async def find_elsewhere(context: RequestContext, ids: list[strawberry.ID]) -> list[GuestElsewhere | None]:
    return [None for _ in ids]


def hotel() -> Subgraph:
    return Subgraph("hotel", title="Hotel", query=Query, references=[find_guests])


def composed(*subgraphs: Subgraph) -> Composition:
    return compose([SubgraphSource(each.name, "", each.sdl(), each.origins()) for each in subgraphs])
