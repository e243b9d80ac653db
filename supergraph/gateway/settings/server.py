"""The server that `dovetail serve` runs."""

from pydantic import Field

from supergraph.gateway.settings.section import Settings


class ServerSettings(Settings):
    """Where `dovetail serve` listens, and how long it waits for clients."""

    host: str = Field(default="127.0.0.1", min_length=1, description="The address to listen on.")
    port: int = Field(default=4000, ge=0, le=65535, description="The port to listen on; 0 takes a free one.")
    request_seconds: float = Field(
        default=15.0,
        gt=0,
        description="How many seconds a client may take to send a request, headers and body; then it is answered by "
        "408 and cut off.",
    )
    keep_alive_seconds: int = Field(
        default=75,
        gt=0,
        description="How many seconds a connection may stay open between two requests.",
    )
    announce_seconds: float = Field(
        default=2.0,
        ge=0,
        description="How many seconds it goes on answering after SIGTERM, while `/ready` says 503, so that whoever sends "
        "it requests can notice.",
    )
    drain_seconds: int = Field(
        default=10,
        gt=0,
        description="How many seconds requests under way are given to end when the server is told to stop.",
    )
