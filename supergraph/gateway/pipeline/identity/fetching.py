"""JSON from an issuer's address, within bounds: time, size, and no way to elsewhere."""

import re
from typing import Final

import orjson

from supergraph.gateway.hooks import KeysUnavailableError

_SECONDS: Final = 5.0
_BYTES: Final = 256 * 1024
_MAX_AGE: Final = re.compile(r'(?:^|[\s,])max-age="?(\d{1,9})\b')


async def fetch_json(url: str) -> tuple[object, float | None]:
    """What the address answers, and how many seconds it says that this holds. Raises KeysUnavailableError.

    A redirect is a failure: whoever can answer for the address could send us anywhere else.
    """
    import aiohttp  # noqa: PLC0415 - a fifth of a gateway's start, and with local keys of no use

    try:
        async with (
            aiohttp.ClientSession(
                timeout=aiohttp.ClientTimeout(total=_SECONDS),
                cookie_jar=aiohttp.DummyCookieJar(),
                trust_env=True,
            ) as session,
            session.get(url, headers={"accept": "application/json"}, allow_redirects=False) as response,
        ):
            if response.status != 200:
                raise KeysUnavailableError(f"{url} answers with status {response.status}")
            body = bytearray()
            async for chunk in response.content.iter_any():
                body += chunk
                if len(body) > _BYTES:
                    raise KeysUnavailableError(f"{url} answers with more than {_BYTES} bytes")
            return orjson.loads(body), read_max_age(response.headers.getall("cache-control", []))
    except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
        raise KeysUnavailableError(f"{url}: {error!r}") from error


def read_max_age(cache_control: list[str]) -> float | None:
    """The seconds of `max-age`; 0 where nothing may be kept; None where nothing is said. RFC 9111, 5.2."""
    said = ",".join(cache_control).lower()
    if "no-store" in said or "no-cache" in said:
        return 0.0
    found = _MAX_AGE.search(said)
    return None if found is None else float(found[1])
