"""Which OpenID providers people may sign in with, as `sign-in.yaml` has it. Secrets stand elsewhere, and are named there."""

import os
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final, Literal, Self
from urllib.parse import urlsplit

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

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


class OidcSettingsError(Exception):
    """Settings that cannot be used. The message is one line, says where and why, and holds nothing of a secret."""


class UnknownPeople(StrEnum):
    """What becomes of somebody whom the provider knows and we do not."""

    REFUSE = "refuse"
    INVITED = "invited"


class SecondFactor(StrEnum):
    """Who asks for a second factor: we, of those who have set one up here, or the provider alone."""

    HERE = "here"
    PROVIDER = "provider"


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _web_address(text: str) -> str:
    try:
        parts = urlsplit(text)
        fits = parts.scheme in {"https", "http"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        fits, parts = False, urlsplit("")
    if not fits or parts.query or parts.fragment or parts.username is not None:
        raise ValueError("an address is `https://host`, with a path or without, and nothing behind it")
    return text


class ClientSecret(_Section):
    """The client's secret, by the place where it is kept. It is read each time, so it can be replaced while we serve."""

    env: str | None = Field(default=None, min_length=1, description="The environment variable that holds it.")
    file: Path | None = Field(
        default=None, description="The file that holds it; spaces and line breaks around it do not count."
    )

    @model_validator(mode="before")
    @classmethod
    def _refuse_the_secret_itself(cls, given: object) -> object:
        if isinstance(given, str):
            raise ValueError(  # noqa: TRY004 - pydantic makes an error of a ValueError
                "a secret does not stand in the settings: say where it is kept, as `env: NAME` or `file: PATH`"
            )
        return given

    @model_validator(mode="after")
    def _has_one_place(self) -> Self:
        if (self.env is None) == (self.file is None):
            raise ValueError("a secret has one place: `env` or `file`")
        return self

    def read(self) -> str:
        """The secret as it is now. Raises OidcSettingsError."""
        if self.file is None:
            place, secret = f"the environment variable {self.env}", os.environ.get(self.env or "", "")
        else:
            place = f"the file {self.file}"
            try:
                secret = self.file.read_text(encoding="utf-8").strip()
            except (OSError, UnicodeDecodeError) as error:
                raise OidcSettingsError(f"a client secret cannot be read from {place}") from error
        if not secret:
            raise OidcSettingsError(f"a client secret is missing: {place} is not set, or is empty")
        return secret


class OidcProvider(_Section):
    """One provider, and how far it is trusted."""

    name: str = Field(
        pattern=r"^[a-z0-9][a-z0-9-]{0,39}$",
        description="How addresses and the audit log call it. The redirect address registered there ends in "
        "`/sign-in/oidc/NAME/callback`.",
    )
    title: str = Field(min_length=1, max_length=100, description="How people are told of it.")
    issuer: str = Field(description="Its issuer, to the letter: discovery begins there.")
    client_id: str = Field(min_length=1, description="What it calls us.")
    client_secret: ClientSecret | None = Field(
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

    @field_validator("issuer")
    @classmethod
    def _is_an_address(cls, issuer: str) -> str:
        return _web_address(issuer)

    @field_validator("scopes")
    @classmethod
    def _asks_for_openid(cls, scopes: tuple[str, ...]) -> tuple[str, ...]:
        if "openid" not in scopes:
            raise ValueError("without the scope `openid` no ID token is given")
        return scopes

    def reaches(self, slug: str) -> bool:
        """Whether it signs in to the tenant of this short name."""
        return self.tenants == "*" or slug in self.tenants


class OidcSettings(_Section):
    """All of `sign-in.yaml`."""

    public_url: str = Field(
        description="Where browsers find the house, such as `https://house.example`. Never taken from a request."
    )
    return_addresses: tuple[str, ...] = Field(
        default=(),
        description="Addresses elsewhere that a sign-in may end at, to the letter. Paths below `public_url`'s host always may.",
    )
    providers: tuple[OidcProvider, ...] = ()

    @field_validator("public_url")
    @classmethod
    def _is_an_address(cls, url: str) -> str:
        return _web_address(url).rstrip("/")

    @field_validator("return_addresses")
    @classmethod
    def _are_addresses(cls, addresses: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(_web_address(one) for one in addresses)

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

    def callback(self, provider: OidcProvider) -> str:
        """Where a provider sends people back to: registered there, and each provider's own."""
        return f"{self.public_url}/sign-in/oidc/{provider.name}/callback"


def read_oidc_settings(path: Path) -> OidcSettings | None:
    """What stands in a `sign-in.yaml`; None where there is no such file. Raises OidcSettingsError.

    Paths of secrets start from its folder. Each secret is looked at now, so that a missing one is known at the start.
    """
    try:
        written = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise OidcSettingsError(f"{path} cannot be read") from error
    try:
        settings = OidcSettings.model_validate(yaml.safe_load(written))
    except yaml.YAMLError as error:
        raise OidcSettingsError(f"{path} is not YAML: {' '.join(str(error).split())}") from error
    except ValidationError as error:
        told = "; ".join(
            f"{'.'.join(str(part) for part in one['loc']) or 'the file'}: {one['msg']}"
            for one in error.errors(include_input=False, include_url=False)
        )
        raise OidcSettingsError(f"{path}: {told}") from error
    settings = _from_folder(settings, path.parent)
    for provider in settings.providers:
        if provider.client_secret is not None:
            provider.client_secret.read()
    return settings


def _from_folder(settings: OidcSettings, folder: Path) -> OidcSettings:
    providers = []
    for one in settings.providers:
        secret = one.client_secret
        if secret is not None and secret.file is not None:
            secret = ClientSecret(file=folder / secret.file)
        providers.append(one.model_copy(update={"client_secret": secret}))
    return settings.model_copy(update={"providers": tuple(providers)})
