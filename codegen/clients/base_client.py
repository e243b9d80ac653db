"""What every generated client stands on; copied beside the generated code.

An operation gives an `Answer`: the data that came, and beside it the errors that came, as values. What keeps an
answer from coming at all is an exception, a `ClientError`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, Self, TypeVar, cast

import httpx
from pydantic import BaseModel as PydanticModel
from pydantic import ValidationError
from pydantic_core import to_jsonable_python

from .base_model import UnsetType

Model = TypeVar("Model", bound=PydanticModel)
Model_co = TypeVar("Model_co", bound=PydanticModel, covariant=True)

TokenProvider = Callable[[], Awaitable[str | None]]
"""Gives the bearer token for the next request; None sends none. Called before every request."""

PathSegment = str | int

_ACCEPT = "application/graphql-response+json, application/json;q=0.9"


class ClientError(Exception):
    """No answer, or none that can be used."""


class TransportError(ClientError):
    """The request did not get through: no connection, or it broke."""


class AnswerTimeoutError(TransportError):
    """No answer in time. A mutation may have been carried out all the same."""


class UnexpectedStatusError(ClientError):
    """An HTTP status without a GraphQL answer, such as that of a proxy in between."""

    def __init__(self, status: int, body: str) -> None:
        super().__init__(f"HTTP status {status} without a GraphQL answer")
        self.status = status
        self.body = body


class UnreadableAnswerError(ClientError):
    """What came is no GraphQL answer, or does not fit the schema that this client was generated from."""


@dataclass(frozen=True, slots=True)
class Location:
    """A place in the document that was sent; both count from 1."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class GraphQLError:
    """One error of an answer. `path` names the field by its response keys; it is empty for the whole request.

    `code` and `coordinate` come from the extensions: what kind of error, and of which element of the schema.
    """

    message: str
    path: tuple[PathSegment, ...] = ()
    code: str | None = None
    coordinate: str | None = None
    locations: tuple[Location, ...] = ()
    extensions: Mapping[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        at = ".".join(str(segment) for segment in self.path)
        return " ".join(filter(None, (self.code, at and f"at {at}:", self.message)))


class IncompleteAnswerError(ClientError):
    """An answer with errors where a whole one was asked for. `answer` still has the data that came."""

    def __init__(self, answer: Answer[PydanticModel]) -> None:
        super().__init__("; ".join(str(error) for error in answer.errors) or "the answer has no data")
        self.answer = answer


@dataclass(frozen=True, slots=True)
class Answer(Generic[Model_co]):
    """What came back. With errors, `data` holds everything but the fields that failed; None when nothing is left."""

    data: Model_co | None
    errors: tuple[GraphQLError, ...] = ()
    extensions: Mapping[str, object] = field(default_factory=dict)

    @property
    def is_complete(self) -> bool:
        return self.data is not None and not self.errors

    def complete(self) -> Model_co:
        """The data, when nothing is missing. Raises IncompleteAnswerError."""
        if self.data is None or self.errors:
            raise IncompleteAnswerError(self)
        return self.data

    def errors_at(self, *path: PathSegment) -> tuple[GraphQLError, ...]:
        """The errors of a field and of what lies below it, by response keys and list indexes."""
        return tuple(error for error in self.errors if error.path[: len(path)] == path)


class BaseClient:
    """Speaks GraphQL over HTTP. Use it as `async with Client(url, token=...) as client`.

    `token` is a bearer token or an async function that gives one. `timeout` is in seconds, from the
    request's first byte to the answer's last. A client that is given stays open; one of our own is closed at the end. Redirects
    are not followed: the token goes to `url` and nowhere else.
    """

    def __init__(
        self,
        url: str,
        *,
        token: str | TokenProvider | None = None,
        timeout: float = 30.0,
        headers: Mapping[str, str] | None = None,
        http_client: httpx.AsyncClient | None = None,
    ) -> None:
        self.url = url
        self._token = token
        self._timeout = timeout
        self._headers = dict(headers or {})
        self._owns_http = http_client is None
        self._http = http_client or httpx.AsyncClient()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        if self._owns_http:
            await self._http.aclose()

    async def ask(
        self, document: str, operation_name: str, variables: Mapping[str, object], shape: type[Model]
    ) -> Answer[Model]:
        """Send one operation and read its data as `shape`. Raises ClientError."""
        sent: dict[str, object] = {"query": document, "operationName": operation_name}
        if given := {
            name: _to_json(value) for name, value in variables.items() if not isinstance(value, UnsetType)
        }:
            sent["variables"] = given
        headers = {"accept": _ACCEPT, **self._headers}
        if token := await self._bearer():
            headers["authorization"] = f"Bearer {token}"
        try:
            async with asyncio.timeout(self._timeout):
                response = await self._http.post(
                    self.url, json=sent, headers=headers, timeout=None, follow_redirects=False
                )
        except TimeoutError as error:
            raise AnswerTimeoutError(f"no answer from {self.url} within {self._timeout:g} s") from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise TransportError(f"cannot reach {self.url}: {str(error) or type(error).__name__}") from error
        return _read_answer(response, shape)

    async def _bearer(self) -> str | None:
        return await self._token() if callable(self._token) else self._token


def _to_json(value: object) -> object:
    """A variable as JSON: inputs by their names in the schema, without the fields that were not set."""
    match value:
        case PydanticModel():
            return value.model_dump(mode="json", by_alias=True, exclude_unset=True)
        case list() | tuple():
            return [_to_json(each) for each in cast("Sequence[object]", value)]
        case _:
            return cast("object", to_jsonable_python(value))


def _read_answer(response: httpx.Response, shape: type[Model]) -> Answer[Model]:
    try:
        body: object = response.json()
    except ValueError:
        body = None
    if not isinstance(body, dict) or not ("data" in body or "errors" in body):
        if response.is_success:
            raise UnreadableAnswerError("the answer is not a GraphQL answer in JSON")
        raise UnexpectedStatusError(response.status_code, response.text)
    answer = cast("dict[str, object]", body)
    errors = tuple(_read_error(each) for each in _list(answer.get("errors")))
    raw = answer.get("data")
    if raw is None and not errors:
        raise UnreadableAnswerError("the answer has neither data nor errors")
    try:
        data = None if raw is None else shape.model_validate(raw)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        at = ".".join(str(segment) for segment in first["loc"])
        raise UnreadableAnswerError(
            f"the answer does not fit the schema of this client at {at}: {first['msg']}"
        ) from error
    return Answer(data, errors, _mapping(answer.get("extensions")))


def _read_error(raw: object) -> GraphQLError:
    error = _mapping(raw)
    extensions = _mapping(error.get("extensions"))
    code, coordinate = extensions.get("code"), extensions.get("coordinate")
    return GraphQLError(
        message=str(error.get("message", "")),
        path=tuple(segment for segment in _list(error.get("path")) if isinstance(segment, str | int)),
        code=code if isinstance(code, str) else None,
        coordinate=coordinate if isinstance(coordinate, str) else None,
        locations=tuple(
            Location(line, column)
            for place in map(_mapping, _list(error.get("locations")))
            if isinstance(line := place.get("line"), int) and isinstance(column := place.get("column"), int)
        ),
        extensions=extensions,
    )


def _mapping(raw: object) -> Mapping[str, object]:
    return cast("Mapping[str, object]", raw) if isinstance(raw, dict) else {}


def _list(raw: object) -> Sequence[object]:
    return cast("Sequence[object]", raw) if isinstance(raw, list) else ()
