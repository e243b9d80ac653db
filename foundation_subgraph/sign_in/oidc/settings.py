"""Which OpenID providers people may sign in with, as `sign-in.yaml` has it. Secrets stand elsewhere, and are named there."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final, Literal
from urllib.parse import urlsplit

from pydantic import Field, field_validator

from foundation_subgraph.settings_file import WebAddress, check_secret, read_settings_file
from supergraph.spec import Secret, SettingsSection

Algorithm = Literal["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"]
"""What an ID token may be signed with. Shared secrets (HS…) and `none` cannot be configured."""

_ALL_ALGORITHMS: Final[tuple[Algorithm, ...]] = (
    "RS256",
    "RS384",
    "RS512",
    "PS256",
    "PS384",
    "PS512",
    "ES256",
    "ES384",
    "ES512",
)


class UnknownPeople(StrEnum):
    """What becomes of somebody whom the provider knows and we do not."""

    REFUSE = "refuse"
    INVITED = "invited"


class SecondFactor(StrEnum):
    """Who asks for a second factor: we, of those who have set one up here, or the provider alone."""

    HERE = "here"
    PROVIDER = "provider"


class OidcProvider(SettingsSection):
    """One provider, and how far it is trusted."""

    name: str = Field(
        pattern=r"^[a-z0-9][a-z0-9-]{0,39}$",
        description="How addresses and the audit log call it. The redirect address registered there ends in "
        "`/sign-in/oidc/NAME/callback`.",
    )
    title: str = Field(min_length=1, max_length=100, description="How people are told of it.")
    issuer: WebAddress = Field(description="Its issuer, to the letter: discovery begins there.")
    client_id: str = Field(min_length=1, description="What it calls us.")
    client_secret: Secret | None = Field(
        default=None, description="Where the client's secret is. Without one, PKCE alone protects the code."
    )
    scopes: tuple[str, ...] = Field(
        default=("openid", "email", "profile"), description="What is asked for; `openid` is among it."
    )
    tenants: tuple[str, ...] | Literal["*"] = Field(
        description='Short names of the tenants that it signs in to; "*" for all. Sessions begun by it reach no other.'
    )
    unknown_people: UnknownPeople = Field(
        default=UnknownPeople.REFUSE,
        description="`refuse`, or `invited`: an open invitation to their verified e-mail makes them members.",
    )
    link_by_email: bool = Field(
        default=False,
        description="Whether a verified e-mail that has an account is taken for its person at the first sign-in.",
    )
    second_factor: SecondFactor = Field(
        default=SecondFactor.HERE,
        description="`here`: who has a second factor here shows it as well. `provider`: that is left to the provider.",
    )
    algorithms: Annotated[tuple[Algorithm, ...], Field(min_length=1)] = Field(
        default=_ALL_ALGORITHMS, description="What its ID tokens may be signed with."
    )

    @field_validator("scopes")
    @classmethod
    def _asks_for_openid(cls, scopes: tuple[str, ...]) -> tuple[str, ...]:
        if "openid" not in scopes:
            raise ValueError("without the scope `openid` no ID token is given")
        return scopes

    def reaches(self, slug: str) -> bool:
        """Whether it signs in to the tenant of this short name."""
        return self.tenants == "*" or slug in self.tenants


class OidcSettings(SettingsSection):
    """All of `sign-in.yaml`."""

    public_url: WebAddress = Field(
        description="Where browsers find the house, such as `https://house.example`. Never taken from a request."
    )
    return_addresses: tuple[WebAddress, ...] = Field(
        default=(),
        description="Addresses elsewhere that a sign-in may end at, to the letter. Paths below `public_url`'s host always may.",
    )
    providers: tuple[OidcProvider, ...] = ()

    @field_validator("public_url")
    @classmethod
    def _ends_without_a_slash(cls, url: str) -> str:
        return url.rstrip("/")

    @field_validator("providers")
    @classmethod
    def _have_names_of_their_own(cls, providers: tuple[OidcProvider, ...]) -> tuple[OidcProvider, ...]:
        names = [one.name for one in providers]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"two providers are called {twice[0]}")
        return providers

    @property
    def is_secure(self) -> bool:
        return urlsplit(self.public_url).scheme == "https"

    def departure(self, provider: OidcProvider) -> str:
        """Where a browser leaves for a provider."""
        return f"{self.public_url}/sign-in/oidc/{provider.name}"

    def callback(self, provider: OidcProvider) -> str:
        """Where a provider sends people back to: registered there, and each provider's own."""
        return f"{self.departure(provider)}/callback"


def read_oidc_settings(path: Path) -> OidcSettings | None:
    """What stands in a `sign-in.yaml`; None where there is no such file. Raises SettingsFileError.

    Each secret is looked at now, so that a missing one is known at the start.
    """
    settings = read_settings_file(path, OidcSettings)
    for provider in settings.providers if settings is not None else ():
        check_secret(provider.client_secret)
    return settings
