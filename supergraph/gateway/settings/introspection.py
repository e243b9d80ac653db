"""How much of the schema is told."""

from enum import StrEnum

from pydantic import Field

from supergraph.gateway.settings.section import Settings


class Profile(StrEnum):
    """Whom the gateway is for, which decides what is not set."""

    PUBLIC = "public"
    CONSOLE = "console"


class Introspectors(StrEnum):
    """Who may ask `__schema` and `__type`."""

    NOBODY = "nobody"
    SIGNED_IN = "signed-in"
    EVERYBODY = "everybody"


class IntrospectionSettings(Settings):
    """How much of the schema is told to whom. What is not set here follows the profile."""

    callers: Introspectors | None = Field(
        default=None,
        description="Who may introspect: `nobody`, `signed-in` or `everybody`. Not set, it is those who are signed in "
        "with the profile `public`, and everybody with `console`.",
    )
    suggestions: bool | None = Field(
        default=None,
        description="Whether errors say what may have been meant (`Did you mean ...?`). Not set, they do with the "
        "profile `console` alone.",
    )
