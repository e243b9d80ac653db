"""What clients see of what went wrong."""

from pydantic import Field

from supergraph.gateway.settings.section import Settings


class ErrorSettings(Settings):
    """What of a subgraph's errors clients see. What the transport found out is for the log alone, always."""

    messages: bool = Field(
        default=True,
        description="Whether a subgraph's messages are passed on; otherwise clients read that it failed.",
    )
    extensions: frozenset[str] = Field(
        default=frozenset(), description="Which keys of a subgraph's `extensions` are passed on."
    )
    subgraph_names: bool = Field(
        default=False, description="Whether an error says which subgraph it comes from."
    )
