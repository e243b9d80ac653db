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
    SessionWanted,
    Text,
    bearer,
    origin,
    refused,
    throttled,
    welcome,
)
from foundation_subgraph.sign_in.oidc import OidcSignIn
from foundation_subgraph.sign_in.oidc_endpoints import add_oidc_routes
from foundation_subgraph.sign_in.password_changes import PasswordChanges
from foundation_subgraph.sign_in.password_endpoints import add_password_routes
from foundation_subgraph.sign_in.second_factor_endpoints import add_second_factor_routes
from foundation_subgraph.sign_in.service import SignIn, Wish
from foundation_subgraph.sign_in.throttle import Throttle
from foundation_subgraph.sign_in.tokens import InvalidTokenError


class Credentials(SessionWanted):
    email: Text
    password: Text
    tenant: Text | None = Field(
        default=None, description="Id or short name; the first by name when left out."
    )


class TenantChoice(Sent):
    tenant: Text


class Acceptance(SessionWanted):
    token: Text
    password: Text


class Refreshing(Sent):
    refresh_token: Text = Field(alias="refreshToken")


class SigningOut(Sent):
    refresh_token: Text | None = Field(default=None, alias="refreshToken")


def build_sign_in_router(
    sign_in: SignIn, password_changes: PasswordChanges, oidc: OidcSignIn | None = None
) -> APIRouter:
    """The routes under `/sign-in`, to be included in an app: docs/sign-in.md describes them.

    Without `oidc` there are no providers, and no routes for any.
    """
    router = APIRouter(prefix="/sign-in", tags=["sign-in"], route_class=QuietRoute)
    throttle = Throttle(sign_in.engine)

    @router.post("")
    async def enter(request: Request, sent: Credentials) -> JSONResponse:
        wish = Wish(origin(request), sent.remember, sent.code)
        return welcome(
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
        return welcome(
            await throttled(
                throttle, "invitation", "", request, lambda: sign_in.accept(sent.token, sent.password, wish)
            )
        )

    @router.post("/switch")
    async def switch(
        request: Request, choice: TenantChoice, authorization: Authorization = ""
    ) -> JSONResponse:
        try:
            return welcome(await sign_in.switch(bearer(authorization), choice.tenant, origin(request)))
        except (Refusal, InvalidTokenError) as refusal:
            return refused(refusal)

    @router.post("/refresh")
    async def refresh(sent: Refreshing) -> JSONResponse:
        try:
            return welcome(await sign_in.refresh(sent.refresh_token))
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
    if oidc is not None:
        add_oidc_routes(router, oidc, throttle)
    return router
