"""Invitations from the command line: told once to whoever invites, and mailed where the house has a mail server."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from foundation_subgraph.administration.asking import Asked, administer
from foundation_subgraph.administration.office import Office
from foundation_subgraph.administration.printing import print_json, say
from foundation_subgraph.mail import NoMailer, deliver
from foundation_subgraph.tenants.tables import TenantRow
from foundation_subgraph.users.service import Invited


@dataclass(frozen=True, slots=True)
class Invitation:
    """One that was just made, and whether it was mailed: None where the house has no mail server."""

    invited: Invited
    tenant: TenantRow
    is_mailed: bool | None

    def shown(self) -> dict[str, object]:
        """For tools."""
        return {
            "email": self.invited.row.email,
            "roles": list(self.invited.row.roles),
            "expires_at": self.invited.row.expires_at.isoformat(timespec="seconds"),
            "token": self.invited.token,
            "mailed": self.is_mailed,
        }


def send_invitation(
    asked: Asked, invite: Callable[[Office], Awaitable[tuple[Invited, TenantRow]]]
) -> Invitation:
    """Invite somebody, and send it when that is committed. A mail that cannot be sent takes nothing back."""

    async def work(office: Office) -> Invitation:
        mailer = (
            office.settings.find_mailer()
        )  # first: a mistake in its settings is told before anything is done
        invited, tenant = await invite(office)
        if isinstance(mailer, NoMailer):
            return Invitation(invited, tenant, None)
        row = invited.row
        sending = mailer.send_invitation(
            email=row.email, name=row.name, tenant=tenant.name, token=invited.token, until=row.expires_at
        )
        return Invitation(invited, tenant, await deliver("the invitation", sending))

    return administer(asked, work)


def tell_invitation(asked: Asked, invitation: Invitation) -> None:
    if asked.as_json:
        return print_json({"tenant": invitation.tenant.slug, "invitation": invitation.shown()})
    return hand_over(invitation)


def hand_over(invitation: Invitation) -> None:
    row = invitation.invited.row
    say(f"{row.email} is invited as {', '.join(row.roles)}, until {row.expires_at:%Y-%m-%d %H:%M} UTC.")
    if invitation.is_mailed:
        say("It went out by mail. Its token is shown once, and accepted at /sign-in/accept:")
    else:
        if invitation.is_mailed is False:
            say("The mail could not be sent.")
        say("Hand this over, it is shown once and accepted at /sign-in/accept:")
    say(invitation.invited.token)


def name_in(email: str) -> str:
    """What somebody is called as long as nobody says it better; they may say it when they accept."""
    return email.partition("@")[0].strip() or email
