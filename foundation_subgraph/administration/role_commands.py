"""What `dovetail role` does."""

from collections.abc import Sequence

from foundation_subgraph.administration import people
from foundation_subgraph.administration.asking import Asked, administer, answer, show
from foundation_subgraph.administration.printing import print_json, print_table


def list_roles(asked: Asked, tenant: str) -> None:
    found = administer(asked, lambda office: people.roles_of_tenant(office, tenant))
    rows = [
        {
            "name": one.row.name,
            "description": one.row.description,
            "built_in": one.row.is_built_in,
            "permissions": len(one.permissions),
            "members": len(one.members),
        }
        for one in found
    ]
    show(asked, ("name", "description", "built_in", "permissions", "members"), rows, "There is no role.")


def show_role(asked: Asked, tenant: str, name: str) -> None:
    one = administer(asked, lambda office: people.role_of_tenant(office, tenant, name))
    shown = {
        "name": one.row.name,
        "description": one.row.description,
        "built_in": one.row.is_built_in,
        "parents": list(one.parents),
        "permissions": list(one.permissions),
        "members": list(one.members),
    }
    if asked.as_json:
        return print_json(shown)
    return print_table(("what", "is"), [{"what": key.replace("_", " "), "is": shown[key]} for key in shown])


def create_role(
    asked: Asked, tenant: str, name: str, description: str, given: tuple[Sequence[str], Sequence[str]]
) -> None:
    """`given` are permissions, and roles to inherit from."""
    row = administer(
        asked,
        lambda office: people.make_role(
            office, tenant, name, description, permissions=given[0], parents=given[1]
        ),
    )
    answer(asked, {"name": row.name, "description": row.description}, f"The role {row.name} is made.")


def grant_role(asked: Asked, tenant: str, role: str, email: str) -> None:
    row = administer(asked, lambda office: people.give_role(office, tenant, role, email))
    answer(asked, {"email": row.email, "role": role}, f"{row.email} has the role {role} in {tenant}.")


def revoke_role(asked: Asked, tenant: str, role: str, email: str) -> None:
    row = administer(asked, lambda office: people.take_role(office, tenant, role, email))
    answer(asked, {"email": row.email, "role": role}, f"{row.email} has the role {role} in {tenant} no more.")
