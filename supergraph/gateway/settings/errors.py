"""What clients see of what went wrong."""

from supergraph.gateway.settings.section import Settings


class ErrorSettings(Settings):
    """What of a subgraph's errors clients see. What the transport found out is for the log alone, always."""

    messages: bool = True
    extensions: frozenset[str] = frozenset()
    subgraph_names: bool = False
