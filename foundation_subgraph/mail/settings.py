"""How mail goes out, as `mail.yaml` has it. The password stands elsewhere, and is named there."""

from email.headerregistry import Address
from email.utils import parseaddr
from enum import StrEnum
from ipaddress import ip_address
from pathlib import Path
from typing import Self

from pydantic import Field, field_validator, model_validator

from foundation_subgraph.settings_file import WebAddress, check_secret, read_settings_file
from supergraph.spec import Secret, SettingsPath, SettingsSection


class Security(StrEnum):
    """How the connection to the mail server is kept secret."""

    STARTTLS = "starttls"
    TLS = "tls"
    NONE = "none"


class MailPages(SettingsSection):
    """Pages of yours that mails lead to. They find the token behind `#token=`."""

    invitation: WebAddress | None = Field(
        default=None, description="Where an invitation is accepted: it posts to `/sign-in/accept`."
    )
    password_reset: WebAddress | None = Field(
        default=None, description="Where a new password is set: it posts to `/sign-in/reset`."
    )


class MailSettings(SettingsSection):
    """All of `mail.yaml`."""

    host: str = Field(min_length=1, pattern=r"^[^\s/]+$", description="The mail server.")
    port: int | None = Field(
        default=None, ge=1, le=65535, description="Its port; 587, for `tls` 465, where none is said."
    )
    security: Security = Field(
        default=Security.STARTTLS,
        description="`starttls`, `tls` from the first byte, or `none`, for a server on this machine alone. "
        "A server that does not offer it gets no mail.",
    )
    ca_file: SettingsPath | None = Field(
        default=None, description="Certificates that the server's is checked against, beside the system's."
    )
    username: str | None = Field(default=None, min_length=1, description="What we sign in with, if at all.")
    password: Secret | None = Field(default=None, description="Where the password is.")
    sender: str = Field(description="Who mails come from: `Dovetail <no-reply@house.example>`.")
    timeout_seconds: float = Field(default=20, gt=0, le=300, description="How long one mail may take.")
    pages: MailPages = Field(default_factory=MailPages, description="Pages of yours that mails lead to.")

    @field_validator("sender")
    @classmethod
    def _is_one_address(cls, sender: str) -> str:
        try:
            _address(sender)
        except (ValueError, IndexError) as error:
            raise ValueError(
                "a sender is `name@host`, or a name with that behind it in <pointed brackets>"
            ) from error
        return sender

    @model_validator(mode="after")
    def _says_a_password_to_nobody_else(self) -> Self:
        if (self.username is None) != (self.password is None):
            raise ValueError("`username` and `password` come together")
        if self.security is Security.NONE and not _is_here(self.host):
            raise ValueError("without `starttls` or `tls` mail goes to a server on this machine alone")
        return self

    @property
    def address(self) -> Address:
        """Who mails come from."""
        return _address(self.sender)

    @property
    def server_port(self) -> int:
        if self.port is not None:
            return self.port
        return 465 if self.security is Security.TLS else 587


def read_mail_settings(path: Path) -> MailSettings | None:
    """What stands in a `mail.yaml`; None where there is no such file. Raises SettingsFileError.

    The password is looked at now, so that a missing one is known at the start.
    """
    settings = read_settings_file(path, MailSettings)
    check_secret(None if settings is None else settings.password)
    return settings


def _address(text: str) -> Address:
    name, address = parseaddr(text)
    if "@" not in address or not text.isprintable():
        raise ValueError("no address")
    return Address(name, addr_spec=address)


def _is_here(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
