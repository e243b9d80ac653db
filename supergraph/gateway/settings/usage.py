"""Usage records: who asked for what of the schema, how often."""

from collections.abc import Mapping

from pydantic import Field, PositiveFloat, PositiveInt

from supergraph.gateway.settings.section import Secret, Settings, SettingsPath


class UsageSettings(Settings):
    """Counts by operation and client, given out now and then. Off until a file, an address or a sink is given."""

    file: SettingsPath | None = Field(
        default=None, description="A file that reports are appended to, a JSON object a line."
    )
    address: str | None = Field(
        default=None,
        pattern=r"^https?://[^\s]+$",
        description="An address that reports are posted to, as JSON.",
    )
    headers: Mapping[str, str | Secret] = Field(
        default={}, description="Headers that the address wants; a secret one as `env: NAME` or `file: PATH`."
    )
    every_seconds: PositiveFloat = Field(
        default=60.0, description="How often a report is given out, in seconds."
    )
    operations: PositiveInt = Field(
        default=5_000,
        description="How many operations one report tells apart; requests beyond are only counted.",
    )
    counts: PositiveInt = Field(
        default=20_000, description="How many pairs of operation and client one report tells apart."
    )

    @property
    def is_on(self) -> bool:
        return self.file is not None or self.address is not None
