"""Signing in over HTTP. Errors are `{"error": {"code", "message"}}`."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from pydantic import Field

from foundation_subgraph.kit import Refusal
from foundation_subgraph.sign_in.answers import (
    NOT_STORED,
    Authorization,
    QuietRoute,
    Sent,
    Text,
    bearer,
    origin,
    refused,
    throttled,
)
from foundation_subgraph.sign_in.password_changes import PasswordChanges
from foundation_subgraph.sign_in.password_endpoints import add_password_routes
from foundation_subgraph.sign_in.second_factor_endpoints import add_second_factor_routes
from foundation_subgraph.sign_in.service import SignedIn, SignIn, Wish
from foundation_subgraph.sign_in.throttle import Throttle
from foundation_subgraph.sign_in.tokens import InvalidTokenError


class _SessionWanted(Sent):
    remember: bool = Field(
        default=False,
        description="Whether refresh tokens are to continue the session: for who can keep them safe.",
    )
    code: Text | None = Field(default=None, description="Of the second factor, for who has one.")


class Credentials(_SessionWanted):
    email: Text
    password: Text
    tenant: Text | None = Field(
        default=None, description="Id or short name; the first by name when left out."
    )


class TenantChoice(Sent):
    tenant: Text


class Acceptance(_SessionWanted):
    token: Text
    password: Text


class Refreshing(Sent):
    refresh_token: Text = Field(alias="refreshToken")


class SigningOut(Sent):
    refresh_token: Text | None = Field(default=None, alias="refreshToken")


def build_sign_in_router(sign_in: SignIn, password_changes: PasswordChanges) -> APIRouter:
    """The routes under `/sign-in`, to be included in an app: docs/sign-in.md describes them."""
    router = APIRouter(prefix="/sign-in", tags=["sign-in"], route_class=QuietRoute)
    throttle = Throttle(sign_in.engine)

    @router.post("")
    async def enter(request: Request, sent: Credentials) -> JSONResponse:
        wish = Wish(origin(request), sent.remember, sent.code)
        return _answer(
            await throttled(
                throttle,
                "password",
                sent.email,
                request,
                lambda: sign_in.sign_in(sent.email, sent.password, wish, sent.tenant),
            )
        )

    @router.post("/accept")
    async def accept(request: Request, sent: Acceptance) -> JSONResponse:
        wish = Wish(origin(request), sent.remember, sent.code)
        return _answer(
            await throttled(
                throttle, "invitation", "", request, lambda: sign_in.accept(sent.token, sent.password, wish)
            )
        )

    @router.post("/switch")
    async def switch(
        request: Request, choice: TenantChoice, authorization: Authorization = ""
    ) -> JSONResponse:
        try:
            return _answer(await sign_in.switch(bearer(authorization), choice.tenant, origin(request)))
        except (Refusal, InvalidTokenError) as refusal:
            return refused(refusal)

    @router.post("/refresh")
    async def refresh(sent: Refreshing) -> JSONResponse:
        try:
            return _answer(await sign_in.refresh(sent.refresh_token))
        except Refusal as refusal:
            return refused(refusal)

    @router.post("/out")
    async def out(sent: SigningOut | None = None, authorization: Authorization = "") -> Response:
        if sent is not None and sent.refresh_token is not None:
            await sign_in.sign_out(sent.refresh_token)
        elif authorization:
            try:
                await sign_in.sign_out(bearer(authorization))
            except InvalidTokenError as error:
                return refused(error)
        return Response(status_code=204, headers=NOT_STORED)

    @router.get("/jwks.json")
    async def jwks() -> JSONResponse:
        return JSONResponse(sign_in.issuer.jwks, headers={"cache-control": "public, max-age=300"})

    add_second_factor_routes(router, sign_in, throttle)
    add_password_routes(router, password_changes, throttle)
    return router


def _answer(given: SignedIn | JSONResponse) -> JSONResponse:
    return given if isinstance(given, JSONResponse) else _welcome(given)


def _welcome(signed_in: SignedIn) -> JSONResponse:
    tenants = [{"id": str(one.id), "slug": one.slug, "name": one.name} for one in signed_in.tenants]
    account = signed_in.account
    refresh = {} if signed_in.refresh_token is None else {"refreshToken": signed_in.refresh_token}
    return JSONResponse(
        {
            "token": signed_in.token.text,
            "expiresAt": signed_in.token.expires_at.isoformat(),
            "user": {"id": str(account.id), "email": account.email, "name": account.name},
            "tenant": next(one for one in tenants if one["id"] == str(signed_in.tenant.id)),
            "tenants": tenants,
            **refresh,
        },
        headers=NOT_STORED,
    )
