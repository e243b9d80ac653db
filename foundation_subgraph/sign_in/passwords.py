"""Passwords: argon2id, away from the event loop, and as slow for an account that does not exist."""

import asyncio
from dataclasses import dataclass
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

MIN_LENGTH: Final = 10
MAX_LENGTH: Final = 256  # hashing is deliberately costly: nobody needs to make us hash a book
_AT_ONCE: Final = 4


@dataclass(frozen=True, slots=True)
class PasswordCost:
    """What one guess costs: passes, KiB of memory, lanes. The default is argon2-cffi's, after RFC 9106."""

    passes: int = 3
    memory: int = 65536
    lanes: int = 4


class Passwords:
    """Hashes and checks passwords; at most a few at a time, because each takes its memory."""

    def __init__(self, cost: PasswordCost) -> None:
        self._hasher = PasswordHasher(time_cost=cost.passes, memory_cost=cost.memory, parallelism=cost.lanes)
        self._turns = asyncio.Semaphore(_AT_ONCE)

    async def hash(self, password: str) -> str:
        async with self._turns:
            return await asyncio.to_thread(self._hasher.hash, password)

    async def verify(self, password: str, stored: str | None) -> bool:
        """Whether the password is the one behind `stored`; without any, the work is done all the same."""
        if stored is None:
            await self.hash(password)
            return False
        async with self._turns:
            try:
                return await asyncio.to_thread(self._hasher.verify, stored, password)
            except (VerificationError, InvalidHashError):
                return False
