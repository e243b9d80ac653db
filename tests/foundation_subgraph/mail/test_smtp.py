"""Mail over a real connection: what arrives, and what is not said to a server that cannot keep it."""

import asyncio
import smtplib
import ssl
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from foundation_subgraph.mail import MailSettings, SmtpMailer, deliver
from tests.foundation_subgraph.mail.smtp_server import PASSWORD, USERNAME, SmtpServer, smtp_server

UNTIL = datetime(2027, 1, 2, 3, 4, tzinfo=UTC)
SENDER = "Dovetail <no-reply@house.example>"


def mailer(server: SmtpServer, folder: Path, **more: Any) -> SmtpMailer:
    (folder / "password").write_text(more.pop("shown", PASSWORD))
    return SmtpMailer(
        MailSettings.model_validate(
            {
                "host": "localhost",
                "port": server.port,
                "sender": SENDER,
                "ca_file": server.certificate,
                "username": USERNAME,
                "password": {"file": folder / "password"},
                **more,
            }
        )
    )


async def test_a_mail_arrives_over_starttls_from_who_is_signed_in(tmp_path: Path) -> None:
    pages = {"invitation": "https://house.example/accept"}
    with smtp_server(tmp_path) as server:
        await mailer(server, tmp_path, pages=pages).send_invitation(
            email="new@acme.example", name="Nina", tenant="Acme Ltd", token="t0k-en", until=UNTIL
        )
    [mail] = server.received
    assert (mail.is_secret, mail.login) == (True, USERNAME)
    assert (mail.sender, mail.recipients) == ("no-reply@house.example", ["new@acme.example"])
    assert mail.message["From"] == SENDER
    assert mail.message["To"] == "Nina <new@acme.example>"
    assert mail.message["Subject"] == "You are invited to Acme Ltd"
    assert "https://house.example/accept#token=t0k-en" in mail.message.get_content()
    assert "2027-01-02 03:04 UTC" in mail.message.get_content()


async def test_a_mail_arrives_over_tls_from_the_first_byte_and_without_a_page_holds_the_token(
    tmp_path: Path,
) -> None:
    with smtp_server(tmp_path, is_tls_from_the_start=True) as server:
        await mailer(server, tmp_path, security="tls").send_password_reset(
            email="clerk@acme.example", name="Carl Clerk", token="t0k-en"
        )
    [mail] = server.received
    assert mail.is_secret
    assert "t0k-en" in mail.message.get_content().splitlines()


async def test_a_server_that_offers_no_tls_is_told_nothing(tmp_path: Path) -> None:
    with smtp_server(tmp_path, offers_tls=False) as server, pytest.raises(smtplib.SMTPNotSupportedError):
        await mailer(server, tmp_path).send_password_reset(email="clerk@acme.example", name="Carl", token="t")
    assert {command.split(" ")[0].upper() for command in server.commands} <= {"EHLO", "QUIT"}


@pytest.mark.parametrize("more", [{"ca_file": None}, {"host": "127.0.0.1"}], ids=["issuer", "name"])
async def test_a_server_whose_certificate_is_anothers_is_told_nothing(
    tmp_path: Path, more: dict[str, Any]
) -> None:
    with smtp_server(tmp_path) as server, pytest.raises(ssl.SSLCertVerificationError):
        await mailer(server, tmp_path, **more).send_password_reset(
            email="clerk@acme.example", name="Carl", token="t"
        )
    assert not server.received
    assert not [command for command in server.commands if command.startswith(("AUTH", "MAIL"))]


async def test_names_are_never_headers_lines_or_links(tmp_path: Path) -> None:
    wicked = "Eve\r\nBcc: all@acme.example\r\n\r\nhttps://evil.example/<script> www.evil.example"
    with smtp_server(tmp_path) as server:
        await mailer(server, tmp_path).send_invitation(
            email="new@acme.example", name=wicked, tenant=wicked, token="t", until=UNTIL
        )
    [mail] = server.received
    assert mail.recipients == ["new@acme.example"]
    assert mail.message["Bcc"] is None
    assert "\n" not in mail.message["Subject"]
    for kept in (mail.message.get_content(), mail.message["Subject"], str(mail.message["To"])):
        assert "://" not in kept
        assert "www." not in kept
    assert "Bcc" not in [line.partition(":")[0] for line in mail.message.get_content().splitlines()]


@pytest.mark.parametrize(
    "email", ["a@b.example>\r\nRCPT TO:<c@d.example", "a@b.example, c@d.example", "a b@c"]
)
async def test_an_address_that_is_none_goes_nowhere(tmp_path: Path, email: str) -> None:
    with smtp_server(tmp_path) as server:
        assert not await deliver(
            "a mail", mailer(server, tmp_path).send_password_reset(email=email, name="Eve", token="t")
        )
    assert not server.commands


async def test_a_server_that_drips_is_left_when_the_time_is_over(tmp_path: Path) -> None:
    """Each byte would begin the timeout of the socket anew: without an end of its own the thread stays for ever."""
    with smtp_server(tmp_path, drips=True) as server:
        sending = mailer(server, tmp_path, timeout_seconds=0.3).send_password_reset(
            email="clerk@acme.example", name="Carl", token="t"
        )
        async with asyncio.timeout(30):
            with pytest.raises((smtplib.SMTPException, OSError)):
                await sending


async def test_a_mail_that_is_given_up_leaves_no_thread_behind(tmp_path: Path) -> None:
    with smtp_server(tmp_path, drips=True) as server:
        sending = asyncio.create_task(
            mailer(server, tmp_path, timeout_seconds=300).send_password_reset(
                email="clerk@acme.example", name="Carl", token="t"
            )
        )
        assert await asyncio.to_thread(server.came.wait, 30)
        sending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sending
        assert await asyncio.to_thread(server.left.wait, 30)


@pytest.mark.parametrize(
    ("trouble", "told"),
    [
        ("password", "SMTPAuthenticationError 535"),
        ("recipient", "SMTPRecipientsRefused"),
        ("away", "Refused"),
    ],
)
async def test_why_a_mail_was_not_sent_is_logged_without_anything_of_it(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, trouble: str, told: str
) -> None:
    shown = {"shown": "wrong hidden words"} if trouble == "password" else {}
    mail = {"email": "clerk@acme.example", "name": "Carl", "token": "t0k-en"}
    with smtp_server(tmp_path, refuses=trouble == "recipient") as server:
        sender = mailer(server, tmp_path, **shown)
        if trouble != "away":
            assert not await deliver("a password reset", sender.send_password_reset(**mail))
    if trouble == "away":
        assert not await deliver("a password reset", sender.send_password_reset(**mail))
    assert told in caplog.text
    for secret in ("clerk@", "t0k-en", "hidden words"):
        assert secret not in caplog.text
