"""The traps of Strawberry's federation support: each shown in Strawberry, then mended in the kit."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Annotated, Any
from uuid import UUID

import pytest
import strawberry
from graphql import GraphQLUnionType
from strawberry.federation.schema_directives import External, Key, Provides, Requires

from foundation_subgraph.kit import (
    Access,
    Database,
    DatabaseAddress,
    GraphQLRequest,
    Permission,
    Refusal,
    RequestContext,
    Subgraph,
    SubgraphError,
    batched,
    field,
    public,
    requires,
)
from foundation_subgraph.kit.testing import principal

PARCEL = UUID("00000000-0000-4000-8000-00000000000a")
OTHER = UUID("00000000-0000-4000-8000-00000000000b")
PARCELS_READ = Permission("parcels:read", "See parcels", Access.READ)


@strawberry.enum
class Size(Enum):
    SMALL = "s"
    LARGE = "l"


@strawberry.type
class Address:
    post_code: str


@strawberry.federation.type(keys=["parcel_id", "owner { post_code } size"])
class Parcel:
    parcel_id: UUID
    size: Size | None = None
    owner: Address | None = None
    unit_weight: int | None = strawberry.field(directives=[External()], default=None)

    @field(public, directives=[Requires(fields="unit_weight")])
    def postage(self) -> int | None:
        return None if self.unit_weight is None else self.unit_weight * 2

    @field(requires(PARCELS_READ))
    def secret(self) -> str | None:
        return "inside"


@strawberry.federation.type(keys=["id"])
class Broken:
    id: strawberry.ID


@strawberry.federation.type(keys=[Key(fields="id", resolvable=False)])
class Elsewhere:
    id: strawberry.ID


@strawberry.type
class Query:
    @field(public, directives=[Provides(fields="unit_weight")])
    def parcel(self) -> Parcel | None:
        return Parcel(parcel_id=PARCEL)

    @field(public)
    def elsewhere(self) -> Elsewhere | None:
        return None


@dataclass(frozen=True, slots=True)
class OwnerReference:
    post_code: str


@dataclass(frozen=True, slots=True)
class ParcelReference:
    parcel_id: UUID | None = None
    owner: OwnerReference | None = None
    size: Size | None = None
    unit_weight: int | None = None


@dataclass(frozen=True, slots=True)
class BrokenReference:
    id: str


calls: list[Sequence[ParcelReference]] = []


@batched(Parcel, ParcelReference)
async def load_parcels(
    _context: RequestContext, references: Sequence[ParcelReference]
) -> list[Parcel | Exception | None]:
    calls.append(references)
    return [_load(reference) for reference in references]


def _load(reference: ParcelReference) -> Parcel | Exception | None:
    if reference.parcel_id == OTHER:
        return Refusal("LOST", "The parcel is lost")
    if reference.parcel_id is None and reference.owner is None:
        return None
    return Parcel(
        parcel_id=reference.parcel_id or PARCEL,
        size=reference.size,
        owner=Address(post_code=reference.owner.post_code) if reference.owner else None,
        unit_weight=reference.unit_weight,
    )


@batched(Broken, BrokenReference)
async def load_broken(
    _context: RequestContext, _references: Sequence[BrokenReference]
) -> list[Broken | None]:
    raise RuntimeError("the password of the database is hunter2")


def build(**changed: object) -> Subgraph:
    parts: dict[str, Any] = {
        "title": "Parcels",
        "query": Query,
        "types": [Broken],
        "references": [load_parcels, load_broken],
        "permissions": [PARCELS_READ],
    }
    return Subgraph("parcels", **(parts | changed))


SUBGRAPH = build()
NOWHERE = Database(DatabaseAddress("postgresql+asyncpg://nobody@/nothing").engine(pool_size=0))


async def entities(representations: Sequence[object], selection: str, *scopes: str) -> dict[str, Any]:
    calls.clear()
    query = f"query ($r: [_Any!]!) {{ _entities(representations: $r) {{ __typename {selection} }} }}"
    request = GraphQLRequest(query, variables={"r": list(representations)})
    return await SUBGRAPH.asgi(NOWHERE).execute(request, principal(*scopes))


def test_strawberry_prints_python_names_in_field_sets() -> None:
    @strawberry.federation.type(keys=["parcel_id"])
    class Plain:
        parcel_id: strawberry.ID

    @strawberry.type
    class PlainQuery:
        plain: Plain | None = None

    printed = strawberry.federation.Schema(query=PlainQuery).as_str()
    assert '@key(fields: "parcel_id")' in printed
    assert "parcelId: ID!" in printed


def test_field_sets_print_the_names_of_the_graph() -> None:
    sdl = SUBGRAPH.sdl()
    assert '@key(fields: "parcelId")' in sdl
    assert '@key(fields: "owner { postCode } size")' in sdl
    assert '@requires(fields: "unitWeight")' in sdl
    assert '@provides(fields: "unitWeight")' in sdl
    assert "unitWeight: Int @external" in sdl


def test_a_field_set_over_a_field_that_does_not_exist_is_an_error() -> None:
    @strawberry.federation.type(keys=["parcel_no"])
    class Misspelt:
        parcel_number: strawberry.ID

    with pytest.raises(SubgraphError, match='Misspelt has no field "parcel_no"'):
        build(types=[Misspelt, Broken])


def test_field_sets_are_named_behind_type_conditions_and_keep_their_arguments() -> None:
    @strawberry.type
    class Book:
        page_count: int | None = strawberry.field(directives=[External()], default=None)

    @strawberry.type
    class Film:
        running_time: int | None = strawberry.field(directives=[External()], default=None)

    @strawberry.federation.type(keys=["id"])
    class Item:
        id: strawberry.ID
        media: Annotated[Book | Film, strawberry.union("Media")] | None = strawberry.field(
            directives=[External()], default=None
        )

        @strawberry.field(directives=[External()])
        def net_weight(self, in_pounds: bool = False) -> int | None:
            return None

        @field(
            public,
            directives=[
                Requires(
                    fields="net_weight(inPounds: true) "
                    "media { __typename ... on Book { page_count } ... on Film { runningTime } }"
                )
            ],
        )
        def postage(self) -> int | None:
            return None

    @batched(Item, BrokenReference)
    async def load_items(_context: RequestContext, _references: Sequence[BrokenReference]) -> list[Item]:
        return []

    items = Subgraph("items", title="Items", types=[Item], references=[load_items])
    assert (
        '@requires(fields: "netWeight(inPounds: true) '
        'media { __typename ... on Book { pageCount } ... on Film { runningTime } }")'
    ) in items.sdl()


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ("id {", "not a field set"),
        ("...Id", "no named fragments"),
        ("... on Nowhere { id }", 'has no field "id"'),
        ("id { length }", 'what is selected here has no field "length"'),
    ],
)
def test_what_is_no_field_set_is_an_error_with_its_place(fields: str, says: str) -> None:
    @strawberry.federation.type(keys=[fields])
    class Odd:
        id: strawberry.ID

    with pytest.raises(SubgraphError, match=f"^Odd: .*{says}"):
        build(types=[Odd, Broken])


def test_the_document_holds_what_its_authors_wrote_and_no_machinery() -> None:
    sdl = SUBGRAPH.sdl()
    assert "_entities" not in sdl
    assert "_service" not in sdl
    assert "scalar _Any" not in sdl
    assert sdl.startswith("extend schema @link(")


async def test_the_service_field_gives_the_same_document() -> None:
    answer = await SUBGRAPH.asgi(NOWHERE).execute(GraphQLRequest("{ _service { sdl } }"), principal())
    assert answer["data"]["_service"]["sdl"] == SUBGRAPH.sdl()


async def test_a_reference_has_python_names_and_converted_values() -> None:
    await entities(
        [
            {"__typename": "Parcel", "parcelId": str(PARCEL), "unitWeight": 3},
            {"__typename": "Parcel", "owner": {"__typename": "Address", "postCode": "1010"}, "size": "LARGE"},
        ],
        "... on Parcel { parcelId }",
    )
    assert calls == [
        [
            ParcelReference(parcel_id=PARCEL, unit_weight=3),
            ParcelReference(owner=OwnerReference("1010"), size=Size.LARGE),
        ]
    ]


async def test_required_values_reach_the_field_that_requires_them() -> None:
    answer = await entities(
        [{"__typename": "Parcel", "parcelId": str(PARCEL), "unitWeight": 21}], "... on Parcel { postage }"
    )
    assert answer == {"data": {"_entities": [{"__typename": "Parcel", "postage": 42}]}}


async def test_a_representation_keeps_its_typename() -> None:
    representation = {"__typename": "Parcel", "parcelId": str(PARCEL)}
    await entities([representation], "... on Parcel { parcelId }")
    assert representation["__typename"] == "Parcel"


async def test_equal_representations_are_looked_up_once_and_answered_each() -> None:
    one = {"__typename": "Parcel", "parcelId": str(PARCEL)}
    same = {"parcelId": str(PARCEL), "__typename": "Parcel"}
    answer = await entities([one, same, one], "... on Parcel { parcelId }")
    assert len(calls) == 1
    assert len(calls[0]) == 1
    assert [found["parcelId"] for found in answer["data"]["_entities"]] == [str(PARCEL)] * 3


async def test_representations_that_mean_the_same_are_looked_up_once() -> None:
    nested: object = []
    for _ in range(500):
        nested = [nested]
    same = [
        {"__typename": "Parcel", "parcelId": str(PARCEL)},
        {"__typename": "Parcel", "parcelId": str(PARCEL).upper()},
        {"__typename": "Parcel", "parcelId": str(PARCEL), "other": 1},
        {"__typename": "Parcel", "parcelId": str(PARCEL), "deep": nested},
        {"__typename": "Parcel", "parcelId": str(PARCEL), "unitWeight": 1},
    ]
    answer = await entities(same, "... on Parcel { parcelId }")
    assert calls == [[ParcelReference(parcel_id=PARCEL), ParcelReference(parcel_id=PARCEL, unit_weight=1)]]
    assert [found["parcelId"] for found in answer["data"]["_entities"]] == [str(PARCEL)] * 5


@pytest.mark.parametrize(
    "bad",
    [
        {"__typename": "Nope", "id": "1"},
        {"__typename": "Query"},
        {"__typename": "Elsewhere", "id": "1"},
        {"__typename": "Address", "postCode": "1010"},
        {"__typename": ["Parcel"]},
        {"parcelId": str(PARCEL)},
        {"__typename": "Parcel", "parcelId": "not a uuid"},
        {"__typename": "Parcel", "parcelId": {"a": 1}},
        {"__typename": "Parcel", "owner": "1010"},
        {"__typename": "Parcel", "owner": {}},
        {"__typename": "Parcel", "size": "HUGE"},
        {"__typename": "Broken"},
        "a string",
        7,
        None,
        [],
    ],
)
async def test_one_bad_representation_is_null_with_an_error_at_its_index_and_the_others_are_answered(
    bad: object,
) -> None:
    good = {"__typename": "Parcel", "parcelId": str(PARCEL)}
    answer = await entities(
        [good, bad, good] if bad is not None else [good, {}, good], "... on Parcel { parcelId }"
    )
    found = answer["data"]["_entities"]
    assert found[1] is None
    assert found[0] == found[2] == {"__typename": "Parcel", "parcelId": str(PARCEL)}
    [error] = answer["errors"]
    assert error["path"] == ["_entities", 1]
    assert error["extensions"]["code"] == "BAD_REPRESENTATION"


async def test_a_reference_that_refuses_itself_fails_alone_and_lists_in_one_are_told_apart() -> None:
    @strawberry.federation.type(keys=["tags"])
    class Odd:
        tags: list[str]

    @dataclass(frozen=True)
    class OddReference:
        tags: list[str]

        def __post_init__(self) -> None:
            if not self.tags:
                raise ValueError("no tags")

    got: list[list[str]] = []

    @batched(Odd, OddReference)
    async def load_odd(_context: RequestContext, references: Sequence[OddReference]) -> list[Odd]:
        got.extend(reference.tags for reference in references)
        return [Odd(tags=reference.tags) for reference in references]

    odd = Subgraph("odd", title="Odd", types=[Odd], references=[load_odd])
    query = "query ($r: [_Any!]!) { _entities(representations: $r) { ... on Odd { tags } } }"
    sent = [{"__typename": "Odd", "tags": tags} for tags in (["a"], [], ["a", "b"], ["a"], "a", ["b"])]
    answer = await odd.asgi(NOWHERE).execute(GraphQLRequest(query, variables={"r": sent}), principal())
    tags = [None if found is None else found["tags"] for found in answer["data"]["_entities"]]
    assert tags == [["a"], None, ["a", "b"], ["a"], None, ["b"]]
    assert got == [["a"], ["a", "b"], ["b"]]
    assert [error["path"] for error in answer["errors"]] == [["_entities", 1], ["_entities", 4]]


async def test_an_entity_that_does_not_exist_is_null_without_an_error() -> None:
    assert await entities([{"__typename": "Parcel"}], "... on Parcel { parcelId }") == {
        "data": {"_entities": [None]}
    }


async def test_an_exception_for_one_reference_is_that_ones_error_alone() -> None:
    answer = await entities(
        [{"__typename": "Parcel", "parcelId": str(one)} for one in (OTHER, PARCEL)],
        "... on Parcel { parcelId }",
    )
    assert answer["data"]["_entities"][1] is not None
    [error] = answer["errors"]
    assert (error["message"], error["path"], error["extensions"]["code"]) == (
        "The parcel is lost",
        ["_entities", 0],
        "LOST",
    )


async def test_a_batch_that_fails_leaves_other_types_alone_and_keeps_its_reason_to_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.ERROR):
        answer = await entities(
            [{"__typename": "Broken", "id": "1"}, {"__typename": "Parcel", "parcelId": str(PARCEL)}],
            "... on Parcel { parcelId }",
        )
    assert answer["data"]["_entities"][0] is None
    assert answer["data"]["_entities"][1] is not None
    [error] = answer["errors"]
    assert error["message"] == "Internal error"
    assert "hunter2" not in str(answer)
    assert "hunter2" in caplog.text


async def test_a_batch_that_fails_is_logged_once_however_many_waited_for_it(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.ERROR):
        answer = await entities(
            [{"__typename": "Broken", "id": str(number)} for number in range(50)], "... on Broken { id }"
        )
    assert len(answer["errors"]) == 50
    assert len(caplog.records) == 1


async def test_a_batch_of_the_wrong_length_is_an_error_and_never_a_mix_up() -> None:
    @batched(Broken, BrokenReference)
    async def load_too_few(_context: RequestContext, _references: Sequence[BrokenReference]) -> list[Broken]:
        return [Broken(id=strawberry.ID("1"))]

    subgraph = build(references=[load_parcels, load_too_few])
    query = "query ($r: [_Any!]!) { _entities(representations: $r) { ... on Broken { id } } }"
    sent = [{"__typename": "Broken", "id": "1"}, {"__typename": "Broken", "id": "2"}]
    answer = await subgraph.asgi(NOWHERE).execute(GraphQLRequest(query, variables={"r": sent}), principal())
    assert answer["data"]["_entities"] == [None, None]


async def test_a_rule_holds_for_a_field_reached_through_entities() -> None:
    one = [{"__typename": "Parcel", "parcelId": str(PARCEL)}]
    denied = await entities(one, "... on Parcel { secret }")
    assert denied["data"]["_entities"] == [{"__typename": "Parcel", "secret": None}]
    assert denied["errors"][0]["path"] == ["_entities", 0, "secret"]
    assert denied["errors"][0]["extensions"] == {"code": "UNAUTHORIZED_FIELD_OR_TYPE"}
    allowed = await entities(one, "... on Parcel { secret }", "parcels:read")
    assert allowed["data"]["_entities"] == [{"__typename": "Parcel", "secret": "inside"}]


def test_an_entity_that_nothing_finds_is_an_error() -> None:
    with pytest.raises(SubgraphError, match="Broken has a @key, but no function"):
        build(references=[load_parcels])


def test_a_reference_to_a_field_that_the_entity_does_not_have_is_an_error() -> None:
    @dataclass(frozen=True)
    class Wrong:
        parcelId: UUID  # noqa: N815 - the mistake it shows

    @batched(Parcel, Wrong)
    async def load(_context: RequestContext, _references: Sequence[Wrong]) -> list[Parcel | None]:
        return []

    with pytest.raises(SubgraphError, match="Parcel has no field of this name in Python"):
        build(references=[load, load_broken])


def test_two_schemas_in_one_process_keep_their_own_entities() -> None:
    @strawberry.federation.type(keys=["id"])
    class Letter:
        id: strawberry.ID

    @batched(Letter, BrokenReference)
    async def load(_context: RequestContext, _references: Sequence[BrokenReference]) -> list[Letter | None]:
        return []

    letters = Subgraph("letters", title="Letters", types=[Letter], references=[load])
    for subgraph, expected in ((build(), {"Parcel", "Broken"}), (letters, {"Letter"})):
        union = subgraph.schema.executable.type_map["_Entity"]
        assert isinstance(union, GraphQLUnionType)
        assert {one.name for one in union.types} == expected


async def test_an_entity_that_only_a_union_leads_to_is_found_by_its_key() -> None:
    @strawberry.federation.type(keys=["id"])
    class Medal:
        id: strawberry.ID

    @strawberry.type
    class Refused:
        why: str

    @strawberry.type
    class Mutation:
        @field(public)
        def award(
            self,
        ) -> Annotated[Medal | Refused, strawberry.union("AwardResult")] | None:
            return Refused(why="No")

    @batched(Medal, BrokenReference)
    async def load_medals(_context: RequestContext, references: Sequence[BrokenReference]) -> list[Medal]:
        return [Medal(id=one.id) for one in references]

    medals = Subgraph("medals", title="Medals", mutation=Mutation, references=[load_medals])
    query = 'query { _entities(representations: [{ __typename: "Medal", id: "1" }]) { ... on Medal { id } } }'
    answer = await medals.asgi(NOWHERE).execute(GraphQLRequest(query), principal())
    assert answer == {"data": {"_entities": [{"id": "1"}]}}


def test_what_has_no_key_is_no_entity() -> None:
    @strawberry.type
    class Ribbon:
        id: strawberry.ID

    @batched(Ribbon, BrokenReference)
    async def load_ribbons(_context: RequestContext, _references: Sequence[BrokenReference]) -> list[Ribbon]:
        return []

    with pytest.raises(SubgraphError, match="Ribbon has no @key"):
        Subgraph(
            "ribbons",
            title="Ribbons",
            query=Query,
            types=[Broken],
            references=[load_parcels, load_broken, load_ribbons],
        )
