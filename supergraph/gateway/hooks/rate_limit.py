"""The words of rate limits."""

from typing import NamedTuple


class TokensWanted(NamedTuple):
    """`amount` tokens of one bucket, which fills at `per_second` and holds `burst`. A bucket begins full."""

    bucket: str
    amount: float
    per_second: float
    burst: float


class RateLimitStoreError(Exception):
    """The store cannot be asked now. The message is for the log."""
