"""The ASGI app: the page at `/`, what it is made of below `/console/`."""

import asyncio
from typing import Final

from starlette.applications import Starlette
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from supergraph.console.assets import Asset, asset_names, read_asset
from supergraph.console.config import ConsoleConfig

_ALLOWED: Final = {
    "default-src": "'none'",
    "script-src": "'self'",
    "worker-src": "'self'",
    "connect-src": "'self'",
    # Monaco writes style elements and attributes as it measures and draws; scripts need no such exception.
    "style-src": "'self' 'unsafe-inline'",
    "font-src": "'self'",
    # Small pictures inside the style sheets.
    "img-src": "'self' data:",
    "base-uri": "'none'",
    "form-action": "'none'",
    "frame-ancestors": "'none'",
}

SECURITY_HEADERS: Final = {
    "Content-Security-Policy": "; ".join(f"{part} {sources}" for part, sources in _ALLOWED.items()),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


def console_app(config: ConsoleConfig) -> ASGIApp:
    """Serve the console. Mount it at `/`, after all other routes: what it does not know is a 404."""
    served = _Assets()

    async def page(request: Request) -> Response:
        return await served.answer(request, "index.html")

    async def config_json(_: Request) -> Response:
        # Demo passwords have no business in a cache.
        return JSONResponse(config.to_json(), headers={"Cache-Control": "no-store"})

    async def asset(request: Request) -> Response:
        return await served.answer(request, request.path_params["name"])

    routes = [
        Route("/", page),
        Route("/console/config.json", config_json),
        Route("/console/{name:path}", asset),
    ]
    return _SecurityHeaders(Starlette(routes=routes))


class _Assets:
    """The built files; each is read and compressed once, when it is first asked for."""

    def __init__(self) -> None:
        self._names = asset_names()
        self._read: dict[str, Asset] = {}

    async def answer(self, request: Request, name: str) -> Response:
        if name not in self._names:
            raise HTTPException(404)
        asset = self._read.get(name)
        if asset is None:
            asset = self._read[name] = await asyncio.to_thread(read_asset, name)
        headers = {"Cache-Control": asset.cache_control, "ETag": asset.etag, "Vary": "Accept-Encoding"}
        if asset.etag in _tags(request.headers.get("If-None-Match", "")):
            return Response(status_code=304, headers=headers)
        content = asset.content
        if asset.gzipped is not None and _accepts_gzip(request.headers):
            content = asset.gzipped
            headers["Content-Encoding"] = "gzip"
        return Response(content, headers=headers, media_type=asset.media_type)


class _SecurityHeaders:
    """Puts the security headers on every answer, refusals included."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(SECURITY_HEADERS)
            await send(message)

        await self._app(scope, receive, send_with_headers)


def _tags(if_none_match: str) -> set[str]:
    return {tag.strip() for tag in if_none_match.split(",")}


def _accepts_gzip(headers: Headers) -> bool:
    for offer in headers.get("Accept-Encoding", "").split(","):
        coding, _, parameters = offer.partition(";")
        if coding.strip() == "gzip":
            return parameters.replace(" ", "") not in {"q=0", "q=0.0", "q=0.00", "q=0.000"}
    return False
