"""What is logged, and in which form."""

from typing import Literal

from pydantic import Field

from supergraph.gateway.settings.section import Settings

LogLevel = Literal["debug", "info", "warning", "error"]


class AccessLogSettings(Settings):
    """A line for each operation that was answered. Errors count as: refused, partial, or a fault of ours."""

    successes: float = Field(
        default=0.0,
        ge=0,
        le=1,
        description="The share of answers without errors that are logged, from 0 to 1.",
    )
    errors: float = Field(
        default=0.0, ge=0, le=1, description="The share of answers with errors that are logged, from 0 to 1."
    )
    slow_seconds: float | None = Field(
        default=None,
        gt=0,
        description="Answers that took longer than so many seconds are logged, whatever the shares.",
    )

    @property
    def is_on(self) -> bool:
        return self.successes > 0 or self.errors > 0 or self.slow_seconds is not None


class LogSettings(Settings):
    """The log goes to stderr. Secrets are taken out of it, whatever is set here."""

    level: LogLevel = Field(default="info", description="The least severe lines that are written.")
    form: Literal["auto", "json", "console"] = Field(
        default="auto",
        description="`json`: an object a line; `console`: for people; `auto`: `console` in `dovetail dev` on a terminal.",
    )
    access: AccessLogSettings = Field(
        default=AccessLogSettings(), description="A line for each operation that was answered."
    )
