"""Passwords over HTTP: changed by who knows the old one, reset by who has a one-time token."""

from fastapi import APIRouter, BackgroundTasks, Request, Response

from foundation_subgraph.sign_in.answers import (
    NOT_STORED,
    Authorization,
    Sent,
    Text,
    changing,
    done,
    host,
    throttled,
    too_many,
)
from foundation_subgraph.sign_in.password_changes import PasswordChanges
from foundation_subgraph.sign_in.throttle import Throttle, counted


class NewPassword(Sent):
    current: Text
    new: Text


class Forgotten(Sent):
    email: Text


class Resetting(Sent):
    token: Text
    password: Text


def add_password_routes(router: APIRouter, changes: PasswordChanges, throttle: Throttle) -> None:
    """The routes `/password`, `/forgot` and `/reset`."""

    @router.post("/password")
    async def change_password(
        request: Request, sent: NewPassword, authorization: Authorization = ""
    ) -> Response:
        return done(
            await changing(
                throttle,
                changes.sign_in.issuer,
                authorization,
                request,
                lambda token, _user: changes.change(token, sent.current, sent.new),
            )
        )

    @router.post("/forgot")
    async def forgot(request: Request, sent: Forgotten, later: BackgroundTasks) -> Response:
        # Each one counts, since each may send a mail. What comes of it is done when the answer is on its way: neither its
        # words nor its time tell whether there is such an account.
        if wait := await throttle.begin(counted("forgot", sent.email, host(request))):
            return too_many(wait)
        later.add_task(changes.ask, sent.email)
        return Response(status_code=202, headers=NOT_STORED, background=later)

    @router.post("/reset")
    async def reset(request: Request, sent: Resetting) -> Response:
        return done(
            await throttled(throttle, "reset", "", request, lambda: changes.reset(sent.token, sent.password))
        )
