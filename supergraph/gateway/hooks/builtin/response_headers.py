"""Headers that every answer has."""

from collections.abc import Mapping

from supergraph.gateway.hooks.vocabulary import HeaderLines, HttpRequest


class FixedHeaders:
    """The same headers beside every answer."""

    __slots__ = ("_lines",)

    def __init__(self, headers: Mapping[str, str]) -> None:
        self._lines: HeaderLines = tuple((name.encode(), value.encode()) for name, value in headers.items())

    def headers(self, request: HttpRequest) -> HeaderLines:  # noqa: ARG002 - the point's signature
        """What was given, always."""
        return self._lines
