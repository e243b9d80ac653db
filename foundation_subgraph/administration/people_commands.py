"""What `dovetail user` and `dovetail operator` do."""

from collections.abc import Sequence

from foundation_subgraph.administration import people
from foundation_subgraph.administration.asking import Asked, administer, answer, show
from foundation_subgraph.administration.invitations import name_in, send_invitation, tell_invitation
from foundation_subgraph.administration.printing import confirm
from foundation_subgraph.users.service import Wanted


def list_people(asked: Asked, tenant: str, search: str | None, role: str | None, limit: int) -> None:
    wanted = Wanted(search=search, role=role)
    found = administer(asked, lambda office: people.list_people(office, tenant, wanted, limit))
    rows = [
        {
            "email": one.email,
            "name": one.name,
            "roles": list(one.roles),
            "state": "invited" if one.id is None else "member",
            "id": one.id,
        }
        for one in found
    ]
    show(asked, ("email", "name", "roles", "state", "id"), rows, "There is nobody like that.")


def invite_person(asked: Asked, tenant: str, email: str, name: str | None, roles: Sequence[str]) -> None:
    invitation = send_invitation(
        asked, lambda office: people.invite_person(office, tenant, email, name or name_in(email), roles)
    )
    tell_invitation(asked, invitation)


def remove_person(asked: Asked, tenant: str, email: str, *, yes: bool) -> None:
    confirm(f'End the membership of {email} in "{tenant}", with all roles?', is_given=yes)
    row = administer(asked, lambda office: people.remove_person(office, tenant, email))
    answer(asked, {"id": str(row.id), "email": row.email}, f"{row.email} is no member of {tenant} any more.")


def remove_second_factor(asked: Asked, email: str, *, yes: bool) -> None:
    confirm(f"Remove the second factor of {email}, and end all their sessions?", is_given=yes)
    account = administer(asked, lambda office: people.take_second_factor(office, email))
    answer(
        asked,
        {"id": str(account.id), "email": account.email},
        f"{account.email} signs in by password alone, until they set up another second factor.",
    )


def add_operator(asked: Asked, email: str, name: str | None) -> None:
    invitation = send_invitation(
        asked, lambda office: people.invite_operator(office, email, name or name_in(email))
    )
    tell_invitation(asked, invitation)
