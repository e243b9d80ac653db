"""Mail on its way: nobody waits for it, and what becomes of it is told to the log alone."""

import asyncio
import logging
import smtplib
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Final
from uuid import UUID

from foundation_subgraph.mail.mailer import Mailer

_MOST_WAITING: Final = 1000
_FAREWELL_SECONDS: Final = 5.0

_log = logging.getLogger(__name__)


class OutgoingMail:
    """The mailer of a house, for requests that do not wait. `name_of_tenant` tells what people call a tenant."""

    def __init__(
        self,
        mailer: Mailer,
        name_of_tenant: Callable[[UUID], Awaitable[str]],
        *,
        most_waiting: int = _MOST_WAITING,
    ) -> None:
        self._mailer: Final = mailer
        self._name_of_tenant: Final = name_of_tenant
        self._most_waiting: Final = most_waiting
        self._waiting: Final[set[asyncio.Task[bool]]] = set()

    def invite(self, tenant: UUID, *, email: str, name: str, token: str, until: datetime) -> None:
        """Send an invitation, later. To be called when it is committed: what is not is not to be accepted."""
        if len(self._waiting) >= self._most_waiting:
            _log.error("an invitation was not mailed: %s others wait", len(self._waiting))
            return
        sending = asyncio.create_task(
            deliver("an invitation", self._invite(tenant, email=email, name=name, token=token, until=until))
        )
        self._waiting.add(sending)
        sending.add_done_callback(self._waiting.discard)

    async def close(self) -> None:
        """Wait for what is on its way, some seconds at most; the rest is given up."""
        if not self._waiting:
            return
        _, late = await asyncio.wait(self._waiting, timeout=_FAREWELL_SECONDS)
        for each in late:
            each.cancel()
        await asyncio.gather(*late, return_exceptions=True)
        if late:
            _log.error("%s mails were given up: the house was closed", len(late))

    async def _invite(self, tenant: UUID, *, email: str, name: str, token: str, until: datetime) -> None:
        called = await self._name_of_tenant(tenant)
        await self._mailer.send_invitation(email=email, name=name, tenant=called, token=token, until=until)


async def deliver(what: str, sending: Awaitable[None]) -> bool:
    """Whether a mail was sent. Why it was not is told to the log: the kind of error, since its words may hold the mail."""
    try:
        await sending
    except Exception as error:  # noqa: BLE001 - a stranger's code, or a server's
        code = f" {error.smtp_code}" if isinstance(error, smtplib.SMTPResponseException) else ""
        _log.error("%s was not mailed: %s%s", what, type(error).__name__, code)
        return False
    return True
