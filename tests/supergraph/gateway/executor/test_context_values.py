"""`@fromContext`: each entity is asked for with what stands above it, and one request goes out for each different value."""

from supergraph.planner import (
    ContextValue,
    EachItem,
    Fetch,
    OperationKind,
    RequiredField,
    RequiredFragment,
    Sequence,
    Step,
)

SDL = """
type Query { shops: [Shop] }
type Shop { currency: String prices: [Price] best: Price }
type Price { id: ID! text: String }
"""
SHOPS = (Step("shops"), EachItem())
ROOT = Fetch("shops", OperationKind.QUERY, "{shops{currency prices{__typename id}}}")


CURRENCY = (RequiredField("currency", "currency"),)


def texts(*path, selections=CURRENCY):
    return Fetch(
        "texts",
        OperationKind.QUERY,
        "query($representations:[_Any!]!,$c:String){_entities(representations:$representations){...on Price{text(currency:$c)}}}",
        path=(*SHOPS, *path),
        requires=(
            RequiredFragment("Price", (RequiredField("__typename", "__typename"), RequiredField("id", "id"))),
        ),
        contexts=(ContextValue("c", "String", SHOPS, selections),),
    )


def told(body):
    variables = body["variables"]
    return {
        "data": {
            "_entities": [{"text": f"{each['id']} {variables['c']}"} for each in variables["representations"]]
        }
    }


def price(number):
    return {"__typename": "Price", "id": number}


async def test_entities_are_asked_for_with_what_stands_above_them(house):
    shops = [
        {"currency": "EUR", "prices": [price("1"), price("2")]},
        {"currency": "USD", "prices": [price("1")]},
        {"currency": None, "prices": [price("3")]},
        {"currency": "EUR", "prices": [price("1"), None]},
    ]
    built = house(SDL)
    result = await built.ask(
        "{ shops { prices { text } } }",
        Sequence((ROOT, texts(Step("prices"), EachItem()))),
        {"shops": {"data": {"shops": shops}}, "texts": told},
    )
    assert result.errors == []
    assert result.data == {
        "shops": [
            {"prices": [{"text": "1 EUR"}, {"text": "2 EUR"}]},
            {"prices": [{"text": "1 USD"}]},
            {"prices": [{"text": "3 None"}]},
            {"prices": [{"text": "1 EUR"}, None]},
        ]
    }
    asked = [body["variables"] for subgraph, body in built.requests if subgraph == "texts"]
    assert asked == [
        {"representations": [price("1"), price("2")], "c": "EUR"},
        {"representations": [price("1")], "c": "USD"},
        {"representations": [price("3")], "c": None},
    ]


async def test_one_entity_below_two_contexts_is_two_objects(house):
    """Both shops got their price by one answer for equal entities; still each price is told of its own shop."""
    shops = [{"__typename": "Shop", "id": "s", "currency": each} for each in ("EUR", "USD")]
    bests = Fetch(
        "bests",
        OperationKind.QUERY,
        "query($representations:[_Any!]!){_entities(representations:$representations){...on Shop{best{__typename id}}}}",
        path=SHOPS,
        requires=(
            RequiredFragment("Shop", (RequiredField("__typename", "__typename"), RequiredField("id", "id"))),
        ),
    )
    root = Fetch("shops", OperationKind.QUERY, "{shops{__typename id currency}}")
    result = await house(SDL).ask(
        "{ shops { best { text } } }",
        Sequence((root, bests, texts(Step("best")))),
        {
            "shops": {"data": {"shops": shops}},
            "bests": {"data": {"_entities": [{"best": price("1")}]}},
            "texts": told,
        },
    )
    assert result.data == {"shops": [{"best": {"text": "1 EUR"}}, {"best": {"text": "1 USD"}}]}


async def test_a_value_may_lie_deeper_and_depend_on_the_type(house):
    root = Fetch("shops", OperationKind.QUERY, "{shops{__typename currency{name} best{__typename id}}}")
    selections = (
        RequiredFragment("Town", (RequiredField("name", "name"),)),
        RequiredFragment("Shop", (RequiredField("currency", "currency", (RequiredField("name", "name"),)),)),
    )
    shop = {"__typename": "Shop", "currency": {"name": "EUR"}, "best": price("1")}
    result = await house(SDL).ask(
        "{ shops { best { text } } }",
        Sequence((root, texts(Step("best"), selections=selections))),
        {"shops": {"data": {"shops": [shop, {**shop, "currency": None}]}}, "texts": told},
    )
    assert result.data == {"shops": [{"best": {"text": "1 EUR"}}, {"best": {"text": "1 None"}}]}


async def test_a_value_for_which_the_subgraph_fails_leaves_the_others(house):
    shops = [{"currency": "EUR", "prices": [price("1")]}, {"currency": "USD", "prices": [price("1")]}]
    answers = [told, {"data": None, "errors": [{"message": "no such currency"}]}]
    result = await house(SDL).ask(
        "{ shops { prices { text } } }",
        Sequence((ROOT, texts(Step("prices"), EachItem()))),
        {"shops": {"data": {"shops": shops}}, "texts": answers},
    )
    assert result.data == {"shops": [{"prices": [{"text": "1 EUR"}]}, {"prices": [{"text": None}]}]}
    assert [error["message"] for error in result.errors] == ["no such currency"]
