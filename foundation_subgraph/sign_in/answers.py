"""What all routes of the sign-in have in common: who asks, how attempts are throttled, how errors are told."""

from collections.abc import Awaitable, Callable, Coroutine
from typing import Annotated, Final, TypeVar

from fastapi import Header, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from pydantic import BaseModel, ConfigDict, Field

from foundation_subgraph.kit import Refusal
from foundation_subgraph.sessions.service import Origin
from foundation_subgraph.sign_in.password_changes import RESET_INVALID
from foundation_subgraph.sign_in.second_factors import (
    SECOND_FACTOR_EXISTS,
    SECOND_FACTOR_MISSING,
    SECOND_FACTOR_REQUIRED,
    SECOND_FACTOR_WRONG,
    TOO_MANY_ATTEMPTS,
)
from foundation_subgraph.sign_in.service import (
    INVITATION_INVALID,
    NOT_A_MEMBER,
    REFRESH_TOKEN_INVALID,
    WRONG_CREDENTIALS,
)
from foundation_subgraph.sign_in.throttle import Throttle, counted
from foundation_subgraph.sign_in.tokens import InvalidTokenError

NOT_STORED: Final = {"cache-control": "no-store"}

_STATUS: Final = {
    WRONG_CREDENTIALS: 401,
    REFRESH_TOKEN_INVALID: 401,
    NOT_A_MEMBER: 403,
    INVITATION_INVALID: 404,
    RESET_INVALID: 404,
    SECOND_FACTOR_REQUIRED: 401,
    SECOND_FACTOR_WRONG: 401,
    SECOND_FACTOR_EXISTS: 409,
    SECOND_FACTOR_MISSING: 404,
    TOO_MANY_ATTEMPTS: 429,
}
_GUESSES: Final = frozenset({WRONG_CREDENTIALS, INVITATION_INVALID, RESET_INVALID, SECOND_FACTOR_WRONG})

_Given = TypeVar("_Given")

Text = Annotated[str, Field(min_length=1, max_length=1000, pattern=r"^[^\x00]+$")]
Authorization = Annotated[str, Header()]


class QuietRoute(APIRoute):
    """Says what is wrong with a request without repeating it: it may hold a password."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[object, object, Response]]:
        handle = super().get_route_handler()

        async def handle_quietly(request: Request) -> Response:
            try:
                return await handle(request)
            except RequestValidationError as error:
                places = {".".join(str(part) for part in one["loc"]): one["msg"] for one in error.errors()}
                told = "; ".join(f"{place}: {message}" for place, message in places.items())
                return error_answer(400, "BAD_USER_INPUT", told)

        return handle_quietly


class Sent(BaseModel):
    model_config = ConfigDict(extra="forbid")


async def throttled(
    throttle: Throttle, kind: str, account: str, request: Request, attempt: Callable[[], Awaitable[_Given]]
) -> _Given | JSONResponse:
    """What the attempt gives; or why it was not made, or has failed."""
    attempted = counted(kind, account, host(request))
    if wait := await throttle.begin(attempted):
        return too_many(wait)
    try:
        given = await attempt()
    except (Refusal, InvalidTokenError) as refusal:
        if getattr(refusal, "code", None) not in _GUESSES:
            await throttle.forgive(attempted)
        return refused(refusal)
    await throttle.succeed(attempted)
    return given


def host(request: Request) -> str:
    return request.client.host if request.client else ""


def origin(request: Request) -> Origin:
    return Origin(host(request), request.headers.get("user-agent", ""))


def bearer(authorization: str) -> str:
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer":
        raise InvalidTokenError("Send the token that signing in gave you")
    return token.strip()


def refused(refusal: Refusal | InvalidTokenError) -> JSONResponse:
    if isinstance(refusal, InvalidTokenError):
        return error_answer(401, "UNAUTHENTICATED", str(refusal))
    return error_answer(_STATUS.get(refusal.code, 400), refusal.code, refusal.message)


def too_many(wait: int) -> JSONResponse:
    answer = error_answer(429, TOO_MANY_ATTEMPTS, f"Too many attempts: try again in {wait} s")
    answer.headers["retry-after"] = str(wait)
    return answer


def error_answer(status: int, code: str, message: str) -> JSONResponse:
    return JSONResponse({"error": {"code": code, "message": message}}, status, headers=NOT_STORED)
