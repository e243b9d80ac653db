"""The second factor over HTTP: set up by who is signed in and shows their password, and taken away likewise."""

from uuid import UUID

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from foundation_subgraph.sign_in.answers import (
    NOT_STORED,
    Authorization,
    Sent,
    Text,
    changing,
    done,
)
from foundation_subgraph.sign_in.second_factors import Enrolment
from foundation_subgraph.sign_in.service import SignIn
from foundation_subgraph.sign_in.throttle import Throttle


class PasswordShown(Sent):
    password: Text


class CodeShown(Sent):
    code: Text


def add_second_factor_routes(router: APIRouter, sign_in: SignIn, throttle: Throttle) -> None:
    """The routes `/second-factor`, `/second-factor/confirm` and `/second-factor/disable`."""

    @router.post("/second-factor")
    async def enrol(request: Request, sent: PasswordShown, authorization: Authorization = "") -> Response:
        async def attempt(token: str, _user: UUID) -> Enrolment:
            _, account = await sign_in.identify(token, sent.password)
            return await sign_in.second_factors.enrol(account.id, account.email)

        given = await changing(throttle, sign_in.issuer, authorization, request, attempt)
        if isinstance(given, JSONResponse):
            return given
        return JSONResponse({"secret": given.secret, "uri": given.uri}, headers=NOT_STORED)

    @router.post("/second-factor/confirm")
    async def confirm(request: Request, sent: CodeShown, authorization: Authorization = "") -> Response:
        async def attempt(token: str, user: UUID) -> list[str]:
            await sign_in.check_live(token)
            return await sign_in.second_factors.confirm(user, sent.code)

        given = await changing(throttle, sign_in.issuer, authorization, request, attempt)
        if isinstance(given, JSONResponse):
            return given
        return JSONResponse({"recoveryCodes": given}, headers=NOT_STORED)

    @router.post("/second-factor/disable")
    async def disable(request: Request, sent: PasswordShown, authorization: Authorization = "") -> Response:
        async def attempt(token: str, user: UUID) -> None:
            await sign_in.identify(token, sent.password)
            await sign_in.second_factors.disable(user)

        return done(await changing(throttle, sign_in.issuer, authorization, request, attempt))
