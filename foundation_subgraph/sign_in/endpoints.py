"""Signing in over HTTP. Errors are `{"error": {"code", "message"}}`."""

from collections.abc import Awaitable, Callable, Coroutine
from ipaddress import IPv4Address, ip_address, ip_network
from typing import Annotated, Final

from fastapi import APIRouter, Header, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from pydantic import BaseModel, ConfigDict, Field

from foundation_subgraph.kit import Refusal
from foundation_subgraph.sign_in.service import (
    INVITATION_INVALID,
    NOT_A_MEMBER,
    WRONG_CREDENTIALS,
    SignedIn,
    SignIn,
)
from foundation_subgraph.sign_in.throttle import Throttle
from foundation_subgraph.sign_in.tokens import InvalidTokenError

_STATUS: Final = {WRONG_CREDENTIALS: 401, NOT_A_MEMBER: 403, INVITATION_INVALID: 404}
_NOT_STORED: Final = {"cache-control": "no-store"}

_Text = Annotated[str, Field(min_length=1, max_length=1000, pattern=r"^[^\x00]+$")]


class _Route(APIRoute):
    """Says what is wrong with a request without repeating it: it may hold a password."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[object, object, Response]]:
        handle = super().get_route_handler()

        async def handle_quietly(request: Request) -> Response:
            try:
                return await handle(request)
            except RequestValidationError as error:
                places = {".".join(str(part) for part in one["loc"]): one["msg"] for one in error.errors()}
                told = "; ".join(f"{place}: {message}" for place, message in places.items())
                return _error(400, "BAD_USER_INPUT", told)

        return handle_quietly


class _Sent(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Credentials(_Sent):
    email: _Text
    password: _Text
    tenant: _Text | None = Field(
        default=None, description="Id or short name; the first by name when left out."
    )


class TenantChoice(_Sent):
    tenant: _Text


class Acceptance(_Sent):
    token: _Text
    password: _Text


def build_sign_in_router(sign_in: SignIn) -> APIRouter:
    """The routes `/sign-in`, `/sign-in/switch`, `/sign-in/accept` and `/sign-in/jwks.json`, to be included in an app."""
    router = APIRouter(prefix="/sign-in", tags=["sign-in"], route_class=_Route)
    by_account = Throttle(limit=5)
    by_address = Throttle(limit=50)

    async def throttled(
        request: Request, account: str, attempt: Callable[[], Awaitable[SignedIn]]
    ) -> JSONResponse:
        address = _network(request.client.host if request.client else "")
        key = (address, account.strip().lower())
        if wait := max(by_account.wait(key), by_address.wait(address)):
            return _throttled(wait)
        by_account.count(key)
        by_address.count(address)
        try:
            signed_in = await attempt()
        except Refusal as refusal:
            if refusal.code not in {WRONG_CREDENTIALS, INVITATION_INVALID}:
                by_account.forgive(key)
                by_address.forgive(address)
            return _refused(refusal)
        by_account.forget(key)
        by_address.forgive(address)
        return _welcome(signed_in)

    @router.post("")
    async def enter(request: Request, sent: Credentials) -> JSONResponse:
        return await throttled(
            request, sent.email, lambda: sign_in.sign_in(sent.email, sent.password, sent.tenant)
        )

    @router.post("/accept")
    async def accept(request: Request, sent: Acceptance) -> JSONResponse:
        return await throttled(request, "", lambda: sign_in.accept(sent.token, sent.password))

    @router.post("/switch")
    async def switch(choice: TenantChoice, authorization: Annotated[str, Header()] = "") -> JSONResponse:
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer":
            return _error(401, "UNAUTHENTICATED", "Send the token that signing in gave you")
        try:
            return _welcome(await sign_in.switch(token.strip(), choice.tenant))
        except InvalidTokenError as error:
            return _error(401, "UNAUTHENTICATED", str(error))
        except Refusal as refusal:
            return _refused(refusal)

    @router.get("/jwks.json")
    async def jwks() -> JSONResponse:
        return JSONResponse(sign_in.issuer.jwks, headers={"cache-control": "public, max-age=300"})

    return router


def _network(host: str) -> str:
    """Where somebody comes from. Of IPv6 the network: whoever has one address there has all 2**64 of it."""
    try:
        address = ip_address(host)
    except ValueError:
        return host
    if isinstance(address, IPv4Address) or address.ipv4_mapped is not None:
        return host
    return str(ip_network((int(address), 64), strict=False))


def _welcome(signed_in: SignedIn) -> JSONResponse:
    tenants = [{"id": str(one.id), "slug": one.slug, "name": one.name} for one in signed_in.tenants]
    account = signed_in.account
    return JSONResponse(
        {
            "token": signed_in.token.text,
            "expiresAt": signed_in.token.expires_at.isoformat(),
            "user": {"id": str(account.id), "email": account.email, "name": account.name},
            "tenant": next(one for one in tenants if one["id"] == str(signed_in.tenant.id)),
            "tenants": tenants,
        },
        headers=_NOT_STORED,
    )


def _refused(refusal: Refusal) -> JSONResponse:
    return _error(_STATUS.get(refusal.code, 400), refusal.code, refusal.message)


def _throttled(wait: int) -> JSONResponse:
    answer = _error(429, "TOO_MANY_ATTEMPTS", f"Too many attempts: try again in {wait} s")
    answer.headers["retry-after"] = str(wait)
    return answer


def _error(status: int, code: str, message: str) -> JSONResponse:
    return JSONResponse({"error": {"code": code, "message": message}}, status, headers=_NOT_STORED)
