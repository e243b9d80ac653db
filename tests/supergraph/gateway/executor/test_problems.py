"""What goes wrong at one subgraph is told where the client sees it, and hurts nobody else."""

import json

import pytest

from supergraph.gateway.executor import Disclosure
from supergraph.gateway.transport import FailureReason, SubgraphFailure, SubgraphResponse
from supergraph.planner import (
    EachItem,
    Fetch,
    OperationKind,
    Parallel,
    RenameKey,
    RequiredField,
    RequiredFragment,
    Sequence,
    Step,
)

SDL = """
  type Query { users: [User!] me: User strict: User! other: Int }
  type User { id: ID! name: String! nick: String reviews: [Review!] points: Int tier: String }
  type Review { id: ID! body: String }
"""
ID = (RequiredField("id", "id"),)
USERS = (Step("users"), EachItem())


def root(subgraph, document, **more):
    return Fetch(subgraph, OperationKind.QUERY, document, **more)


def entities(subgraph, path, selection, *fields, **more):
    document = (
        f"query($representations:[_Any!]!){{_entities(representations:$representations){{{selection}}}}}"
    )
    requires = (RequiredFragment("User", fields or ID),)
    return Fetch(subgraph, OperationKind.QUERY, document, path=path, requires=requires, **more)


def people(*ids):
    return {"data": {"users": [{"__typename": "User", "id": each, "nick": f"n{each}"} for each in ids]}}


REVIEWS_OF_ALL = Sequence(
    (
        root("accounts", "{users{__typename id nick}}"),
        Parallel(
            (
                entities("reviews", USERS, "...on User{reviews{id body}}"),
                entities("loyalty", USERS, "...on User{points tier}"),
            )
        ),
    )
)
QUERY = "{ users { nick reviews { id } points tier } }"
LOYALTY = {"data": {"_entities": [{"points": 1, "tier": "gold"}, {"points": 2, "tier": None}]}}


def paths(result):
    return [error.get("path") for error in result.errors]


def codes(result):
    return [error["extensions"]["code"] for error in result.errors]


MALFORMED = FailureReason.MALFORMED.value
BROKEN = {
    "unreachable": (
        SubgraphFailure("reviews", FailureReason.REFUSED, "10.0.0.1:80"),
        FailureReason.REFUSED.value,
    ),
    "timed out": (SubgraphFailure("reviews", FailureReason.TIMED_OUT), FailureReason.TIMED_OUT.value),
    "500": (SubgraphResponse(500, b"<h1>oh</h1>"), FailureReason.BAD_STATUS.value),
    "empty body": (b"", FailureReason.NOT_JSON.value),
    "not JSON": (b"<html>", FailureReason.NOT_JSON.value),
    "half of it": (b'{"data": {"_entities": [', FailureReason.NOT_JSON.value),
    "a list": (b"[]", MALFORMED),
    "a string": ("hello", MALFORMED),
    "null": (b"null", MALFORMED),
    "an empty object": ({}, MALFORMED),
    "data of the wrong type": ({"data": 7}, MALFORMED),
    "no _entities": ({"data": {}}, MALFORMED),
    "_entities no list": ({"data": {"_entities": {"0": {}}}}, MALFORMED),
    "_entities null": ({"data": {"_entities": None}}, MALFORMED),
    "too few": ({"data": {"_entities": [{"reviews": []}]}}, MALFORMED),
    "too many": ({"data": {"_entities": [{"reviews": []}] * 3}}, MALFORMED),
    "entities that are none": ({"data": {"_entities": [[], "x"]}}, MALFORMED),
    "errors of the wrong type": ({"data": None, "errors": "no"}, MALFORMED),
    "errors that are none": ({"data": None, "errors": [1]}, MALFORMED),
    "nested beyond measure": (b'{"data":{"_entities":' + b"[" * 900 + b"]" * 900 + b"}}", MALFORMED),
}


@pytest.mark.parametrize("answer", list(BROKEN))
async def test_a_subgraph_that_answers_nonsense_loses_only_its_own_fields(house, answer):
    brought, code = BROKEN[answer]
    answers = {"accounts": people("1", "2"), "reviews": brought, "loyalty": LOYALTY}
    result = await house(SDL).ask(QUERY, REVIEWS_OF_ALL, answers)
    assert result.data == {
        "users": [
            {"nick": "n1", "reviews": None, "points": 1, "tier": "gold"},
            {"nick": "n2", "reviews": None, "points": 2, "tier": None},
        ]
    }
    assert paths(result) == [["users", 0, "reviews"], ["users", 1, "reviews"]]
    assert codes(result) == [code, code]


async def test_what_the_transport_found_stays_in_the_log(house):
    failure = SubgraphFailure("reviews", FailureReason.REFUSED, "10.0.0.1:80 refused")
    answers = {"accounts": people("1"), "reviews": failure, "loyalty": {"data": {"_entities": [{}]}}}
    result = await house(SDL).ask(QUERY, REVIEWS_OF_ALL, answers)
    assert "10.0.0.1" not in json.dumps(result.errors)
    assert "reviews" not in result.errors[0]["message"]
    assert result.failures == (failure,)


async def test_a_failing_root_fetch_leaves_the_other_roots(house):
    plan = Parallel((root("a", "{me{id} strange:users{id}}"), root("b", "{other}")))
    answers = {"a": SubgraphFailure("a", FailureReason.LOST), "b": {"data": {"other": 3}}}
    result = await house(SDL).ask("{ mine: me { id } other strange: users { id } }", plan, answers)
    assert result.data == {"mine": None, "other": 3, "strange": None}
    assert paths(result) == [["mine"], ["strange"]]


async def test_a_failing_root_fetch_under_a_non_null_field_takes_all(house):
    result = await house(SDL).ask(
        "{ strict { id } }", root("a", "{strict{id}}"), {"a": SubgraphFailure("a", FailureReason.LOST)}
    )
    assert result.data is None
    assert paths(result) == [["strict"]]


async def test_an_error_of_an_entity_is_told_wherever_the_entity_stands(house):
    plan = Sequence(
        (
            Parallel((root("accounts", "{users{__typename id nick}}"),)),
            entities("reviews", USERS, "...on User{reviews{id body}}"),
        )
    )
    error = {
        "message": "no body today",
        "path": ["_entities", 0, "reviews", 1, "body"],
        "locations": [{"line": 1, "column": 9}],
        "extensions": {"code": "TIRED", "stacktrace": ["secret.py"], "hint": "sleep"},
    }
    brought = {"reviews": [{"id": "a", "body": "x"}, {"id": "b", "body": None}]}
    answers = {"accounts": people("1", "1"), "reviews": {"data": {"_entities": [brought]}, "errors": [error]}}
    result = await house(SDL).ask("{ users { reviews { body } } }", plan, answers)
    assert result.data == {"users": [{"reviews": [{"body": "x"}, {"body": None}]}] * 2}
    assert result.errors == [
        {
            "message": "no body today",
            "path": ["users", index, "reviews", 1, "body"],
            "extensions": {"code": "TIRED"},
        }
        for index in (0, 1)
    ]


@pytest.mark.parametrize(
    ("disclosure", "message", "extensions"),
    [
        (Disclosure(), "no", {"code": "TIRED"}),
        (
            Disclosure(subgraph_names=True, extensions=frozenset({"hint", "code"})),
            "no",
            {"code": "TIRED", "hint": "sleep", "subgraph": "a"},
        ),
        (Disclosure(messages=False), "The subgraph of this field raised an error.", {"code": "TIRED"}),
    ],
)
async def test_what_a_client_may_see_of_a_subgraphs_error_is_a_setting(
    house, disclosure, message, extensions
):
    error = {"message": "no", "path": ["other"], "extensions": {"code": "TIRED", "trace": 1, "hint": "sleep"}}
    answer = {"data": {"other": None}, "errors": [error]}
    result = await house(SDL).ask("{ other }", root("a", "{other}"), {"a": answer}, disclosure=disclosure)
    assert result.errors == [{"message": message, "path": ["other"], "extensions": extensions}]


async def test_an_error_of_an_alias_is_told_at_the_alias(house):
    answer = {"data": {"mine": {"n": None}}, "errors": [{"message": "x", "path": ["mine", "n"]}]}
    result = await house(SDL).ask("{ mine: me { n: nick } }", root("a", "{mine:me{n:nick}}"), {"a": answer})
    assert paths(result) == [["mine", "n"]]
    assert codes(result) == ["DOWNSTREAM_SERVICE_ERROR"]


async def test_an_error_of_a_renamed_key_is_told_under_the_clients_name(house):
    plan = root("a", "{me{n1:nick}}", output_rewrites=(RenameKey((Step("me"), Step("n1")), "n"),))
    answer = {"data": {"me": {"n1": None}}, "errors": [{"message": "x", "path": ["me", "n1"]}]}
    result = await house(SDL).ask("{ me { n: nick } }", plan, {"a": answer})
    assert paths(result) == [["me", "n"]]


async def test_an_error_of_a_field_that_only_the_plan_wanted_is_told_at_the_nearest_place(house):
    answer = {
        "data": {"users": [{"__typename": "User", "id": "1", "nick": "n"}, None]},
        "errors": [{"message": "x", "path": ["users", 1, "hidden", 0]}],
    }
    result = await house(SDL).ask(
        "{ users { nick } }", root("a", "{users{__typename id nick}}"), {"a": answer}
    )
    assert paths(result) == [["users", 1]]


async def test_an_entity_that_is_not_known_is_null_without_an_error(house):
    brought = {"data": {"_entities": [None, {"points": 2, "tier": None}]}}
    answers = {"accounts": people("1", "2"), "reviews": brought, "loyalty": brought}
    plan = Sequence((root("accounts", "{users{__typename id nick}}"), REVIEWS_OF_ALL.nodes[1].nodes[1]))
    result = await house(SDL).ask("{ users { nick points } }", plan, answers)
    assert result.data == {"users": [{"nick": "n1", "points": None}, {"nick": "n2", "points": 2}]}
    assert result.errors == []


async def test_what_needed_an_unknown_entity_is_not_asked_for(house):
    them = house(SDL)
    plan = Sequence(
        (
            root("accounts", "{me{__typename id}}"),
            entities("a", (Step("me"),), "...on User{nick}"),
            entities("b", (Step("me"),), "...on User{points}", *ID, RequiredField("nick", "nick")),
        )
    )
    answers = {
        "accounts": {"data": {"me": {"__typename": "User", "id": "1"}}},
        "a": {"data": {"_entities": [None]}},
        "b": {"data": {"_entities": [{"points": 4}]}},
    }
    result = await them.ask("{ me { points } }", plan, answers)
    assert (result.data, result.errors) == ({"me": {"points": None}}, [])
    assert [name for name, _ in them.requests] == ["accounts", "a"]


async def test_the_reason_travels_down_the_chain_of_fetches(house):
    """`points` is missing because `nick`, which its subgraph requires, could not be had."""
    plan = Sequence(
        (
            root("accounts", "{me{__typename id}}"),
            entities("a", (Step("me"),), "...on User{nick}"),
            entities("b", (Step("me"),), "...on User{points}", *ID, RequiredField("nick", "nick")),
        )
    )
    answers = {
        "accounts": {"data": {"me": {"__typename": "User", "id": "1"}}},
        "a": SubgraphFailure("a", FailureReason.TIMED_OUT),
        "b": {},
    }
    result = await house(SDL).ask("{ me { points } }", plan, answers)
    assert result.data == {"me": {"points": None}}
    assert (paths(result), codes(result)) == ([["me", "points"]], [FailureReason.TIMED_OUT.value])


async def test_each_field_has_the_reason_of_its_own_subgraph(house):
    answers = {
        "accounts": people("1"),
        "reviews": SubgraphFailure("reviews", FailureReason.TIMED_OUT),
        "loyalty": SubgraphFailure("loyalty", FailureReason.REFUSED),
    }
    result = await house(SDL).ask(QUERY, REVIEWS_OF_ALL, answers)
    found = {error["path"][-1]: error["extensions"]["code"] for error in result.errors}
    assert found == {
        "reviews": FailureReason.TIMED_OUT.value,
        "points": FailureReason.REFUSED.value,
        "tier": FailureReason.REFUSED.value,
    }


async def test_an_error_without_a_path_is_told_once_and_beside_what_it_spoilt(house):
    answers = {
        "accounts": people("1"),
        "reviews": {"data": None, "errors": [{"message": "busy"}, {"message": "and tired"}]},
        "loyalty": {"data": {"_entities": [{"points": 1, "tier": "x"}]}},
    }
    result = await house(SDL).ask(QUERY, REVIEWS_OF_ALL, answers)
    assert [(error["message"], error["path"]) for error in result.errors] == [
        ("busy", ["users", 0, "reviews"]),
        ("and tired", ["users", 0]),
    ]


async def test_a_complete_answer_with_a_stray_error_keeps_its_data_and_the_error(house):
    answer = {"data": {"other": 1}, "errors": [{"message": "by the way"}]}
    result = await house(SDL).ask("{ other }", root("a", "{other}"), {"a": answer})
    assert result.data == {"other": 1}
    assert result.errors == [{"message": "by the way", "extensions": {"code": "DOWNSTREAM_SERVICE_ERROR"}}]


@pytest.mark.parametrize("path", ["x", [1.5], [None], {"a": 1}, [True], []])
async def test_a_senseless_path_is_no_path(house, path):
    answer = {"data": {"other": 1}, "errors": [{"message": 7, "path": path, "extensions": []}]}
    result = await house(SDL).ask("{ other }", root("a", "{other}"), {"a": answer})
    assert result.data == {"other": 1}
    assert len(result.errors) == 1
    assert "path" not in result.errors[0]


async def test_an_entity_index_out_of_range_is_no_place(house):
    error = {"message": "x", "path": ["_entities", 99, "reviews"]}
    answers = {
        "accounts": people("1"),
        "reviews": {"data": {"_entities": [{"reviews": []}]}, "errors": [error]},
        "loyalty": {"data": {"_entities": [{"points": 1, "tier": "x"}]}},
    }
    result = await house(SDL).ask(QUERY, REVIEWS_OF_ALL, answers)
    assert result.data["users"][0]["reviews"] == []
    assert len(result.errors) == 1


async def test_a_null_that_rose_from_a_field_of_the_plan_alone_explains_all_that_went_with_it(house):
    plan = Sequence(
        (root("accounts", "{users{__typename id nick}}"), entities("b", USERS, "...on User{name points}"))
    )
    error = {"message": "no name", "path": ["_entities", 0, "name"]}
    answers = {"accounts": people("1"), "b": {"data": {"_entities": [None]}, "errors": [error]}}
    result = await house(SDL).ask("{ users { nick points } }", plan, answers)
    assert result.data == {"users": [{"nick": "n1", "points": None}]}
    assert [(error["message"], error["path"]) for error in result.errors] == [("no name", ["users", 0])]


HOSTILE = ["__proto__", "__class__", "__dict__", "constructor", "_entities", "__init__", "x" * 10_000]


@pytest.mark.parametrize("key", HOSTILE, ids=lambda key: key[:20])
async def test_keys_that_nobody_asked_for_never_reach_the_client(house, key):
    poison = {"polluted": True}
    answers = {
        "accounts": {
            "data": {key: poison, "users": [{"__typename": "User", "id": "1", "nick": "n", key: poison}]},
            key: poison,
        },
        "reviews": {"data": {key: poison, "_entities": [{"reviews": [], key: poison}]}},
        "loyalty": {"data": {"_entities": [{"points": 1, "tier": "t"}]}},
    }
    result = await house(SDL).ask(QUERY, REVIEWS_OF_ALL, answers)
    assert result.data == {"users": [{"nick": "n", "reviews": [], "points": 1, "tier": "t"}]}
    assert result.errors == []


async def test_hostile_names_that_the_client_did_choose_are_just_names(house):
    aliases = ["__class__", "__proto__", "constructor", "__dict__", "_entities"]
    selected = " ".join(f"{alias}: nick" for alias in aliases)
    answer = {"data": {"me": {"__typename": "User", **{alias: f"<{alias}>" for alias in aliases}}}}
    result = await house(SDL).ask(
        f"{{ me {{ {selected} }} }}", root("a", f"{{me{{{selected}}}}}"), {"a": answer}
    )
    assert result.data == {"me": {alias: f"<{alias}>" for alias in aliases}}


async def test_a_subgraph_cannot_write_over_what_another_brought(house):
    answers = {
        "accounts": people("1"),
        "reviews": {"data": {"_entities": [{"reviews": [], "nick": "mallory", "points": 9, "tier": 9}]}},
        "loyalty": {"data": {"_entities": [{"points": 1, "tier": "t"}]}},
    }
    result = await house(SDL).ask(QUERY, REVIEWS_OF_ALL, answers)
    assert result.data == {"users": [{"nick": "n1", "reviews": [], "points": 1, "tier": "t"}]}


@pytest.mark.parametrize("typename", [None, 7, [], {}, "Nope", "Query", "__Type", "Review"])
async def test_an_entity_of_no_sensible_type_is_not_asked_for(house, typename):
    them = house(SDL)
    user = {"__typename": typename, "id": "1", "nick": "n"}
    answers = {"accounts": {"data": {"users": [user]}}, "b": {"data": {"_entities": []}}}
    plan = Sequence(
        (
            root("accounts", "{users{__typename id nick}}"),
            Fetch(
                "b",
                OperationKind.QUERY,
                "query($representations:[_Any!]!){_entities(representations:$representations){...on User{points}}}",
                path=USERS,
                requires=(RequiredFragment("User", ID), RequiredFragment("Review", ID[:0])),
            ),
        )
    )
    result = await them.ask("{ users { nick } }", plan, answers)
    assert result.data == {"users": [{"nick": "n"}]}


@pytest.mark.parametrize("value", ["x", 7, True, [], [[]], {"id": "1"}])
async def test_something_else_where_the_path_wants_a_list_is_null(house, value):
    answers = {
        "accounts": {"data": {"users": value}},
        "reviews": {"data": {"_entities": []}},
        "loyalty": {"data": {"_entities": []}},
    }
    result = await house(SDL).ask(QUERY, REVIEWS_OF_ALL, answers)
    assert result.data == ({"users": []} if value == [] else {"users": None})
    assert bool(result.errors) == (value != [])
