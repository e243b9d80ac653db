"""A document at an address over HTTP, a registry's for one, which is asked again and again."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from supergraph.gateway.hooks import SupergraphDocument, SupergraphDocuments, SupergraphUnavailableError
from supergraph.gateway.sources.file import DEFAULT_DOCUMENT_BYTES
from supergraph.gateway.sources.polling import back_off, pause

if TYPE_CHECKING:
    import aiohttp  # whoever serves a file does not load it

SIGNATURE_HEADER: Final = "dovetail-signature"

_ACCEPT: Final = "application/graphql, text/plain;q=0.9, */*;q=0.5"


def no_token() -> str | None:
    """A registry that asks for none."""
    return None


@dataclass(frozen=True, slots=True)
class SupergraphAddress:
    """An address that answers GET with the document, its `ETag` and, in `dovetail-signature`, its signature.

    Asked every `seconds`, with `If-None-Match`; after failures less and less often, up to every `longest_seconds`. A whole
    answer may take `timeout_seconds`. `token` is called for each request, so that a new one is taken up; it goes out as a
    bearer token and may raise SupergraphUnavailableError.
    """

    url: str
    seconds: float = 2.0
    longest_seconds: float = 60.0
    timeout_seconds: float = 10.0
    document_bytes: int = DEFAULT_DOCUMENT_BYTES
    token: Callable[[], str | None] = field(default=no_token, repr=False)

    def __str__(self) -> str:
        # Credentials and queries may be secrets, and this goes to the log.
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"

    def read(self) -> SupergraphDocument:
        """Raises SupergraphUnavailableError."""
        # In a thread: whoever starts a gateway may have an event loop running already.
        with ThreadPoolExecutor(max_workers=1) as thread:
            return thread.submit(asyncio.run, self._read_once()).result()

    async def documents(self, look: asyncio.Event) -> SupergraphDocuments:
        etag: str | None = None
        failures = 0
        async with self._session() as session:
            while True:
                try:
                    found, etag = await self._fetch(session, etag)
                except SupergraphUnavailableError as error:
                    failures += 1
                    yield error
                else:
                    failures = 0
                    if found is not None:
                        yield found
                await pause(look, back_off(self.seconds, failures, max(self.seconds, self.longest_seconds)))

    async def _read_once(self) -> SupergraphDocument:
        async with self._session() as session:
            found, _ = await self._fetch(session, None)
        if found is None:
            raise SupergraphUnavailableError(f"{self}: status 304, and nothing was known before")
        return found

    def _session(self) -> "aiohttp.ClientSession":
        import aiohttp  # noqa: PLC0415 - a fifth of a gateway's start

        return aiohttp.ClientSession(
            timeout=aiohttp.ClientTimeout(total=self.timeout_seconds),
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=True,
        )

    async def _fetch(
        self, session: "aiohttp.ClientSession", etag: str | None
    ) -> tuple[SupergraphDocument | None, str | None]:
        """The document, None where it is the one of `etag`; and its own tag. Raises SupergraphUnavailableError."""
        import aiohttp  # noqa: PLC0415 - as above

        headers = {"accept": _ACCEPT, "user-agent": "dovetail"}
        if etag is not None:
            headers["if-none-match"] = etag
        token = self.token()
        if token is not None:
            headers["authorization"] = f"Bearer {token}"
        try:
            # Not to wherever it is sent on: the token is for this address alone.
            async with session.get(self.url, headers=headers, allow_redirects=False) as response:
                if response.status == 304 and etag is not None:
                    return None, etag
                if response.status != 200:
                    raise SupergraphUnavailableError(
                        f"{self}: status {response.status}{_hint(response.status)}"
                    )
                content = await self._body(response)
                document = SupergraphDocument(content, response.headers.get(SIGNATURE_HEADER))
                return document, response.headers.get("etag")
        except TimeoutError as error:
            raise SupergraphUnavailableError(
                f"{self}: no answer within {self.timeout_seconds:g} s"
            ) from error
        except aiohttp.ClientConnectorError as error:
            raise SupergraphUnavailableError(
                f"{self}: cannot be reached: {error.strerror or error}"
            ) from error
        except (aiohttp.ClientError, OSError, ValueError) as error:
            # Their own words may hold the whole address.
            raise SupergraphUnavailableError(f"{self}: {type(error).__name__}") from error

    async def _body(self, response: "aiohttp.ClientResponse") -> bytes:
        chunks: list[bytes] = []
        size = 0
        async for chunk in response.content.iter_any():
            size += len(chunk)
            if size > self.document_bytes:
                raise SupergraphUnavailableError(
                    f"{self}: larger than the {self.document_bytes} bytes that are allowed"
                )
            chunks.append(chunk)
        content = b"".join(chunks)
        if not content.strip():
            raise SupergraphUnavailableError(f"{self}: the answer is empty")
        return content


def _hint(status: int) -> str:
    if status in {401, 403}:
        return ": is the token the right one?"
    return ": give the address that it leads to" if 300 <= status < 400 else ""
