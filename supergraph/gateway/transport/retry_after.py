"""The header `Retry-After`: seconds, or a date. Spec: RFC 9110, 10.2.3."""

import time
from email.utils import parsedate_to_datetime
from math import ceil


def read_retry_after(value: str) -> int | None:
    """In how many seconds; None for what is neither of the two forms."""
    value = value.strip()
    if value.isascii() and value.isdigit():
        return int(value[:9])
    try:
        return max(0, ceil(parsedate_to_datetime(value).timestamp() - time.time()))
    except (ValueError, TypeError, OverflowError):
        return None
