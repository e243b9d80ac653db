"""Whose tokens and API keys are taken, and what they say."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Literal

from pydantic import Field, NonNegativeFloat, PositiveFloat, PositiveInt, field_validator, model_validator

from supergraph.gateway.settings.section import Secret, Settings, SettingsPath
from supergraph.spec import StoredApiKey


class ClaimSettings(Settings):
    """Where a token's claims stand: `tenant`, `realm_access.roles`, or `https://acme.example/tenant`, which is one name."""

    subject: str = Field(default="sub", description="The claim that names who it is.")
    tenant: str = Field(default="tenant", description="The claim that names the tenant.")
    scopes: tuple[str, ...] = Field(
        default=("scope",),
        description="The claims that hold scopes, as a string with spaces or a list; all are taken together.",
    )
    granted: Mapping[str, Mapping[str, frozenset[str]]] = Field(
        default={},
        description="Scopes by a claim's values, such as `groups: {admins: [loyalty:award]}`.",
    )


class IssuerSettings(Settings):
    """An issuer whose tokens are taken: a company's own OpenID provider needs only its URL and the audiences."""

    issuer: str = Field(min_length=1, description="The claim `iss` of its tokens, to the letter.")
    audiences: frozenset[str] = Field(
        min_length=1,
        description="Whom its tokens are for: one of these must be in the claim `aud`. There is no way to do without.",
    )
    audience_claim: str = Field(
        default="aud", description="The claim that says whom a token is for, where it is not `aud`."
    )
    jwks_url: str | None = Field(
        default=None,
        pattern=r"^https?://[^/?#@\s]+([/?#]\S*)?$",
        description="Where its keys are. Without it and without a file they are found by OpenID discovery.",
    )
    jwks_file: SettingsPath | None = Field(default=None, description="A file with its keys, as JWKS.")
    algorithms: frozenset[str] = Field(
        default=frozenset(),
        description="What it may sign with, of EdDSA, ES256 … ES512, PS256 … PS512, RS256 … RS512. Empty for any of them.",
    )
    types: frozenset[str] = Field(
        default=frozenset(),
        description="What a token's header `typ` may be, such as `at+jwt`. Empty for any.",
    )
    leeway_seconds: NonNegativeFloat = Field(
        default=30.0, le=300, description="How far clocks may differ, in seconds."
    )
    claims: ClaimSettings = ClaimSettings()
    tenant: str | None = Field(
        default=None, min_length=1, description="The tenant of all its subjects, whatever a token says."
    )
    tenants: frozenset[str] | Literal["*"] | None = Field(
        default=None,
        description="The only tenants that it may speak for; `*` for any. Needed where there are several issuers.",
    )
    grantable_scopes: frozenset[str] | None = Field(
        default=None, description="The only scopes that are taken from it. Unset for any."
    )
    subject_prefix: str | None = Field(
        default=None,
        pattern=r"^[A-Za-z0-9_.-]{1,64}$",
        description="Put before its subjects, with a `|`. All issuers but one need one, each its own.",
    )

    @model_validator(mode="after")
    def _says_things_once(self) -> "IssuerSettings":
        if self.jwks_url is not None and self.jwks_file is not None:
            raise ValueError("give `jwks_url` or `jwks_file`, not both")
        if self.tenant is not None and self.tenants is not None:
            raise ValueError("give `tenant` or `tenants`, not both")
        if self.jwks_url is None and self.jwks_file is None and "://" not in self.issuer:
            raise ValueError("an issuer that is no URL needs `jwks_url` or `jwks_file`")
        return self


class ApiKeySettings(Settings):
    """An API key, as `dovetail key new` prints it: never the key itself."""

    id: str = Field(pattern=r"^[a-z0-9]{8,32}$", description="The public id, which names the key in logs.")
    digest: str = Field(pattern=r"^sha256:[0-9a-f]{64}$", description="The hash of its secret.")
    subject: str = Field(min_length=1, description="Whom it speaks for, such as a service account's id.")
    tenant: str | None = Field(default=None, min_length=1, description="The tenant it works in.")
    scopes: frozenset[str] = Field(default=frozenset(), description="What it may do.")
    expires: datetime | None = Field(default=None, description="When it ends; without a zone, in UTC.")
    name: str = Field(default="", description="What it is for, for those who read logs and usage.")

    @field_validator("expires")
    @classmethod
    def _in_utc(cls, given: datetime | None) -> datetime | None:
        return given.replace(tzinfo=UTC) if given is not None and given.tzinfo is None else given

    def stored(self) -> StoredApiKey:
        return StoredApiKey(
            id=self.id,
            digest=self.digest,
            subject=self.subject,
            tenant=self.tenant,
            scopes=self.scopes,
            expires=None if self.expires is None else self.expires.timestamp(),
            name=self.name,
        )


class ApiKeyList(Settings):
    """What a file of API keys holds."""

    keys: tuple[ApiKeySettings, ...] = Field(default=(), description="The keys.")


class ApiKeysSettings(ApiKeyList):
    """The API keys of machines, sent as `x-api-key: dk_…` or as `authorization: Bearer dk_…`."""

    file: SettingsPath | None = Field(
        default=None,
        description="A file with more `keys`, read again when it changes: see `dovetail key new`.",
    )
    cache_seconds: PositiveFloat = Field(
        default=5.0,
        le=60,
        description="How long a key is remembered, so how long a revoked one holds at most.",
    )


class SharedRevocationSettings(Settings):
    """What was taken back before its time, told to each other by several gateways."""

    redis: Secret | None = Field(
        default=None,
        description="The address of a Redis, such as `redis://cache:6379/0`, through which several gateways tell each "
        "other what was taken back. It needs the extra `dovetail[redis]`.",
    )
    redis_timeout_seconds: PositiveFloat = Field(
        default=2.0, description="Seconds that Redis is waited for, at the start and for each connection."
    )
    keep_seconds: PositiveFloat = Field(
        default=24 * 60 * 60,
        description="Seconds that revocations are kept: no token may live longer than that.",
    )
    entries: PositiveInt = Field(
        default=100_000,
        description="How many are kept, in Redis and in each gateway; where there are more, all tokens from before the "
        "oldest that is kept are refused.",
    )


class IdentitySettings(Settings):
    """Whose tokens and API keys are taken. The tenant comes from them alone, never from a header."""

    require: bool = Field(
        default=False, description="Whether requests without a token or key are refused, whatever they ask."
    )
    issuers: tuple[IssuerSettings, ...] = Field(default=(), description="Whose tokens are taken.")
    api_keys: ApiKeysSettings = ApiKeysSettings()
    revocations: SharedRevocationSettings = SharedRevocationSettings()
    review_seconds: PositiveFloat = Field(
        default=2.0, le=60, description="How often callers with open subscriptions are looked at again."
    )
