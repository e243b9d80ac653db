"""What a house is opened with."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from foundation_subgraph.kit.roles import APPLICATION_ROLE, FOUNDATION_ROLE, SIGN_IN_ROLE
from foundation_subgraph.sign_in import Mailer, NoMailer, OidcSettings, PasswordCost


@dataclass(frozen=True, slots=True)
class HouseSettings:
    """Where things are. Without `database_url` a PostgreSQL of our own runs over `<data_folder>/database`.

    `database_url` logs in as the owner of the tables or as one who may become it; `application_url`,
    `foundation_url` and `sign_in_url` may give the lesser roles logins of their own, else the login puts them on.
    `demo` writes the demo tenants, whose people have a password that everybody knows. `oidc` are the OpenID providers to sign in
    by; where it is None, those of `<data_folder>/sign-in.yaml`, if there is such a file.
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
    mailer: Mailer = field(default_factory=NoMailer)
    oidc: OidcSettings | None = None

    @property
    def logins(self) -> Mapping[str, str]:
        """The connection URLs of the lesser roles that have a login of their own."""
        given = {
            APPLICATION_ROLE: self.application_url,
            FOUNDATION_ROLE: self.foundation_url,
            SIGN_IN_ROLE: self.sign_in_url,
        }
        return {role: url for role, url in given.items() if url is not None}
