"""What is kept ready."""

from pydantic import Field, PositiveInt

from supergraph.gateway.settings.section import Settings


class CacheSettings(Settings):
    """Operations kept ready, parsed, validated and planned, for each supergraph."""

    operations: PositiveInt = Field(default=2_000, description="How many operations are kept.")
    characters: PositiveInt = Field(
        default=16 * 1024 * 1024, description="How many characters their texts may have together."
    )
