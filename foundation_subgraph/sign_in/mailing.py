"""How mail goes out: an installation brings its own way, and without one none goes."""

import logging
from typing import Protocol

_log = logging.getLogger(__name__)


class Mailer(Protocol):
    """Sends mail. What it raises is logged, without the mail; nobody who asked for one is told."""

    async def send_password_reset(self, *, email: str, name: str, token: str) -> None:
        """Send somebody the token with which they set a new password, at most an hour from now.

        Best as a link to a page of yours that posts it to `/sign-in/reset`.
        """
        ...


class NoMailer:
    """Sends nothing. The log says that mail was wanted, and not what stood in it: tokens are secret."""

    async def send_password_reset(self, *, email: str, name: str, token: str) -> None:  # noqa: ARG002 - the Protocol's
        _log.warning(
            "somebody asked for a password reset, and this installation sends no mail: configure a mailer"
        )
