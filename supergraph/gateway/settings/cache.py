"""What is kept ready."""

from pydantic import PositiveInt

from supergraph.gateway.settings.section import Settings


class CacheSettings(Settings):
    """Operations kept ready per supergraph: how many, and how many characters of their texts together."""

    operations: PositiveInt = 2_000
    characters: PositiveInt = 16 * 1024 * 1024
