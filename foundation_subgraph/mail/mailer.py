"""How mail goes out: by SMTP where that is configured, by an installation's own way, or not at all."""

import logging
from datetime import datetime
from typing import Protocol

_log = logging.getLogger(__name__)


class Mailer(Protocol):
    """Sends mail. What it raises is logged by its kind alone, and nobody who asked for the mail is told.

    Tokens are secret: they belong into the mail and nowhere else.
    """

    async def send_password_reset(self, *, email: str, name: str, token: str) -> None:
        """Send somebody the token with which they set a new password, at most an hour from now.

        Best as a link to a page of yours that posts it to `/sign-in/reset`.
        """
        ...

    async def send_invitation(
        self, *, email: str, name: str, tenant: str, token: str, until: datetime
    ) -> None:
        """Send somebody the token that makes them a member of a tenant, given by what it is called.

        Best as a link to a page of yours that posts it to `/sign-in/accept`.
        """
        ...


class NoMailer:
    """Sends nothing. The log says that mail was wanted, and not what stood in it: tokens are secret."""

    async def send_password_reset(self, *, email: str, name: str, token: str) -> None:  # noqa: ARG002 - the Protocol's
        _log.warning(
            "somebody asked for a password reset, and this installation sends no mail: configure a mailer"
        )

    async def send_invitation(
        self, *, email: str, name: str, tenant: str, token: str, until: datetime
    ) -> None:
        """Nothing is lost: whoever invites was shown the token."""
