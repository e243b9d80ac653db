"""Passwords: argon2id, away from the event loop, and as slow for an account that does not exist."""

import asyncio
import re
from dataclasses import dataclass
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from foundation_subgraph.kit import Refusal

MIN_LENGTH: Final = 10
_FEWEST_DIFFERENT: Final = 4
MAX_LENGTH: Final = 256  # hashing is deliberately costly: nobody needs to make us hash a book
_AT_ONCE: Final = 4

_NOT_A_LETTER: Final = re.compile(r"[\W_]+")
_WORST: Final = frozenset(
    [
        "0000000000",
        "0123456789",
        "0987654321",
        "1111111111",
        "1122334455",
        "1212121212",
        "1231231230",
        "12345678910",
        "123456789a",
        "123456789q",
        "1234567890",
        "1234567891",
        "12341234",
        "123123123123",
        "12345678900",
        "123456789012",
        "1234512345",
        "1234554321",
        "123456654321",
        "1357924680",
        "147258369",
        "1q2w3e4r5t",
        "1q2w3e4r5t6y",
        "1qaz2wsx3edc",
        "1qazxsw23edc",
        "2222222222",
        "5555555555",
        "7777777777",
        "9876543210",
        "9999999999",
        "aaaaaaaaaa",
        "abcd123456",
        "abcdefghij",
        "abcdefghijkl",
        "adminadmin",
        "administrator",
        "asdfasdfasdf",
        "asdfghjkl1",
        "asdfghjkl123",
        "basketball",
        "changeme123",
        "dovetaildovetail",
        "football123",
        "iloveyou12",
        "iloveyou123",
        "letmein123",
        "letmeinnow",
        "liverpool1",
        "manchester",
        "master1234",
        "passw0rd12",
        "passw0rd123",
        "password00",
        "password01",
        "password11",
        "password12",
        "password123",
        "password1234",
        "password12345",
        "password123456",
        "password99",
        "passwordpassword",
        "princess12",
        "q1w2e3r4t5",
        "q1w2e3r4t5y6",
        "qazwsxedcrfv",
        "qwerty1234",
        "qwerty12345",
        "qwerty123456",
        "qwertyqwerty",
        "qwertyuiop",
        "qwertyuiop1",
        "qwertyuiop123",
        "qwertzuiop",
        "secretsecret",
        "spiderman1",
        "sunshine12",
        "superman12",
        "trustno1trustno1",
        "welcome123",
        "welcome1234",
        "welcome2024",
        "welcome2025",
        "welcome2026",
        "zaq12wsxcde3",
        "zxcvbnm123",
        "zxcvbnmasd",
        "correcthorsebatterystaple",
    ]
)
"""Those of at least ten characters that are tried first. Spaces and punctuation between do not make them better."""


@dataclass(frozen=True, slots=True)
class PasswordCost:
    """What one guess costs: passes, KiB of memory, lanes. The default is argon2-cffi's, after RFC 9106."""

    passes: int = 3
    memory: int = 65536
    lanes: int = 4


def check_new_password(password: str, *personal: str) -> None:
    """Refuse a password that is too short or too long, one of the worst, or what everybody knows of its owner.

    No rules about kinds of characters: they make people choose `Password1!` (NIST SP 800-63B, 5.1.1.2).
    """
    if not MIN_LENGTH <= len(password) <= MAX_LENGTH:
        raise Refusal("BAD_USER_INPUT", f"A password has between {MIN_LENGTH} and {MAX_LENGTH} characters")
    bare = _bare(password)
    if bare in _WORST or len(set(password)) < _FEWEST_DIFFERENT:
        raise Refusal("BAD_USER_INPUT", "This password is one of those that are tried first: choose another")
    if bare in {_bare(text) for text in personal}:
        raise Refusal("BAD_USER_INPUT", "A password is not your name or address: choose another")


def _bare(text: str) -> str:
    return _NOT_A_LETTER.sub("", text.casefold())


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

    def is_outdated(self, stored: str) -> bool:
        """Whether a hash was made at another cost than the one in force: the next time its password is shown, replace it."""
        return self._hasher.check_needs_rehash(stored)
