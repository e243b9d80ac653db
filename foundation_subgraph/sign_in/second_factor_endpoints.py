"""The second factor over HTTP: set up by who is signed in and shows their password, and taken away likewise."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from foundation_subgraph.sign_in.answers import (
    NOT_STORED,
    Authorization,
    Sent,
    Text,
    bearer,
    refused,
    throttled,
)
from foundation_subgraph.sign_in.second_factors import Enrolment
from foundation_subgraph.sign_in.service import SignIn
from foundation_subgraph.sign_in.throttle import Throttle
from foundation_subgraph.sign_in.tokens import InvalidTokenError


class PasswordShown(Sent):
    password: Text


class CodeShown(Sent):
    code: Text


def add_second_factor_routes(router: APIRouter, sign_in: SignIn, throttle: Throttle) -> None:
    """The routes `/second-factor`, `/second-factor/confirm` and `/second-factor/disable`."""

    @router.post("/second-factor")
    async def enrol(request: Request, sent: PasswordShown, authorization: Authorization = "") -> Response:
        try:
            token = bearer(authorization)
            user = sign_in.issuer.read(token).user
        except InvalidTokenError as error:
            return refused(error)

        async def attempt() -> Enrolment:
            _, account = await sign_in.identify(token, sent.password)
            return await sign_in.second_factors.enrol(account.id, account.email)

        given = await throttled(throttle, "change", str(user), request, attempt)
        if isinstance(given, JSONResponse):
            return given
        return JSONResponse({"secret": given.secret, "uri": given.uri}, headers=NOT_STORED)

    @router.post("/second-factor/confirm")
    async def confirm(request: Request, sent: CodeShown, authorization: Authorization = "") -> Response:
        try:
            token = bearer(authorization)
            user = sign_in.issuer.read(token).user
        except InvalidTokenError as error:
            return refused(error)

        async def attempt() -> list[str]:
            await sign_in.check_live(token)
            return await sign_in.second_factors.confirm(user, sent.code)

        given = await throttled(throttle, "change", str(user), request, attempt)
        if isinstance(given, JSONResponse):
            return given
        return JSONResponse({"recoveryCodes": given}, headers=NOT_STORED)

    @router.post("/second-factor/disable")
    async def disable(request: Request, sent: PasswordShown, authorization: Authorization = "") -> Response:
        try:
            token = bearer(authorization)
            user = sign_in.issuer.read(token).user
        except InvalidTokenError as error:
            return refused(error)

        async def attempt() -> None:
            await sign_in.identify(token, sent.password)
            await sign_in.second_factors.disable(user)

        given = await throttled(throttle, "change", str(user), request, attempt)
        return Response(status_code=204, headers=NOT_STORED) if given is None else given
