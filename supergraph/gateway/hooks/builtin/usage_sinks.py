"""Where usage reports go: a file, and an address."""

import asyncio
from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING

import orjson

from supergraph.gateway.hooks import UsageReport, UsageSinkError

if TYPE_CHECKING:
    import aiohttp


class UsageFile:
    """Appends each report to a file, a JSON object a line. Whoever rotates the file need not tell us."""

    def __init__(self, path: Path) -> None:
        self._path = path

    async def record_usage(self, report: UsageReport) -> None:
        line = orjson.dumps(report.as_json(), option=orjson.OPT_APPEND_NEWLINE)
        try:
            await asyncio.to_thread(self._append, line)
        except OSError as error:
            raise UsageSinkError(f"{self._path}: {error.strerror or error}") from error

    async def close(self) -> None:
        """The file is open only while a line is written."""

    def _append(self, line: bytes) -> None:
        with self._path.open("ab") as file:
            file.write(line)


class UsagePost:
    """Posts each report to an address, as JSON; any answer of 2xx means that it was taken."""

    def __init__(self, address: str, headers: Mapping[str, str], seconds: float = 10.0) -> None:
        self._address = address
        self._headers = {**headers, "content-type": "application/json"}
        self._seconds = seconds
        self._session: aiohttp.ClientSession | None = None

    async def record_usage(self, report: UsageReport) -> None:
        import aiohttp  # noqa: PLC0415 - a gateway that posts nothing need not load it

        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=self._seconds))
        try:
            async with self._session.post(
                self._address,
                data=orjson.dumps(report.as_json()),
                headers=self._headers,
                allow_redirects=False,
            ) as response:
                if not HTTPStatus.OK <= response.status < HTTPStatus.MULTIPLE_CHOICES:
                    raise UsageSinkError(f"{self._address} answered with status {response.status}")
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise UsageSinkError(f"{self._address}: {type(error).__name__}") from error

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None
