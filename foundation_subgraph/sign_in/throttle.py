"""Guessing made slow: attempts are counted in the database, so that several processes count together.

By account *and* address, so that nobody who guesses from elsewhere locks somebody out; and by address alone, so that
nobody tries many accounts. Each failure beyond the limit doubles the wait.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import IPv4Address, ip_address, ip_network
from typing import Final

from sqlalchemy import Interval, bindparam, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

FIRST_WAIT: Final = timedelta(seconds=30)
LONGEST_WAIT: Final = timedelta(hours=1)
FORGOTTEN_AFTER: Final = timedelta(hours=2)
"""Without a further failure. Longer than the longest wait, or the waits would never grow to it."""

_MOST_DOUBLINGS: Final = 10
_SPANS: Final = [bindparam(name, type_=Interval()) for name in ("first", "longest", "forgotten")]
_COUNTED: Final = """
    CASE WHEN {failures} >= :limit
    THEN clock_timestamp() + least(:longest, :first * power(2, least({failures} - :limit, :doublings)))
    ELSE clock_timestamp() END
"""
# One statement, which locks the row: of many attempts at once each sees what the one before has counted.
_COUNT: Final = text(
    f"""
    INSERT INTO foundation.sign_in_attempts AS known (key, failures, last_at, blocked_until)
    VALUES (:key, 1, clock_timestamp(), {_COUNTED.format(failures="1")})
    ON CONFLICT (key) DO UPDATE SET
        failures = CASE WHEN known.last_at < clock_timestamp() - :forgotten THEN 1 ELSE known.failures + 1 END,
        last_at = clock_timestamp(),
        blocked_until = CASE WHEN known.last_at < clock_timestamp() - :forgotten THEN clock_timestamp()
            ELSE {_COUNTED.format(failures="(known.failures + 1)")} END
    WHERE known.blocked_until <= clock_timestamp()
    RETURNING failures
    """  # noqa: S608 - every word of it stands in this file
).bindparams(*_SPANS)
_WAIT: Final = text(
    "SELECT ceil(extract(epoch FROM blocked_until - clock_timestamp())) FROM foundation.sign_in_attempts WHERE key = :key"
)
_FORGIVE: Final = text(
    "UPDATE foundation.sign_in_attempts SET failures = failures - 1, blocked_until = clock_timestamp() "
    "WHERE key = :key AND failures > 0"
)
_FORGET: Final = text("DELETE FROM foundation.sign_in_attempts WHERE key = :key")
_FORGET_OLD: Final = text(
    "DELETE FROM foundation.sign_in_attempts WHERE key IN (SELECT key FROM foundation.sign_in_attempts "
    "WHERE last_at < clock_timestamp() - :forgotten ORDER BY last_at LIMIT 100 FOR UPDATE SKIP LOCKED)"
).bindparams(bindparam("forgotten", type_=Interval()))


@dataclass(frozen=True, slots=True)
class Counted:
    """Something whose attempts are counted: `limit` of them may fail before there is any wait.

    `is_cleared` says that success is the end of it, as for an account; an address only gets that one attempt back.
    """

    kind: str
    value: str
    limit: int
    is_cleared: bool

    @property
    def key(self) -> bytes:
        return hashlib.sha256(f"{self.kind}\0{self.value}".encode()).digest()


def counted(kind: str, account: str, host: str) -> tuple[Counted, Counted]:
    """What an attempt of this kind counts against, for an account from an address."""
    address = network(host)
    return (
        Counted(f"{kind} account", f"{address}\0{account.strip().lower()}", limit=5, is_cleared=True),
        Counted("address", address, limit=50, is_cleared=False),
    )


@dataclass(frozen=True, slots=True)
class Throttle:
    """Counts in the database. `engine` is the sign-in's."""

    engine: AsyncEngine

    async def begin(self, attempt: Sequence[Counted]) -> int:
        """Count an attempt, before its outcome is known, or many at once would all be let through.

        Gives 0 where it may go on, else the seconds to wait; it is not counted then.
        """
        async with self.engine.connect() as connection:
            for one in attempt:
                if not await _count(connection, one):
                    await connection.rollback()
                    return max(1, int(await connection.scalar(_WAIT, {"key": one.key}) or 1))
            await connection.execute(_FORGET_OLD, {"forgotten": FORGOTTEN_AFTER})
            await connection.commit()
        return 0

    async def forgive(self, attempt: Sequence[Counted]) -> None:
        """Take an attempt back: it was no guess."""
        async with self.engine.begin() as connection:
            for one in attempt:
                await connection.execute(_FORGIVE, {"key": one.key})

    async def succeed(self, attempt: Sequence[Counted]) -> None:
        """The attempt was right: start anew for the account, and take it back for the address."""
        async with self.engine.begin() as connection:
            for one in attempt:
                await connection.execute(_FORGET if one.is_cleared else _FORGIVE, {"key": one.key})


async def _count(connection: AsyncConnection, one: Counted) -> bool:
    spans = {"first": FIRST_WAIT, "longest": LONGEST_WAIT, "forgotten": FORGOTTEN_AFTER}
    numbers = {"limit": one.limit, "doublings": _MOST_DOUBLINGS}
    return await connection.scalar(_COUNT, {"key": one.key, **numbers, **spans}) is not None


def network(host: str) -> str:
    """Where somebody comes from. Of IPv6 the network: whoever has one address there has all 2**64 of it."""
    try:
        address = ip_address(host)
    except ValueError:
        return host
    if isinstance(address, IPv4Address) or address.ipv4_mapped is not None:
        return host
    return str(ip_network((int(address), 64), strict=False))
