"""Rules are enforced in the subgraph itself: bypassing the gateway gains nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Annotated, Any

import pytest
import strawberry
from strawberry.federation.schema_directives import Policy, RequiresScopes

from foundation_subgraph.kit import (
    Access,
    Database,
    DatabaseAddress,
    GraphQLRequest,
    Permission,
    RequestContext,
    Subgraph,
    SubgraphError,
    authenticated,
    batched,
    field,
    mutation,
    public,
    requires,
)
from foundation_subgraph.kit.testing import principal
from supergraph.spec import ANONYMOUS, Principal

A, B, C = (Permission(f"{name}:use", name, Access.WRITE) for name in "abc")
DENIED = {"code": "UNAUTHORIZED_FIELD_OR_TYPE"}
ran: list[str] = []


@strawberry.type(directives=[requires(A)])
class Vault:
    gold: int = 7

    @field(requires(B))
    def diamonds(self) -> int | None:
        return 9


@strawberry.enum(directives=[requires(B)])
class Mood(Enum):
    GRIM = "grim"


@strawberry.interface
class Room:
    name: str
    keeper: str | None = strawberry.field(default=None, directives=[requires(B)])


@strawberry.interface(directives=[requires(A)])
class Hidden:
    depth: int | None = 3


@strawberry.type
class Shaft(Hidden):
    width: int | None = 1


@strawberry.type(directives=[requires(C)])
class Cellar(Room):
    pass


@strawberry.type
class Attic(Room):
    keeper: str | None = "nobody"  # another field of the name, without the rule


Found = Annotated[Attic | Cellar, strawberry.union("Found")]


@strawberry.type
class Query:
    @field(public)
    def open_to_all(self) -> int:
        return 1

    @field(authenticated)
    def signed_in(self) -> int | None:
        return 1

    @field(requires(A, B))
    def both(self) -> int | None:
        return 1

    @field(requires([A], [B, C]))
    def either(self) -> int | None:
        return 1

    @field(requires(A))
    def strict(self) -> int:
        return 1

    @field(public)
    def vault(self) -> Vault | None:
        return Vault()

    @field(public)
    def vaults(self) -> list[Vault]:
        return [Vault()]

    @field(public)
    def room(self) -> Room | None:
        return Attic(name="attic")

    @field(public)
    def attic(self) -> Attic | None:
        return Attic(name="attic")

    @field(public)
    def shaft(self) -> Shaft | None:
        return Shaft()

    @field(public)
    def moods(self) -> list[Mood] | None:
        return [Mood.GRIM]

    @field(public)
    def found(self) -> list[Found | None]:
        return [Attic(name="attic"), Cellar(name="cellar")]


@strawberry.type
class Mutation:
    @mutation(requires(A))
    def strike(self) -> int | None:
        ran.append("strike")
        return 1


SUBGRAPH = Subgraph(
    "house", title="House", query=Query, mutation=Mutation, types=[Cellar, Attic], permissions=[A, B, C]
)
NOWHERE = Database(DatabaseAddress("postgresql+asyncpg://nobody@/nothing").engine(pool_size=0))


async def ask(query: str, asking: Principal) -> dict[str, Any]:
    return await SUBGRAPH.asgi(NOWHERE).execute(GraphQLRequest(query), asking)


async def is_denied(query: str, asking: Principal) -> bool:
    answer = await ask(query, asking)
    denials = [error for error in answer.get("errors", ()) if error["extensions"] == DENIED]
    assert len(denials) == len(answer.get("errors", ()))
    assert all(error["message"] == "Unauthorized field or type" for error in denials)
    return bool(denials)


@pytest.mark.parametrize(
    ("query", "scopes", "denied"),
    [
        ("{ openToAll }", [], False),
        ("{ signedIn }", [], False),
        ("{ both }", ["a:use"], True),
        ("{ both }", ["a:use", "b:use"], False),
        ("{ either }", ["b:use"], True),
        ("{ either }", ["a:use"], False),
        ("{ either }", ["b:use", "c:use"], False),
        ("{ other: both }", ["a:use"], True),
        ("{ ... on Query { ...f } } fragment f on Query { both }", ["a:use"], True),
        ("{ vault { gold } }", [], True),
        ("{ vault { gold } }", ["a:use"], False),
        ("{ vault { diamonds } }", ["a:use"], True),
        ("{ vault { diamonds } }", ["b:use"], True),
        ("{ vault { diamonds } }", ["a:use", "b:use"], False),
        ("{ room { name } }", [], True),  # an implementer asks for c:use, and any might be returned
        ("{ room { name } }", ["c:use"], False),
        ("{ attic { name } }", [], False),
        ("{ attic { keeper } }", [], True),  # the rule stands on the interface's field
        ("{ attic { keeper } }", ["b:use"], False),
        ("{ shaft { width } }", [], True),  # the rule stands on the interface
        ("{ shaft { width depth } }", ["a:use"], False),
        ("{ moods }", [], True),  # the rule stands on the enum
        ("{ moods }", ["b:use"], False),
        ("{ found { ... on Attic { name } } }", [], False),
        ("{ found { ... on Cellar { name } } }", [], True),
        ("{ found { ... on Cellar { name } } }", ["c:use"], False),
    ],
)
async def test_a_field_asks_for_its_own_rule_that_of_its_type_and_that_of_what_it_returns(
    query: str, scopes: list[str], denied: bool
) -> None:
    assert await is_denied(query, principal(*scopes)) is denied


async def test_a_denied_field_is_null_in_its_place_and_its_neighbours_are_answered() -> None:
    answer = await ask("{ signedIn both other: both }", principal())
    assert answer["data"] == {"signedIn": 1, "both": None, "other": None}
    assert [error["path"] for error in answer["errors"]] == [["both"], ["other"]]


async def test_the_null_of_a_denied_field_that_may_not_be_null_rises() -> None:
    assert (await ask("{ strict }", principal()))["data"] is None


async def test_scopes_without_anybody_signed_in_open_nothing() -> None:
    nobody = Principal(tenant="t", scopes=frozenset({"a:use", "b:use"}))
    assert await is_denied("{ both }", nobody)
    assert await is_denied("{ signedIn }", ANONYMOUS)


async def test_a_denied_mutation_does_not_run() -> None:
    ran.clear()
    assert await is_denied("mutation { strike }", principal("b:use"))
    assert ran == []
    assert not await is_denied("mutation { strike }", principal("a:use"))
    assert ran == ["strike"]


async def test_more_permissions_never_show_less() -> None:
    query = "{ signedIn both either vault { gold diamonds } found { ... on Cellar { name } } }"
    all_scopes = ["a:use", "b:use", "c:use"]
    shown: set[str] = set()
    for count in range(4):
        answer = await ask(query, principal(*all_scopes[:count]))
        now = {name for name, value in (answer["data"] or {}).items() if value is not None}
        assert shown <= now
        shown = now


def test_a_permission_that_is_not_declared_is_an_error_with_a_suggestion() -> None:
    with pytest.raises(SubgraphError, match=r"Query\.both requires b:use, which is not declared here"):
        Subgraph("house", title="House", query=Query, mutation=Mutation, permissions=[A, C])

    @strawberry.type
    class Misspelt:
        @field(requires("loyalty:raed"))
        def points(self) -> int | None:
            return 1

    declared = [Permission("loyalty:read", "Read", Access.READ)]
    with pytest.raises(SubgraphError, match=r"requires loyalty:raed.*did you mean loyalty:read\?"):
        Subgraph("loyalty", title="Loyalty", query=Misspelt, permissions=declared)


@pytest.mark.parametrize("scopes", [[], [[]], [["a:use"], []]])
def test_an_empty_rule_is_an_error_and_not_an_open_door(scopes: list[list[str]]) -> None:
    @strawberry.type
    class Careless:
        secret: int = strawberry.field(default=1, directives=[RequiresScopes(scopes=scopes)])

    with pytest.raises(SubgraphError, match="let everybody in"):
        Subgraph("careless", title="Careless", query=Careless, permissions=[A])


def test_a_policy_that_nothing_here_enforces_is_an_error() -> None:
    @strawberry.type
    class Careless:
        secret: int = strawberry.field(default=1, directives=[Policy(policies=[["p"]])])

    with pytest.raises(SubgraphError, match="@policy cannot be enforced"):
        Subgraph("careless", title="Careless", query=Careless)


async def test_rules_written_in_strawberrys_own_words_hold_as_well() -> None:
    @strawberry.type
    class Plain:
        secret: int | None = strawberry.federation.field(default=1, requires_scopes=[["a:use"]])
        mine: int | None = strawberry.federation.field(default=1, authenticated=True)

    app = Subgraph("plain", title="Plain", query=Plain, permissions=[A]).asgi(NOWHERE)
    answer = await app.execute(GraphQLRequest("{ secret mine }"), ANONYMOUS)
    assert answer["data"] == {"secret": None, "mine": None}


async def test_a_rule_on_the_root_type_holds_for_each_of_its_fields_and_a_rule_on_an_entity_for_its_look_up() -> (
    None
):
    @strawberry.type(directives=[requires(B)])
    class GuardedMutation:
        @mutation(public)
        def strike(self) -> int | None:
            ran.append("strike")
            return 1

    @strawberry.federation.type(keys=["id"], directives=[requires(A)])
    class Jewel:
        id: strawberry.ID

    @dataclass(frozen=True)
    class JewelReference:
        id: str

    @batched(Jewel, JewelReference)
    async def load_jewels(_context: RequestContext, references: Sequence[JewelReference]) -> list[Jewel]:
        ran.append("load")
        return [Jewel(id=strawberry.ID(reference.id)) for reference in references]

    app = Subgraph(
        "jewels",
        title="Jewels",
        mutation=GuardedMutation,
        types=[Jewel],
        references=[load_jewels],
        permissions=[A, B],
    ).asgi(NOWHERE)
    entities = '{ _entities(representations: [{__typename: "Jewel", id: "1"}]) { __typename } }'
    ran.clear()
    for query in ("mutation { strike }", entities):
        answer = await app.execute(GraphQLRequest(query), principal())
        assert [error["extensions"] for error in answer["errors"]] == [DENIED]
    assert ran == []
    assert "errors" not in await app.execute(GraphQLRequest("mutation { strike }"), principal("b:use"))
    assert "errors" not in await app.execute(GraphQLRequest(entities), principal("a:use"))
    assert ran == ["strike", "load"]
