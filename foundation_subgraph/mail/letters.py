"""What is written to people. Names are written by strangers: they never become a header, a line or a link of their own."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, make_msgid
from typing import Final

_LONGEST_NAME: Final = 100
_MAKES_A_LINK: Final = re.compile(r"[/:@<>\[\]()\\]|www\.", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail before it has a sender: to whom, about what, in which words."""

    email: str
    name: str
    subject: str
    text: str


def write_password_reset(*, email: str, name: str, token: str, page: str | None) -> Letter:
    """`page` is where the token is posted from; without one it stands in the text."""
    return Letter(
        email,
        name,
        "Set a new password",
        _paragraphs(
            f"Hello {shown_name(name)},",
            "somebody asked for a new password for this address.",
            _to_follow("To set one, open this within an hour:", "Your token, for an hour:", page, token),
            "If that was not you, do nothing: your password stays as it is.",
        ),
    )


def write_invitation(
    *, email: str, name: str, tenant: str, token: str, until: datetime, page: str | None
) -> Letter:
    """`page` is where the token is posted from; without one it stands in the text."""
    called = shown_name(tenant)
    end = f"{until.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    return Letter(
        email,
        name,
        f"You are invited to {called}",
        _paragraphs(
            f"Hello {shown_name(name)},",
            f'you are invited to become a member of "{called}".',
            _to_follow(f"To accept, open this until {end}:", f"Your token, until {end}:", page, token),
            "If you do not know why, do nothing: the invitation ends by itself.",
        ),
    )


def compose(letter: Letter, sender: Address, now: datetime) -> EmailMessage:
    """The letter as it goes over the wire. Raises ValueError for an address that is none.

    The headers are built by the standard library, which refuses line breaks in them.
    """
    message = EmailMessage(policy=SMTP)
    message["From"] = sender
    message["To"] = Address(shown_name(letter.name), addr_spec=letter.email)
    message["Subject"] = " ".join(letter.subject.split())
    message["Date"] = format_datetime(now)
    message["Message-ID"] = make_msgid(domain=sender.domain)
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody's absence is answered to it
    message.set_content(letter.text)
    return message


def shown_name(name: str) -> str:
    """A name in one short line, without what a mail program would make a link of."""
    plain = "".join(letter if letter.isprintable() else " " for letter in name)
    return " ".join(_MAKES_A_LINK.sub(" ", plain).split())[:_LONGEST_NAME].strip()


def _to_follow(with_page: str, without: str, page: str | None, token: str) -> str:
    # Behind the #: browsers send that to no server, so it is in nobody's log.
    return f"{without}\n{token}" if page is None else f"{with_page}\n{page}#token={token}"


def _paragraphs(*paragraphs: str) -> str:
    return "\n\n".join(paragraphs) + "\n"
