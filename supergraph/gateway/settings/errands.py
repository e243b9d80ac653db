"""What subgraphs may ask the gateway on behalf of their callers."""

from collections.abc import Mapping

from pydantic import Field, PositiveInt

from supergraph.gateway.settings.section import Settings, SettingsPath


class ErrandSettings(Settings):
    """Subgraphs that ask the gateway in turn, with the rights of who asked them and for operations that are named here."""

    operations: Mapping[str, SettingsPath] = Field(
        default={},
        description="By a subgraph's name, the folder of the `.graphql` files with the operations that it may ask. "
        "It needs `principal.key`, and `identity`.",
    )
    longest: PositiveInt = Field(
        default=3,
        le=10,
        description="How many subgraphs may ask each other in turn for one operation of a client.",
    )
