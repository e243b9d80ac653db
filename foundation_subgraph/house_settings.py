"""What a house is opened with."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from foundation_subgraph.kit.roles import APPLICATION_ROLE, FOUNDATION_ROLE, SIGN_IN_ROLE
from foundation_subgraph.mail import Mailer, NoMailer, SmtpMailer, read_mail_settings
from foundation_subgraph.sign_in import OidcSettings, PasswordCost

MAIL_SETTINGS: Final = Path("mail.yaml")
"""In the data folder: the mail server."""


@dataclass(frozen=True, slots=True)
class HouseSettings:
    """Where things are. Without `database_url` a PostgreSQL of our own runs over `<data_folder>/database`.

    `database_url` logs in as the owner of the tables or as one who may become it; `application_url`,
    `foundation_url` and `sign_in_url` may give the lesser roles logins of their own, else the login puts them on.
    `demo` writes the demo tenants, whose people have a password that everybody knows. `oidc` are the OpenID providers to sign in
    by; where it is None, those of `<data_folder>/sign-in.yaml`, if there is such a file. So is `mailer`, by `mail.yaml`.
    """

    data_folder: Path = Path(".dovetail")
    database_url: str | None = None
    application_url: str | None = None
    foundation_url: str | None = None
    sign_in_url: str | None = None
    installed: str = "module_subgraphs:installed"
    demo: bool = False
    issuer: str = "dovetail"
    audience: str = "dovetail"
    token_lifetime: int = 900
    password_cost: PasswordCost = field(default_factory=PasswordCost)
    mailer: Mailer | None = None
    oidc: OidcSettings | None = None

    def find_mailer(self) -> Mailer:
        """What mail goes out by. Raises SettingsFileError."""
        if self.mailer is not None:
            return self.mailer
        found = read_mail_settings(self.data_folder / MAIL_SETTINGS)
        return NoMailer() if found is None else SmtpMailer(found)

    @property
    def logins(self) -> Mapping[str, str]:
        """The connection URLs of the lesser roles that have a login of their own."""
        given = {
            APPLICATION_ROLE: self.application_url,
            FOUNDATION_ROLE: self.foundation_url,
            SIGN_IN_ROLE: self.sign_in_url,
        }
        return {role: url for role, url in given.items() if url is not None}
