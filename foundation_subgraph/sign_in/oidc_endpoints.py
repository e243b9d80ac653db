"""Signing in by an OpenID provider over HTTP: a browser is sent there and comes back, and the page it returns to signs in.

No token of ours is ever in an address. What stands behind the `#` of the page is a ticket, which is worth nothing without
the cookie of the browser that began.
"""

from typing import Annotated, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response
from pydantic import Field

from foundation_subgraph.kit import Refusal
from foundation_subgraph.sign_in import oidc as providers
from foundation_subgraph.sign_in.answers import (
    NOT_STORED,
    Authorization,
    Sent,
    SessionWanted,
    Text,
    changing,
    counting,
    done,
    host,
    is_guess,
    origin,
    refused,
    too_many,
    welcome,
)
from foundation_subgraph.sign_in.oidc import CameBack, OidcSignIn, SentAway
from foundation_subgraph.sign_in.service import Wish
from foundation_subgraph.sign_in.throttle import Counted, Throttle, network

_VISITS: Final = 100
"""How often an address may leave for a provider and not sign in, before it must wait: a whole office is one address."""

Name = Annotated[str, Field(max_length=100)]
Parameter = Annotated[str, Query(max_length=4000)]


class Ticket(SessionWanted):
    ticket: Text
    tenant: Text | None = Field(
        default=None, description="Id or short name; the first by name when left out."
    )


class Linking(Sent):
    ticket: Text
    password: Text


class Unlinking(Sent):
    provider: Text
    password: Text


def add_oidc_routes(router: APIRouter, oidc: OidcSignIn, throttle: Throttle) -> None:
    """The routes `/oidc`, `/oidc/NAME`, `/oidc/NAME/callback`, `/oidc/finish`, `/oidc/link` and `/oidc/unlink`."""
    cookies = _Cookies(is_secure=oidc.settings.is_secure)

    @router.get("/oidc")
    async def offered() -> JSONResponse:
        told = [
            {"name": one.name, "title": one.title, "url": oidc.settings.departure(one)}
            for one in oidc.settings.providers
        ]
        return JSONResponse({"providers": told}, headers=NOT_STORED)

    @router.get("/oidc/{name}")
    async def begin(
        request: Request, name: Name, return_to: Annotated[Parameter, Query(alias="returnTo")] = "/"
    ) -> Response:
        if wait := await throttle.begin([_visits(request)]):
            return too_many(wait)
        try:
            sent: SentAway = await oidc.begin(name, return_to)
        except Refusal as refusal:
            return refused(refusal)
        answer = _redirect(sent.url)
        cookies.set(answer, sent.visit.question.state, sent.visit.browser)
        return answer

    @router.get("/oidc/{name}/callback")
    async def come_back(  # the parameters are the protocol's
        request: Request,
        name: Name,
        state: Parameter = "",
        code: Parameter | None = None,
        error: Parameter | None = None,
        iss: Parameter | None = None,
    ) -> Response:
        attempted = [_failures(request)]
        if wait := await throttle.begin(attempted):
            return too_many(wait)
        response = providers.Response(code, error, iss)
        try:
            back = await oidc.come_back(name, state, cookies.read(request, state), response)
        except Refusal as refusal:
            if not is_guess(refusal):
                await throttle.forgive(attempted)
            return refused(refusal)
        if not (isinstance(back.outcome, Refusal) and is_guess(back.outcome)):
            await throttle.forgive(attempted)
        answer = _redirect(_with_outcome(back))
        if isinstance(back.outcome, Refusal):
            cookies.remove(answer, state)
        return answer

    @router.post("/oidc/finish")
    async def finish(request: Request, sent: Ticket) -> JSONResponse:
        wish = Wish(origin(request), sent.remember, sent.code)
        given = await counting(
            throttle,
            [_failures(request)],
            lambda: oidc.finish(sent.ticket, cookies.read(request, sent.ticket), wish, sent.tenant),
        )
        answer = welcome(given)
        if given is not answer:
            await throttle.succeed([_visits(request)])
            cookies.remove(answer, sent.ticket)
        return answer

    _add_link_routes(router, oidc, throttle, cookies)


def _add_link_routes(router: APIRouter, oidc: OidcSignIn, throttle: Throttle, cookies: "_Cookies") -> None:
    """For who is signed in already, and shows their password."""

    @router.post("/oidc/link")
    async def link(request: Request, sent: Linking, authorization: Authorization = "") -> Response:
        browser = cookies.read(request, sent.ticket)
        given = await changing(
            throttle,
            oidc.issuer,
            authorization,
            request,
            lambda token, _user: oidc.link(sent.ticket, browser, token, sent.password),
        )
        answer = done(given)
        if given is None:
            cookies.remove(answer, sent.ticket)
        return answer

    @router.post("/oidc/unlink")
    async def unlink(request: Request, sent: Unlinking, authorization: Authorization = "") -> Response:
        return done(
            await changing(
                throttle,
                oidc.issuer,
                authorization,
                request,
                lambda token, _user: oidc.unlink(sent.provider, token, sent.password),
            )
        )


class _Cookies:
    """The browser's secret of one trip. Over https no other host, nor one below ours, can put one in its place."""

    def __init__(self, *, is_secure: bool) -> None:
        self._is_secure: Final = is_secure
        self._prefix: Final = "__Host-dovetail-trip-" if is_secure else "dovetail-trip-"

    def set(self, answer: Response, state: str, browser: str) -> None:
        answer.set_cookie(
            self._prefix + (providers.trip_of(state) or ""),
            browser,
            max_age=int(providers.COOKIE_LIFETIME.total_seconds()),
            path="/",
            secure=self._is_secure,
            httponly=True,
            samesite="lax",  # strict would be left out on the way back from the provider
        )

    def read(self, request: Request, token: str) -> str:
        """The secret that belongs to a state or a ticket; empty where there is none."""
        trip = providers.trip_of(token)
        return "" if trip is None else request.cookies.get(self._prefix + trip, "")

    def remove(self, answer: Response, token: str) -> None:
        name = self._prefix + (providers.trip_of(token) or "")
        answer.delete_cookie(name, path="/", secure=self._is_secure, httponly=True, samesite="lax")


def _visits(request: Request) -> Counted:
    return Counted("provider", network(host(request)), limit=_VISITS, is_cleared=True)


def _failures(request: Request) -> Counted:
    return Counted("address", network(host(request)), limit=50, is_cleared=False)


def _with_outcome(back: CameBack) -> str:
    # Behind the #, which neither a server nor the next page is told.
    if isinstance(back.outcome, Refusal):
        told = {"error": back.outcome.code, "message": back.outcome.message}
    else:
        told = {"ticket": back.outcome}
    return f"{back.return_to}#{urlencode(told)}"


def _redirect(url: str) -> RedirectResponse:
    return RedirectResponse(url, 303, headers={**NOT_STORED, "referrer-policy": "no-referrer"})
