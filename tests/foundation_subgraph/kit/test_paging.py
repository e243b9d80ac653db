"""Pages over a real table: in whatever steps, every row comes once and in its place."""

import base64
import json
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select

from foundation_subgraph.kit import Connection, Refusal, Window, find_page
from foundation_subgraph.kit.testing import ACME, GLOBEX, ThrowAwayDatabase
from foundation_subgraph.users.tables import InvitationRow

# Two rows of each moment, so that the second column has to decide.
ROWS = [(datetime(2030, 1, 1 + number // 2, tzinfo=UTC), f"{number}@example.com") for number in range(9)]
EMAILS = [email for _, email in ROWS]
ORDER = (InvitationRow.expires_at, InvitationRow.email)


async def invite(database: ThrowAwayDatabase, *rows: tuple[datetime, str]) -> None:
    async with database.session() as session:
        for moment, email in rows:
            session.add(
                InvitationRow(
                    email=email, name="N", roles=[], token_hash=b"", invited_by=uuid4(), expires_at=moment
                )
            )


async def page(
    database: ThrowAwayDatabase, *, descending: bool = False, **window: int | str | None
) -> Connection[str]:
    async with database.session() as session:
        return await find_page(
            session,
            select(InvitationRow),
            ORDER,
            Window(**window),
            lambda row: str(row.email),
            descending=descending,
        )


@pytest.mark.parametrize("step", [1, 2, 4, 9, 10])
async def test_going_forward_meets_every_row_once(database: ThrowAwayDatabase, step: int) -> None:
    await invite(database, *reversed(ROWS))
    met: list[str] = []
    after = None
    while True:
        one = await page(database, first=step, after=after)
        met += one.nodes()
        assert one.page_info.has_previous_page is (after is not None)
        after = one.page_info.end_cursor
        if not one.page_info.has_next_page:
            break
    assert met == EMAILS


@pytest.mark.parametrize("step", [1, 2, 4, 9, 10])
async def test_going_back_meets_every_row_once(database: ThrowAwayDatabase, step: int) -> None:
    await invite(database, *ROWS)
    met: list[str] = []
    before = None
    while True:
        one = await page(database, last=step, before=before)
        met = one.nodes() + met
        before = one.page_info.start_cursor
        if not one.page_info.has_previous_page:
            break
    assert met == EMAILS


async def test_a_list_that_falls_is_paged_from_both_ends(database: ThrowAwayDatabase) -> None:
    await invite(database, *ROWS)
    first = await page(database, descending=True, first=4)
    rest = await page(database, descending=True, after=first.page_info.end_cursor)
    assert first.nodes() + rest.nodes() == EMAILS[::-1]
    assert (await page(database, descending=True, last=2)).nodes() == EMAILS[1::-1]


async def test_rows_that_come_and_go_meanwhile_move_no_other(database: ThrowAwayDatabase) -> None:
    await invite(database, *ROWS)
    first = await page(database, first=4)
    await invite(database, (ROWS[0][0] - timedelta(days=1), "earlier@example.com"))
    async with database.session() as session:
        gone = await session.get_one(InvitationRow, {"tenant_id": ACME, "email": EMAILS[3]})
        await session.delete(gone)
    second = await page(database, first=4, after=first.page_info.end_cursor)
    assert second.nodes() == EMAILS[4:8]


async def test_a_page_between_two_cursors(database: ThrowAwayDatabase) -> None:
    await invite(database, *ROWS)
    cursors = [edge.cursor for edge in (await page(database)).edges]
    between = await page(database, after=cursors[1], before=cursors[5])
    assert between.nodes() == EMAILS[2:5]


async def test_a_page_of_nothing_has_no_cursors(database: ThrowAwayDatabase) -> None:
    empty = await page(database)
    assert (empty.edges, empty.page_info.start_cursor, empty.page_info.has_next_page) == ([], None, False)


async def test_a_cursor_of_one_tenant_shows_another_nothing_of_it(database: ThrowAwayDatabase) -> None:
    await invite(database, *ROWS)
    cursor = (await page(database)).edges[0].cursor
    async with database.session(GLOBEX) as session:
        found = await find_page(session, select(InvitationRow), ORDER, Window(after=cursor), lambda row: row)
    assert found.edges == []


async def test_a_page_costs_one_statement(database: ThrowAwayDatabase) -> None:
    await invite(database, *ROWS)
    with database.statements() as seen:
        await page(database, first=2)
    assert len(seen) == 1


def cursor_of(place: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "?",
        "x" * 5_000,
        "ümlaut",
        cursor_of("text"),
        cursor_of([]),
        cursor_of(["2030-01-01T00:00:00+00:00"]),
        cursor_of(["never", "a@example.com"]),
        cursor_of(["2030-01-01T00:00:00+00:00", 1]),
        cursor_of(["2030-01-01T00:00:00+00:00", "nul\x00"]),
        cursor_of([None, None]),
        cursor_of([{}, []]),
    ],
)
async def test_what_is_no_cursor_is_refused(database: ThrowAwayDatabase, cursor: str) -> None:
    with pytest.raises(Refusal, match="no cursor of this list"):
        await page(database, after=cursor)


@pytest.mark.parametrize("window", [{"first": 0}, {"first": -1}, {"first": 201}, {"first": 1, "last": 1}])
def test_what_makes_no_page_is_refused(window: dict[str, int]) -> None:
    with pytest.raises(Refusal, match="first"):
        Window(**window)
