"""The trace's id for the client, who may quote it when something is wrong."""

from supergraph.gateway.hooks import HeaderLines, HttpRequest, current_record


class TraceIdHeader:
    """A header of every answer."""

    __slots__ = ("_name",)

    def __init__(self, name: str) -> None:
        self._name = name.lower().encode("ascii")

    def headers(self, request: HttpRequest) -> HeaderLines:  # noqa: ARG002 - the point's own form
        return ((self._name, current_record().trace.trace_id.encode("ascii")),)
