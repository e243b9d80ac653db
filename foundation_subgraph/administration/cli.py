"""The words of the commands of administration. What they do is loaded when it is asked for."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

if TYPE_CHECKING:
    from foundation_subgraph.administration.asking import Asked

Data: TypeAlias = Annotated[Path, typer.Option(help="Data folder of a running `dovetail dev`.")]
Json: TypeAlias = Annotated[bool, typer.Option("--json", help="Print it for tools.")]
Tenant: TypeAlias = Annotated[str, typer.Option(help="The tenant, by its short name.")]
Yes: TypeAlias = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
Installed: TypeAlias = Annotated[str, typer.Option(metavar="IMPORT", help="What finds the modules.")]
Slug: TypeAlias = Annotated[str, typer.Argument(help="The tenant, by its short name.")]
Email: TypeAlias = Annotated[str, typer.Argument(help="Whose address.")]
RoleName: TypeAlias = Annotated[str, typer.Argument(metavar="ROLE", help="The role, by its name.")]
Name: TypeAlias = Annotated[
    str | None, typer.Option(help="What they are called. [default: what stands before the @]")
]
Reason: TypeAlias = Annotated[str, typer.Option(help="Why, for the log.")]
Since: TypeAlias = Annotated[
    str | None, typer.Option(help="From when on: 2026-11-01, 2026-11-01T08:30 or 7d. UTC.")
]
Until: TypeAlias = Annotated[str | None, typer.Option(help="Until when, that not included.")]
Action: TypeAlias = Annotated[
    list[str] | None, typer.Option(help="This action alone, such as access.denied; may be repeated.")
]
Actor: TypeAlias = Annotated[str | None, typer.Option(help="The id of who did it.")]

_DATA = Path(".dovetail")
_INSTALLED = "module_subgraphs:installed"


class Status(StrEnum):
    """Of a tenant."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    CLOSED = "closed"


class LogFormat(StrEnum):
    """How a log is written out."""

    JSONL = "jsonl"
    CSV = "csv"


tenants = typer.Typer(no_args_is_help=True, help="The companies whose data is kept apart.")
users = typer.Typer(no_args_is_help=True, help="The people of a tenant.")
roles = typer.Typer(no_args_is_help=True, help="What the people of a tenant may do.")
operators = typer.Typer(no_args_is_help=True, help="Who runs the platform.")
database = typer.Typer(no_args_is_help=True, help="The tables of every subgraph.")
permissions = typer.Typer(no_args_is_help=True, help="The register of permissions.")
audit = typer.Typer(no_args_is_help=True, help="What was done and what was denied, by tenant.")


def register(app: typer.Typer) -> None:
    """Add the commands of administration to `dovetail`."""
    operators.callback()(lambda: None)  # a group stays one, with one command as well
    for name, group in (
        ("tenant", tenants),
        ("user", users),
        ("role", roles),
        ("operator", operators),
        ("database", database),
        ("permissions", permissions),
        ("audit", audit),
    ):
        app.add_typer(group, name=name, rich_help_panel="Administration")


def _asked(data: Path, as_json: bool = False, installed: str = _INSTALLED) -> "Asked":
    from foundation_subgraph.administration.asking import Asked

    return Asked(data, as_json, installed)


@tenants.command("create")
def tenant_create(
    slug: Annotated[str, typer.Argument(help="The short name, as it stands in addresses.")],
    name: Annotated[str, typer.Option(help="What the company is called.")],
    owner: Annotated[str, typer.Option(metavar="EMAIL", help="Who is invited as its first owner.")],
    owner_name: Name = None,
    data: Data = _DATA,
    json: Json = False,
) -> None:
    """Make a tenant, and invite its first owner."""
    from foundation_subgraph.administration import tenant_commands

    tenant_commands.create_tenant(_asked(data, json), slug, name, owner, owner_name)


@tenants.command("list")
def tenant_list(
    status: Annotated[Status | None, typer.Option(help="Those of this status alone.")] = None,
    search: Annotated[str | None, typer.Option(help="Stands in the name or the short name.")] = None,
    data: Data = _DATA,
    json: Json = False,
) -> None:
    """List all tenants, by name."""
    from foundation_subgraph.administration import tenant_commands

    tenant_commands.list_tenants(_asked(data, json), status, search)


@tenants.command("suspend")
def tenant_suspend(slug: Slug, reason: Reason = "", data: Data = _DATA, json: Json = False) -> None:
    """Let nobody sign in to a tenant until it is reactivated."""
    from foundation_subgraph.administration import tenant_commands

    tenant_commands.suspend_tenant(_asked(data, json), slug, reason)


@tenants.command("reactivate")
def tenant_reactivate(slug: Slug, data: Data = _DATA, json: Json = False) -> None:
    """End a suspension."""
    from foundation_subgraph.administration import tenant_commands

    tenant_commands.reactivate_tenant(_asked(data, json), slug)


@tenants.command("close")
def tenant_close(
    slug: Slug,
    reason: Reason = "",
    export: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Write the tenant out first, into this folder.")
    ] = None,
    yes: Yes = False,
    data: Data = _DATA,
    json: Json = False,
) -> None:
    """Close a tenant for ever. Its rows stay; nobody signs in to it again."""
    from foundation_subgraph.administration import tenant_commands

    tenant_commands.close_tenant(_asked(data, json), slug, reason, export, yes=yes)


@tenants.command("export")
def tenant_export(
    slug: Slug,
    to: Annotated[Path, typer.Option(metavar="FOLDER", help="A folder that is not there yet, or empty.")],
    data: Data = _DATA,
    json: Json = False,
) -> None:
    """Write all that is kept of a tenant as JSON lines, a file for each table, with a manifest."""
    from foundation_subgraph.administration import tenant_commands

    tenant_commands.export_tenant(_asked(data, json), slug, to)


@users.command("list")
def user_list(
    tenant: Tenant,
    search: Annotated[str | None, typer.Option(help="Stands in the name or the address.")] = None,
    role: Annotated[str | None, typer.Option(help="Those who have this role.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many at most.")] = 200,
    data: Data = _DATA,
    json: Json = False,
) -> None:
    """List the members of a tenant by name, and who is invited."""
    from foundation_subgraph.administration import people_commands

    people_commands.list_people(_asked(data, json), tenant, search, role, limit)


@users.command("invite")
def user_invite(
    email: Email,
    tenant: Tenant,
    role: Annotated[list[str], typer.Option(help="A role that comes with it; may be repeated.")],
    name: Name = None,
    data: Data = _DATA,
    json: Json = False,
) -> None:
    """Invite somebody to a tenant. Inviting an address again replaces its invitation."""
    from foundation_subgraph.administration import people_commands

    people_commands.invite_person(_asked(data, json), tenant, email, name, role)


@users.command("remove")
def user_remove(
    email: Email, tenant: Tenant, yes: Yes = False, data: Data = _DATA, json: Json = False
) -> None:
    """End somebody's membership, with all their roles. The last owner stays."""
    from foundation_subgraph.administration import people_commands

    people_commands.remove_person(_asked(data, json), tenant, email, yes=yes)


@users.command("remove-second-factor")
def user_remove_second_factor(email: Email, yes: Yes = False, data: Data = _DATA, json: Json = False) -> None:
    """Remove the second factor of somebody who lost it, and end their sessions, in all their tenants."""
    from foundation_subgraph.administration import people_commands

    people_commands.remove_second_factor(_asked(data, json), email, yes=yes)


@roles.command("list")
def role_list(tenant: Tenant, data: Data = _DATA, json: Json = False) -> None:
    """List the roles of a tenant."""
    from foundation_subgraph.administration import role_commands

    role_commands.list_roles(_asked(data, json), tenant)


@roles.command("show")
def role_show(role: RoleName, tenant: Tenant, data: Data = _DATA, json: Json = False) -> None:
    """Show what a role permits, with all that it inherits, and who has it."""
    from foundation_subgraph.administration import role_commands

    role_commands.show_role(_asked(data, json), tenant, role)


@roles.command("create")
def role_create(
    role: RoleName,
    tenant: Tenant,
    description: Annotated[str, typer.Option(help="What it is for.")] = "",
    permission: Annotated[
        list[str] | None, typer.Option(help="What it permits, such as customers:read; may be repeated.")
    ] = None,
    inherit: Annotated[
        list[str] | None,
        typer.Option(metavar="ROLE", help="A role whose permissions it has; may be repeated."),
    ] = None,
    data: Data = _DATA,
    json: Json = False,
) -> None:
    """Make a role of a tenant's own."""
    from foundation_subgraph.administration import role_commands

    given = (permission or [], inherit or [])
    role_commands.create_role(_asked(data, json), tenant, role, description, given)


@roles.command("grant")
def role_grant(role: RoleName, email: Email, tenant: Tenant, data: Data = _DATA, json: Json = False) -> None:
    """Give a member a role. It counts from their next token on."""
    from foundation_subgraph.administration import role_commands

    role_commands.grant_role(_asked(data, json), tenant, role, email)


@roles.command("revoke")
def role_revoke(role: RoleName, email: Email, tenant: Tenant, data: Data = _DATA, json: Json = False) -> None:
    """Take a role from a member. The last owner stays one."""
    from foundation_subgraph.administration import role_commands

    role_commands.revoke_role(_asked(data, json), tenant, role, email)


@operators.command("add")
def operator_add(email: Email, name: Name = None, data: Data = _DATA, json: Json = False) -> None:
    """Invite somebody to run the platform. Its own tenant is made, where it is missing."""
    from foundation_subgraph.administration import people_commands

    people_commands.add_operator(_asked(data, json), email, name)


@database.command("upgrade")
def database_upgrade(data: Data = _DATA, installed: Installed = _INSTALLED, json: Json = False) -> None:
    """Bring the tables of every subgraph up to date. One that fails stays as it was, and the others go on."""
    from foundation_subgraph.administration import database_commands

    database_commands.upgrade_database(_asked(data, json, installed))


@database.command("status")
def database_status(data: Data = _DATA, installed: Installed = _INSTALLED, json: Json = False) -> None:
    """Say how far the tables of every subgraph are; exit 1 where one is not up to date."""
    from foundation_subgraph.administration import database_commands

    database_commands.show_database(_asked(data, json, installed))


@permissions.command("list")
def permissions_list(
    subgraph: Annotated[str | None, typer.Option(help="Those of this subgraph alone.")] = None,
    data: Data = _DATA,
    json: Json = False,
) -> None:
    """List all permissions there ever were, those that are retired as well."""
    from foundation_subgraph.administration import register_commands

    register_commands.list_permissions(_asked(data, json), subgraph)


@permissions.command("verify")
def permissions_verify(data: Data = _DATA, json: Json = False) -> None:
    """Work the register's chain of hashes out again; exit 1 where it is broken."""
    from foundation_subgraph.administration import register_commands

    register_commands.verify_permissions(_asked(data, json))


@audit.command("list")
def audit_list(
    tenant: Tenant,
    since: Since = None,
    until: Until = None,
    action: Action = None,
    actor: Actor = None,
    limit: Annotated[int, typer.Option(min=1, help="How many at most.")] = 50,
    data: Data = _DATA,
    json: Json = False,
) -> None:
    """List what was done in a tenant, the latest first."""
    from foundation_subgraph.administration import audit_commands

    wanted = audit_commands.wanted_entries(action or [], actor, since, until)
    audit_commands.list_audit(_asked(data, json), tenant, wanted, limit)


@audit.command("export")
def audit_export(
    tenant: Tenant,
    since: Since = None,
    until: Until = None,
    action: Action = None,
    actor: Actor = None,
    format_: Annotated[LogFormat, typer.Option("--format", help="How it is written.")] = LogFormat.JSONL,
    to: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A file that is not there yet. [default: print it]")
    ] = None,
    data: Data = _DATA,
) -> None:
    """Write out what was done in a tenant, the earliest first."""
    from foundation_subgraph.administration import audit_commands

    wanted = audit_commands.wanted_entries(action or [], actor, since, until)
    audit_commands.export_audit(_asked(data), tenant, wanted, format_, to)
