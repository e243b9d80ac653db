"""Mail by an SMTP server: one connection for each, in a thread, as the standard library speaks it."""

import asyncio
import smtplib
import socket
import ssl
from contextlib import suppress
from datetime import UTC, datetime
from email.message import EmailMessage
from typing import Final

from foundation_subgraph.mail.letters import Letter, compose, write_invitation, write_password_reset
from foundation_subgraph.mail.settings import MailSettings, Security

_READY: Final = 220
_LOOK_AGAIN_SECONDS: Final = 0.1
_LOOKS: Final = 100
_AT_ONCE: Final = 4
"""Threads are shared with the hashing of passwords: mail takes few of them."""


class SmtpMailer:
    """The `Mailer` of `mail.yaml`. What it raises is smtplib's, an OSError, or UnreadableSecretError for the password."""

    def __init__(self, settings: MailSettings) -> None:
        self._settings: Final = settings
        self._turns: Final = asyncio.Semaphore(_AT_ONCE)

    async def send_password_reset(self, *, email: str, name: str, token: str) -> None:
        page = self._settings.pages.password_reset
        await self._send(write_password_reset(email=email, name=name, token=token, page=page))

    async def send_invitation(
        self, *, email: str, name: str, tenant: str, token: str, until: datetime
    ) -> None:
        page = self._settings.pages.invitation
        await self._send(
            write_invitation(email=email, name=name, tenant=tenant, token=token, until=until, page=page)
        )

    async def _send(self, letter: Letter) -> None:
        message = compose(letter, self._settings.address, datetime.now(UTC))
        async with self._turns:
            delivery = _Delivery(self._settings, message, letter.email)
            # A timeout of the socket begins anew with each byte: a server that drips would hold the thread for days.
            end = asyncio.get_running_loop().call_later(self._settings.timeout_seconds, delivery.abandon)
            try:
                await asyncio.to_thread(delivery.run)
            except asyncio.CancelledError:
                delivery.abandon()  # or a house that closes would wait for the thread
                raise
            finally:
                end.cancel()


class _Delivery:
    """One mail, given to the server: `run` in a thread, `abandon` in that of the event loop."""

    def __init__(self, settings: MailSettings, message: EmailMessage, recipient: str) -> None:
        self._settings = settings
        self._message = message
        self._recipient = recipient
        self._server: smtplib.SMTP | None = None
        self._is_abandoned = False
        self._is_over = False

    def run(self) -> None:
        try:
            self._deliver()
        finally:
            self._is_over = True

    def _deliver(self) -> None:
        settings = self._settings
        # Known before it connects, so that it can be abandoned from the first byte on.
        with self._made() as self._server:
            server = self._server
            code, words = server.connect(settings.host, settings.server_port)
            if code != _READY:
                raise smtplib.SMTPConnectError(code, words)
            if self._is_abandoned:
                raise TimeoutError("the server took too long")
            if settings.security is Security.STARTTLS:
                server.starttls(context=self._context())  # refused where the server does not offer it
            if settings.username is not None and settings.password is not None:
                server.login(settings.username, settings.password.read())
            server.send_message(self._message, settings.address.addr_spec, [self._recipient])

    def abandon(self, looks: int = _LOOKS) -> None:
        """Let the thread go on, with an error."""
        self._is_abandoned = True
        connection = None if self._server is None else self._server.sock
        if connection is None:
            # It connects, which ends by itself, and may be heard of in a moment.
            if looks and not self._is_over:
                asyncio.get_running_loop().call_later(_LOOK_AGAIN_SECONDS, self.abandon, looks - 1)
        else:
            with suppress(OSError):
                # Of the plain socket: a TLS socket's own would not end a read that waits.
                socket.socket.shutdown(connection, socket.SHUT_RDWR)

    def _made(self) -> smtplib.SMTP:
        settings, called = self._settings, self._settings.address.domain
        server = (
            smtplib.SMTP_SSL(local_hostname=called, timeout=settings.timeout_seconds, context=self._context())
            if settings.security is Security.TLS
            else smtplib.SMTP(local_hostname=called, timeout=settings.timeout_seconds)
        )
        # What certificates are compared with. Its constructor alone sets it, and connects.
        server._host = settings.host  # type: ignore[attr-defined]  # typeshed leaves it out
        return server

    def _context(self) -> ssl.SSLContext:
        context = ssl.create_default_context()
        if self._settings.ca_file is not None:
            context.load_verify_locations(self._settings.ca_file)
        return context
