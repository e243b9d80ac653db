"""Nobody learns by the time of an answer who has an account: the work is counted, since a clock would not be fair."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from argon2 import PasswordHasher
from sqlalchemy import event

from foundation_subgraph.sign_in import Passwords
from tests.foundation_subgraph.sign_in.door import Door

KNOWN, UNKNOWN = "clerk@acme.example", "nobody@acme.example"
SUSPEND = "UPDATE foundation.tenants SET status = 'suspended' WHERE slug = 'acme'"


@dataclass
class Work:
    """What was done for one answer."""

    hashes: int = 0
    statements: list[str] = field(default_factory=list)


class CountingHasher:
    """The real one, which counts: making a hash and checking one cost the same."""

    def __init__(self, inner: PasswordHasher, work: Work) -> None:
        self._inner, self._work = inner, work

    def hash(self, password: str) -> str:
        self._work.hashes += 1
        return self._inner.hash(password)

    def verify(self, stored: str, password: str) -> bool:
        self._work.hashes += 1
        return self._inner.verify(stored, password)

    def check_needs_rehash(self, stored: str) -> bool:
        return self._inner.check_needs_rehash(stored)


@contextmanager
def counted(door: Door) -> Iterator[Work]:
    work, passwords = Work(), door.sign_in.passwords
    before = passwords._hasher

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        work.statements.append(statement)

    engine = door.database.sign_in.sync_engine
    passwords._hasher = CountingHasher(before, work)
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield work
    finally:
        passwords._hasher = before
        event.remove(engine, "before_cursor_execute", note)


async def told(door: Door, email: str, password: str = "not the password") -> tuple[Any, ...]:
    """All that somebody can see or measure of an attempt, but for the noise of a clock."""
    with counted(door) as work:
        answer = await door.enter(email, password)
    headers = {name: value for name, value in answer.headers.items() if name != "retry-after"}
    return answer.status_code, answer.text, headers, work.hashes, work.statements


async def test_an_unknown_address_costs_what_a_wrong_password_costs(door: Door) -> None:
    known, unknown = await told(door, KNOWN), await told(door, UNKNOWN)
    assert known == unknown
    assert known[0] == 401
    assert known[3] == 1, "one hash, whoever asks"


async def test_who_was_suspended_with_their_tenant_is_told_no_otherwise(door: Door) -> None:
    """Only who shows the right password is told that no tenant lets them in."""
    await door.sql(SUSPEND)
    known, unknown = await told(door, KNOWN), await told(door, UNKNOWN)
    assert known == unknown


async def test_who_must_wait_waits_alike_and_no_hash_is_made(door: Door) -> None:
    for email in (KNOWN, UNKNOWN):
        for _ in range(5):
            await door.enter(email, "not the password")
    known, unknown = await told(door, KNOWN), await told(door, UNKNOWN)
    assert (known[0], known[3]) == (unknown[0], unknown[3]) == (429, 0)
    assert known[4] == unknown[4], "and no statement more for who has an account"


async def test_a_password_beyond_all_length_is_hashed_for_nobody(door: Door) -> None:
    known, unknown = await told(door, KNOWN, "x" * 300), await told(door, UNKNOWN, "x" * 300)
    assert known == unknown
    assert known[3] == 0


async def test_an_address_that_costs_nothing_is_noticed(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    """The mutation: without an account there is nothing to check, and the answer comes at once."""
    verify = Passwords.verify

    async def verify_quickly(self: Passwords, password: str, stored: str | None) -> bool:
        return stored is not None and await verify(self, password, stored)

    monkeypatch.setattr(Passwords, "verify", verify_quickly)
    assert await told(door, KNOWN) != await told(door, UNKNOWN)
