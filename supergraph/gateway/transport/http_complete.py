"""HTTP by aiohttp: TLS, proxies, credentials in the address. Slower than the lean client and complete."""

import aiohttp

from supergraph.gateway.hooks import HeaderLines
from supergraph.gateway.transport.client import (
    FailureReason,
    SubgraphFailure,
    SubgraphRequest,
    SubgraphResponse,
)
from supergraph.gateway.transport.http_settings import REQUEST_HEADERS, HttpClientSettings, added_headers
from supergraph.gateway.transport.principal_header import PrincipalHeaders
from supergraph.gateway.transport.retry_after import read_retry_after
from supergraph.spec import PRINCIPAL_HEADER


class CompleteHttpClient:
    """One subgraph at one address, through the proxy that the environment names, if it names one."""

    __slots__ = ("_principals", "_session", "_settings", "_url")

    def __init__(
        self, url: str, principals: PrincipalHeaders | None, settings: HttpClientSettings | None = None
    ) -> None:
        self._url = url
        self._principals = principals
        self._settings = settings or HttpClientSettings()
        self._session: aiohttp.ClientSession | None = None

    async def send(self, request: SubgraphRequest) -> SubgraphResponse | SubgraphFailure:
        headers = dict(REQUEST_HEADERS)
        if self._principals is not None:
            headers[PRINCIPAL_HEADER] = self._principals.value_for(request.principal)
        if request.headers or request.trace:
            headers |= added_headers(request)
        try:
            async with self._open_session().post(
                self._url, data=request.body, headers=headers, allow_redirects=False
            ) as response:
                return await self._read(request, response)
        except aiohttp.ClientConnectorError as error:
            return SubgraphFailure(request.subgraph, FailureReason.REFUSED, str(error), untouched=True)
        except aiohttp.ServerDisconnectedError as error:  # not a byte of an answer had come
            return SubgraphFailure(request.subgraph, FailureReason.LOST, repr(error), untouched=True)
        except (aiohttp.ClientError, OSError) as error:
            return SubgraphFailure(request.subgraph, FailureReason.LOST, repr(error))

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def _read(
        self, request: SubgraphRequest, response: aiohttp.ClientResponse
    ) -> SubgraphResponse | SubgraphFailure:
        chunks: list[bytes] = []
        size = 0
        async for chunk in response.content.iter_any():
            size += len(chunk)
            if size > self._settings.answer_bytes:
                return SubgraphFailure(
                    request.subgraph,
                    FailureReason.TOO_LARGE,
                    f"more than {self._settings.answer_bytes} bytes",
                )
            chunks.append(chunk)
        retry_after = response.headers.get("retry-after")
        return SubgraphResponse(
            response.status,
            b"".join(chunks),
            None if retry_after is None else read_retry_after(retry_after),
            self._kept(response),
        )

    def _kept(self, response: aiohttp.ClientResponse) -> HeaderLines:
        kept = self._settings.kept_headers
        if not kept:
            return ()
        lines = ((name.lower(), value) for name, value in response.raw_headers)
        return tuple((name, value) for name, value in lines if name in kept)

    def _open_session(self) -> aiohttp.ClientSession:
        # Opened by the first request: a session belongs to the loop it is made in.
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(
                    limit=self._settings.connections or 0, keepalive_timeout=self._settings.idle_seconds
                ),
                timeout=aiohttp.ClientTimeout(total=None),
                cookie_jar=aiohttp.DummyCookieJar(),
                trust_env=True,
            )
        return self._session
