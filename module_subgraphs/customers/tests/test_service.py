"""What can be done with customers."""

import asyncio
from contextlib import suppress
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from foundation_subgraph.kit import DemoTenant, Refusal
from foundation_subgraph.kit.testing import ACME, GLOBEX, SOMEBODY, ThrowAwayDatabase, principal
from module_subgraphs.customers import subgraph
from module_subgraphs.customers.service import ORDER, add_customer, customers, find_customers, write_demo_data

CLERK = principal("customers:read", "customers:write")


async def test_a_customer_is_added_and_listed_by_name(database: ThrowAwayDatabase) -> None:
    async with database.session() as session:
        for name in ("Grace", " Ada "):
            await add_customer(session, name=name, email=" ", city="London")
        rows = (await session.scalars(customers().order_by(*ORDER))).all()
    assert [(row.name, row.email, row.city, row.tenant_id) for row in rows] == [
        ("Ada", None, "London", ACME),
        ("Grace", None, "London", ACME),
    ]


PAGE = "query ($after: String) { customers(first: 3, after: $after) { nodes { id name } pageInfo { endCursor hasNextPage } } }"


async def test_pages_follow_each_other_without_gap_or_repeat(database: ThrowAwayDatabase) -> None:
    async with database.session() as session:
        for number in range(7):
            await add_customer(session, name=f"Customer {number // 2}", email=None, city=None)
    seen: list[dict[str, str]] = []
    after = None
    while True:
        answer = await database.execute(subgraph, PAGE, CLERK, {"after": after})
        page = answer["data"]["customers"]
        seen += page["nodes"]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert [one["name"] for one in seen] == [f"Customer {number // 2}" for number in range(7)]
    assert len({one["id"] for one in seen}) == 7


@pytest.mark.parametrize(
    ("name", "email", "city"),
    [("", None, None), ("  ", None, None), ("x" * 201, None, None), ("A", "no address", None)],
)
async def test_what_is_no_customer_is_refused(
    database: ThrowAwayDatabase, name: str, email: str | None, city: str | None
) -> None:
    async with database.session() as session:
        with pytest.raises(Refusal):
            await add_customer(session, name=name, email=email, city=city)


async def test_through_the_graph_a_customer_is_added_and_found(database: ThrowAwayDatabase) -> None:
    added = await database.execute(
        subgraph,
        'mutation { addCustomer(name: "Ada", email: "ada@x.example") { ... on Customer { id name createdAt } } }',
        CLERK,
    )
    customer = added["data"]["addCustomer"]
    query = "query ($id: ID!) { customer(id: $id) { id name createdAt } customers { nodes { id } } }"
    found = await database.execute(subgraph, query, CLERK, {"id": customer["id"]})
    assert found == {"data": {"customer": customer, "customers": {"nodes": [{"id": customer["id"]}]}}}
    missing = await database.execute(subgraph, query, CLERK, {"id": str(uuid4())})
    assert missing["data"]["customer"] is None
    wrong = await database.execute(subgraph, query, CLERK, {"id": "1"})
    assert wrong["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


async def test_demo_customers_have_the_ids_that_other_modules_expect(database: ThrowAwayDatabase) -> None:
    acme = DemoTenant(ACME, "acme", {"owner": SOMEBODY})
    async with database.session(ACME) as session:
        await write_demo_data(session, acme)
    async with database.session(ACME) as session:
        assert acme.demo_id("Customer", 1) in await find_customers(session, [acme.demo_id("Customer", 1)])
    async with database.session(GLOBEX) as session:
        assert (await session.scalars(customers())).all() == []


async def test_what_is_no_customer_is_a_problem_in_the_answer(database: ThrowAwayDatabase) -> None:
    query = 'mutation { addCustomer(name: "  ") { __typename ... on Problem { code message } } }'
    assert await database.execute(subgraph, query, CLERK) == {
        "data": {
            "addCustomer": {
                "__typename": "InvalidInput",
                "code": "BAD_USER_INPUT",
                "message": "A customer has a name",
            }
        }
    }


async def add_by_reference(
    database: ThrowAwayDatabase, reference: str | None, name: str = "Ada", tenant: UUID = ACME
) -> UUID:
    async with database.session(tenant) as session:
        row = await add_customer(session, name=name, email=None, city=None, external_reference=reference)
        return row.id


async def test_who_asks_again_by_a_reference_gets_the_same_customer_unchanged(
    database: ThrowAwayDatabase,
) -> None:
    first = await add_by_reference(database, "lead 7")
    assert await add_by_reference(database, " lead 7 ", name="Somebody else") == first
    async with database.session() as session:
        assert [row.name for row in await session.scalars(customers())] == ["Ada"]


@pytest.mark.parametrize("none", [None, "", "  "])
async def test_without_a_reference_each_is_another_customer(
    database: ThrowAwayDatabase, none: str | None
) -> None:
    assert await add_by_reference(database, none) != await add_by_reference(database, none)


async def test_of_two_who_ask_at_once_the_second_waits_and_gets_the_first_ones(
    database: ThrowAwayDatabase,
) -> None:
    async with database.session() as session:
        first = await add_customer(session, name="Ada", email=None, city=None, external_reference="lead 7")
        second = asyncio.create_task(add_by_reference(database, "lead 7"))
        await waits_for_a_lock(database)
        assert not second.done()
    assert await second == first.id


async def waits_for_a_lock(database: ThrowAwayDatabase) -> None:
    """Until somebody does: the server is this test process's own."""
    waiting = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
    async with asyncio.timeout(20), database.owner.connect() as connection:
        while not await connection.scalar(waiting):
            pass  # each turn is a question to the database, and so lets the others on


async def test_where_the_first_gives_up_the_second_adds_it(database: ThrowAwayDatabase) -> None:
    with suppress(ConnectionAbortedError):
        async with database.session() as session:
            await add_customer(session, name="Ada", email=None, city=None, external_reference="lead 7")
            second = asyncio.create_task(add_by_reference(database, "lead 7", name="Alan"))
            await waits_for_a_lock(database)
            raise ConnectionAbortedError
    added = await second
    async with database.session() as session:
        assert [(row.id, row.name) for row in await session.scalars(customers())] == [(added, "Alan")]


async def test_a_reference_of_another_tenant_is_free(database: ThrowAwayDatabase) -> None:
    ours = await add_by_reference(database, "lead 7")
    theirs = await add_by_reference(database, "lead 7", tenant=GLOBEX)
    assert ours != theirs
    assert await add_by_reference(database, "lead 7", tenant=GLOBEX) == theirs


async def test_through_the_graph_a_reference_is_read_and_asked_for_again(database: ThrowAwayDatabase) -> None:
    add = 'mutation { addCustomer(name: "Ada", externalReference: "lead 7") { ... on Customer { id externalReference } } }'
    first = await database.execute(subgraph, add, CLERK)
    assert first["data"]["addCustomer"]["externalReference"] == "lead 7"
    assert await database.execute(subgraph, add, CLERK) == first
    long = await database.execute(subgraph, add.replace("lead 7", "x" * 201), CLERK)
    assert long == {"data": {"addCustomer": {}}}
