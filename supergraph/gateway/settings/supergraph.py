"""Where the supergraph document comes from, and what happens when another takes its place."""

from typing import Self

from pydantic import Field, NonNegativeInt, PositiveFloat, PositiveInt, model_validator

from supergraph.gateway.settings.section import Secret, Settings, SettingsPath


class SupergraphSettings(Settings):
    """Which documents are served, how often a new one is looked for, and what is made ready before it is served."""

    file: SettingsPath | None = Field(
        default=None, description="The supergraph document, as composition writes it."
    )
    address: str | None = Field(
        default=None,
        pattern=r"^https?://",
        description="Where the document is had over HTTP instead, a registry's address for one.",
    )
    token: Secret | None = Field(
        default=None,
        description="The bearer token that the address asks for; it is read again for each request.",
    )
    watch: bool = Field(
        default=True,
        description="Take up new documents while the gateway runs; otherwise the first one stays.",
    )
    file_seconds: PositiveFloat = Field(default=1.0, description="How often a file is looked at, in seconds.")
    address_seconds: PositiveFloat = Field(
        default=2.0, description="How often an address is asked, in seconds, with `If-None-Match`."
    )
    longest_seconds: PositiveFloat = Field(
        default=60.0,
        description="How rarely an address is asked at the least, however often it failed, in seconds.",
    )
    timeout_seconds: PositiveFloat = Field(
        default=10.0, description="How long a whole answer of an address may take, in seconds."
    )
    document_bytes: PositiveInt = Field(
        default=64 * 1024 * 1024, description="How large a document may be, in bytes."
    )
    public_key: SettingsPath | None = Field(
        default=None,
        description="A file of Ed25519 public keys in PEM form. With it, a document is taken only if one of them signed it.",
    )
    last_good: SettingsPath | None = Field(
        default=None,
        description="A file that keeps the last good document, to start with when its source is away. An address has "
        "`.dovetail/last-good` by default, a file none.",
    )
    warm_operations: NonNegativeInt = Field(
        default=200,
        description="How many operations, those asked most, are made ready on a new document before it is served.",
    )
    warm_seconds: PositiveFloat = Field(
        default=5.0,
        description="How long that may take, in seconds; the document is then served all the same.",
    )

    @model_validator(mode="after")
    def _comes_from_one_place(self) -> Self:
        if self.file is not None and self.address is not None:
            raise ValueError("the document comes from one place: `file` or `address`")
        return self
