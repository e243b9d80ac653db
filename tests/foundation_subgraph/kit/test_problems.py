"""Mutations that answer refusals by types."""

from typing import Annotated

import pytest
import strawberry

from foundation_subgraph.kit import (
    Conflict,
    Database,
    DatabaseAddress,
    GraphQLRequest,
    InvalidInput,
    NotFound,
    Refusal,
    Subgraph,
    mutation,
    public,
)
from foundation_subgraph.kit.testing import principal

NOWHERE = Database(DatabaseAddress("postgresql+asyncpg://nobody@/nothing").engine(pool_size=0))


@strawberry.type
class Query:
    now: int = 0


@strawberry.type
class Made:
    name: str


MakeResult = Annotated[Made | InvalidInput | NotFound | Conflict, strawberry.union("MakeResult")]


@strawberry.type
class Mutation:
    @mutation(public, problems={"TAKEN": Conflict, "NO_SHELF": NotFound}, description="Makes one.")
    async def make(self, code: str, name: str = "x") -> MakeResult | None:
        if code:
            raise Refusal(code, f"refused {name}")
        return Made(name=name)


SUBGRAPH = Subgraph("making", title="Making", query=Query, mutation=Mutation)


async def make(code: str) -> dict[str, object]:
    query = """mutation ($code: String!) {
        make(code: $code) { __typename ... on Made { name } ... on Problem { code message } }
    }"""
    return await SUBGRAPH.asgi(NOWHERE).execute(GraphQLRequest(query, variables={"code": code}), principal())


async def test_success_is_its_own_type() -> None:
    assert await make("") == {"data": {"make": {"__typename": "Made", "name": "x"}}}


@pytest.mark.parametrize(
    ("code", "typename"),
    [("TAKEN", "Conflict"), ("NO_SHELF", "NotFound"), ("BAD_USER_INPUT", "InvalidInput")],
)
async def test_a_refusal_that_was_named_is_a_problem(code: str, typename: str) -> None:
    expected = {"__typename": typename, "code": code, "message": "refused x"}
    assert await make(code) == {"data": {"make": expected}}


async def test_a_refusal_that_was_not_named_stays_an_error() -> None:
    answer = await make("OTHER")
    assert answer["data"] == {"make": None}
    [error] = answer["errors"]  # type: ignore[misc]
    assert error["extensions"] == {"code": "OTHER"}


def test_problems_are_shared_types_so_that_every_subgraph_may_have_them() -> None:
    sdl = SUBGRAPH.sdl()
    assert "type Conflict implements Problem @shareable" in sdl
    assert 'make(code: String!, name: String! = "x"): MakeResult' in sdl
