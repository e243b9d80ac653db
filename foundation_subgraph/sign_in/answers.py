"""What all routes of the sign-in have in common: who asks, how attempts are throttled, how errors are told."""

from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Annotated, Final, TypeVar
from uuid import UUID

from fastapi import Header, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from pydantic import BaseModel, ConfigDict, Field

from foundation_subgraph.kit import Refusal
from foundation_subgraph.sessions.service import Origin
from foundation_subgraph.sign_in.oidc.refusals import (
    ACCOUNT_EXISTS,
    EMAIL_NOT_VERIFIED,
    ID_TOKEN_INVALID,
    IDENTITY_MISSING,
    IDENTITY_TAKEN,
    PERSON_UNKNOWN,
    PROVIDER_REFUSED,
    PROVIDER_UNAVAILABLE,
    PROVIDER_UNKNOWN,
    STATE_INVALID,
    TICKET_INVALID,
)
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
    SignedIn,
)
from foundation_subgraph.sign_in.throttle import Counted, Throttle, counted
from foundation_subgraph.sign_in.tokens import InvalidTokenError, TokenIssuer

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
    STATE_INVALID: 400,
    ID_TOKEN_INVALID: 401,
    PROVIDER_REFUSED: 401,
    TICKET_INVALID: 401,
    PERSON_UNKNOWN: 403,
    EMAIL_NOT_VERIFIED: 403,
    PROVIDER_UNKNOWN: 404,
    IDENTITY_MISSING: 404,
    ACCOUNT_EXISTS: 409,
    IDENTITY_TAKEN: 409,
    PROVIDER_UNAVAILABLE: 503,
}
_GUESSES: Final = frozenset(
    {
        WRONG_CREDENTIALS,
        INVITATION_INVALID,
        RESET_INVALID,
        SECOND_FACTOR_WRONG,
        STATE_INVALID,
        ID_TOKEN_INVALID,
        TICKET_INVALID,
    }
)
_RETRY_SECONDS: Final = 5  # for a provider that is away

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


class SessionWanted(Sent):
    remember: bool = Field(
        default=False,
        description="Whether refresh tokens are to continue the session: for who can keep them safe.",
    )
    code: Text | None = Field(default=None, description="Of the second factor, for who has one.")


def welcome(given: SignedIn | JSONResponse) -> JSONResponse:
    """What somebody gets who is signed in; or why they are not, as it came."""
    if isinstance(given, JSONResponse):
        return given
    tenants = [{"id": str(one.id), "slug": one.slug, "name": one.name} for one in given.tenants]
    account = given.account
    refresh = {} if given.refresh_token is None else {"refreshToken": given.refresh_token}
    return JSONResponse(
        {
            "token": given.token.text,
            "expiresAt": given.token.expires_at.isoformat(),
            "user": {"id": str(account.id), "email": account.email, "name": account.name},
            "tenant": next(one for one in tenants if one["id"] == str(given.tenant.id)),
            "tenants": tenants,
            **refresh,
        },
        headers=NOT_STORED,
    )


def done(given: JSONResponse | None) -> Response:
    """204 for what gives nothing; or why it was not done, as it came."""
    return Response(status_code=204, headers=NOT_STORED) if given is None else given


async def changing(
    throttle: Throttle,
    issuer: TokenIssuer,
    authorization: str,
    request: Request,
    attempt: Callable[[str, UUID], Awaitable[_Given]],
) -> _Given | JSONResponse:
    """What somebody's change to their own account gives, by their token and id; it counts as a guess against the account."""
    try:
        token = bearer(authorization)
        user = issuer.read(token).user
    except InvalidTokenError as error:
        return refused(error)
    return await throttled(throttle, "change", str(user), request, lambda: attempt(token, user))


async def throttled(
    throttle: Throttle, kind: str, account: str, request: Request, attempt: Callable[[], Awaitable[_Given]]
) -> _Given | JSONResponse:
    """What the attempt gives; or why it was not made, or has failed."""
    return await counting(throttle, counted(kind, account, host(request)), attempt)


async def counting(
    throttle: Throttle, attempted: Sequence[Counted], attempt: Callable[[], Awaitable[_Given]]
) -> _Given | JSONResponse:
    """The same, of an attempt that counts against these."""
    if wait := await throttle.begin(attempted):
        return too_many(wait)
    try:
        given = await attempt()
    except (Refusal, InvalidTokenError) as refusal:
        if isinstance(refusal, InvalidTokenError) or not is_guess(refusal):
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
    answer = error_answer(_STATUS.get(refusal.code, 400), refusal.code, refusal.message)
    if refusal.code == PROVIDER_UNAVAILABLE:
        answer.headers["retry-after"] = str(_RETRY_SECONDS)
    return answer


def is_guess(refusal: Refusal) -> bool:
    """Whether somebody may have tried their luck: it counts."""
    return refusal.code in _GUESSES


def too_many(wait: int) -> JSONResponse:
    answer = error_answer(429, TOO_MANY_ATTEMPTS, f"Too many attempts: try again in {wait} s")
    answer.headers["retry-after"] = str(wait)
    return answer


def error_answer(status: int, code: str, message: str) -> JSONResponse:
    return JSONResponse({"error": {"code": code, "message": message}}, status, headers=NOT_STORED)
