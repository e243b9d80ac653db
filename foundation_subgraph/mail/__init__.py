"""Mail to people: invitations and password resets, by an SMTP server or whatever an installation brings."""

from foundation_subgraph.mail.letters import Letter, write_invitation, write_password_reset
from foundation_subgraph.mail.mailer import Mailer, NoMailer
from foundation_subgraph.mail.outgoing import OutgoingMail, deliver
from foundation_subgraph.mail.settings import MailPages, MailSettings, Security, read_mail_settings
from foundation_subgraph.mail.smtp import SmtpMailer

__all__ = [
    "Letter",
    "MailPages",
    "MailSettings",
    "Mailer",
    "NoMailer",
    "OutgoingMail",
    "Security",
    "SmtpMailer",
    "deliver",
    "read_mail_settings",
    "write_invitation",
    "write_password_reset",
]
