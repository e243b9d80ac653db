"""What the commands of administration do: exit 0 done, 1 not, 2 misused, 130 given up."""

import asyncio
import getpass
import os
import re
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, TypeVar

import typer

from foundation_subgraph.administration import (
    audit_pages,
    migrating,
    people,
    permission_register,
    tenant_export,
    tenants,
)
from foundation_subgraph.administration.audit_pages import AuditFormat
from foundation_subgraph.administration.office import Office, open_office
from foundation_subgraph.administration.printing import (
    confirm,
    fail,
    print_json,
    print_table,
    printable,
    progress,
    say,
)
from foundation_subgraph.audit.service import AuditFilter
from foundation_subgraph.house_settings import HouseSettings
from foundation_subgraph.kit import Refusal
from foundation_subgraph.tenants.service import TenantStatus
from foundation_subgraph.tenants.service import Wanted as WantedTenants
from foundation_subgraph.tenants.tables import TenantRow
from foundation_subgraph.users.service import Invited
from foundation_subgraph.users.service import Wanted as WantedPeople
from supergraph.spec import HouseError

_Found = TypeVar("_Found")

_AGO: Final = re.compile(r"(\d{1,6})([mhdw])")
_UNITS: Final = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of every command: over which house, and whether a tool reads the answer."""

    data: Path
    as_json: bool = False
    installed: str = "module_subgraphs:installed"

    @property
    def settings(self) -> HouseSettings:
        return HouseSettings(
            data_folder=self.data,
            database_url=os.environ.get("DATABASE_URL"),
            application_url=os.environ.get("DATABASE_APPLICATION_URL"),
            foundation_url=os.environ.get("DATABASE_FOUNDATION_URL"),
            sign_in_url=os.environ.get("DATABASE_SIGN_IN_URL"),
            installed=self.installed,
        )


def create_tenant(asked: Asked, slug: str, name: str, owner: str, owner_name: str | None) -> None:
    made = administer(
        asked,
        lambda office: tenants.make_tenant(office, slug, name, owner, owner_name or _name_in(owner)),
    )
    if asked.as_json:
        return print_json({"tenant": _tenant(made.row), "invitation": _invitation(made.invited)})
    say(f"The tenant {made.row.slug} is made.")
    return _hand_over(made.invited)


def list_tenants(asked: Asked, status: str | None, search: str | None) -> None:
    wanted = WantedTenants(search, None if status is None else TenantStatus(status))
    rows = administer(asked, lambda office: tenants.list_tenants(office, wanted))
    show(
        asked,
        ("slug", "name", "status", "status_since", "reason", "is_platform"),
        [_tenant(row) for row in rows],
        "There is no such tenant." if status or search else "There is no tenant yet.",
    )


def suspend_tenant(asked: Asked, slug: str, reason: str) -> None:
    _change_tenant(asked, slug, TenantStatus.SUSPENDED, reason)


def reactivate_tenant(asked: Asked, slug: str) -> None:
    _change_tenant(asked, slug, TenantStatus.ACTIVE, "")


def _change_tenant(asked: Asked, slug: str, status: TenantStatus, reason: str) -> None:
    row = administer(asked, lambda office: tenants.change_status(office, slug, status, reason))
    answer(asked, _tenant(row), f"The tenant {row.slug} is {row.status}.")


def close_tenant(asked: Asked, slug: str, reason: str, export: Path | None, *, yes: bool) -> None:
    """Exports first, where that is wanted: a tenant that could not be written out stays as it is."""
    tenant = administer(asked, lambda office: tenants.find_tenant(office, slug))
    if tenant.status == TenantStatus.CLOSED:
        fail(f'The tenant "{slug}" is closed already')
    confirm(f'Close the tenant "{slug}" ({tenant.name}) for ever?', is_given=yes)

    async def work(office: Office) -> tuple[tenant_export.Exported | None, TenantRow]:
        done = None if export is None else await _export(office, slug, export)
        return done, await tenants.change_status(office, slug, TenantStatus.CLOSED, reason)

    done, row = administer(asked, work)
    exported = {} if done is None else {"export": _export_shown(done)}
    if done is not None and not asked.as_json:
        _say_exported(done)
    answer(asked, {**_tenant(row), **exported}, f"The tenant {row.slug} is {row.status}.")


def export_tenant(asked: Asked, slug: str, to: Path) -> None:
    done = administer(asked, lambda office: _export(office, slug, to))
    if asked.as_json:
        return print_json(_export_shown(done))
    return _say_exported(done)


def list_people(asked: Asked, tenant: str, search: str | None, role: str | None, limit: int) -> None:
    wanted = WantedPeople(search=search, role=role)
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
    invited, row = administer(
        asked, lambda office: people.invite_person(office, tenant, email, name or _name_in(email), roles)
    )
    _tell_invitation(asked, invited, row)


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


def add_operator(asked: Asked, email: str, name: str | None) -> None:
    invited, row = administer(
        asked, lambda office: people.invite_operator(office, email, name or _name_in(email))
    )
    _tell_invitation(asked, invited, row)


def upgrade_database(asked: Asked) -> None:
    async def work() -> Sequence[migrating.TablesState]:
        with progress("upgrading …") as status:
            return await migrating.upgrade_tables(
                asked.settings, lambda name: status.update(f"upgrading {name} …")
            )

    states = _attempt(work())
    rows = [
        {
            "subgraph": one.subgraph,
            "was": one.was,
            "is": one.current,
            "head": one.head,
            "state": one.problem or ("up to date" if one.was == one.current else "upgraded"),
        }
        for one in states
    ]
    show(asked, ("subgraph", "was", "is", "head", "state"), rows, "")
    _name_failures(states, "was not upgraded, and its tables are as they were")


def show_database(asked: Asked) -> None:
    states = _attempt(migrating.tables_state(asked.settings))
    rows = [
        {
            "subgraph": one.subgraph,
            "current": one.current,
            "head": one.head,
            "state": one.problem or ("up to date" if one.is_fine else "to be upgraded"),
        }
        for one in states
    ]
    show(asked, ("subgraph", "current", "head", "state"), rows, "")
    _name_failures(states, "cannot be told")
    if behind := [one.subgraph for one in states if not one.is_fine]:
        fail(f"not up to date: {', '.join(behind)}; run `dovetail database upgrade`")


def list_permissions(asked: Asked, subgraph: str | None) -> None:
    found = administer(asked, permission_register.all_permissions)
    rows = [
        {
            "id": row.id,
            "subgraph": row.subgraph,
            "access": str(row.access),
            "description": row.description,
            "retired_at": row.retired_at.isoformat(timespec="seconds") if row.retired_at else None,
        }
        for row in found
        if subgraph in {None, row.subgraph}
    ]
    show(asked, ("id", "subgraph", "access", "description", "retired_at"), rows, "There is no permission.")


def verify_permissions(asked: Asked) -> None:
    found = administer(asked, permission_register.verify_register)
    broken = found.broken
    if asked.as_json:
        told = None if broken is None else {"row": broken.number, "why": broken.why}
        print_json({"rows": found.rows, "last_hash": found.last_hash, "broken": told})
    if broken is not None:
        fail(f"the register of permissions is broken at row {broken.number}: {broken.why}")
    if not asked.as_json:
        say(f"The register of permissions holds: {found.rows} rows, the last hash is {found.last_hash}.")


def list_audit(asked: Asked, tenant: str, wanted: AuditFilter, limit: int) -> None:
    found = administer(asked, lambda office: audit_pages.latest_entries(office, tenant, wanted, limit))
    rows = [audit_pages.entry_shown(row) for row in found]
    if not asked.as_json:
        rows = [{**row, "at": str(row["at"])[:19]} for row in rows]
    show(asked, ("at", "actor", "action", "target", "details"), rows, "Nothing of that is in the log.")


def export_audit(asked: Asked, tenant: str, wanted: AuditFilter, format_: str, to: Path | None) -> None:
    async def work(office: Office) -> None:
        pieces = audit_pages.exported_entries(office, tenant, wanted, AuditFormat(format_))
        async for piece in pieces:
            file.write(piece)

    try:
        # Only what is new: whoever takes copies regularly must not lose the last one by a slip.
        with nullcontext(sys.stdout) if to is None else to.open("x", encoding="utf-8", newline="") as file:
            administer(asked, work)
    except FileExistsError:
        fail(f"{to} is there already: name another file")
    except OSError as error:
        if to is None:
            raise
        fail(f"{to} cannot be written: {error.strerror or error}")


def wanted_entries(
    actions: Sequence[str], actor: str | None, since: str | None, until: str | None
) -> AuditFilter:
    """What the options of `dovetail audit` say."""
    return AuditFilter(actions=list(actions) or None, actor=actor, since=_moment(since), until=_moment(until))


def _moment(words: str | None) -> datetime | None:
    """A moment as people write it: 2026-11-01, with a time, or 7d ago. Without an offset it is UTC."""
    if words is None:
        return None
    if ago := _AGO.fullmatch(words):
        return datetime.now(UTC) - timedelta(**{_UNITS[ago[2]]: int(ago[1])})
    try:
        moment = datetime.fromisoformat(words)
    except ValueError:
        fail(f'"{words}" is no moment: write it like 2026-11-01, 2026-11-01T08:30, or 7d for a week ago', 2)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


async def _export(office: Office, slug: str, to: Path) -> tenant_export.Exported:
    with progress("exporting …") as status:
        return await tenant_export.export_tenant(
            office, slug, to, lambda table: status.update(f"exporting {table} …")
        )


def administer(asked: Asked, work: Callable[[Office], Awaitable[_Found]]) -> _Found:
    async def at_work() -> _Found:
        async with open_office(asked.settings, f"cli:{_login()}") as office:
            return await work(office)

    return _attempt(at_work())


def _attempt(work: Awaitable[_Found]) -> _Found:
    async def attempt() -> _Found:
        return await work

    try:
        return asyncio.run(attempt())
    except Refusal as refusal:
        fail(refusal.message)
    except HouseError as error:
        fail(str(error))


def _login() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container whose user has no name
        return f"uid {os.getuid()}"


def _name_in(email: str) -> str:
    """What somebody is called as long as nobody says it better; they may say it when they accept."""
    return email.partition("@")[0].strip() or email


def _name_failures(states: Sequence[migrating.TablesState], what: str) -> None:
    failed = [one for one in states if one.problem]
    for one in failed[:-1]:
        typer.echo(f"error: {printable(one.subgraph)} {what}: {printable(one.problem)}", err=True)
    if failed:
        fail(f"{failed[-1].subgraph} {what}: {failed[-1].problem}")


def _tenant(row: TenantRow) -> dict[str, object]:
    return {
        "id": str(row.id),
        "slug": row.slug,
        "name": row.name,
        "status": row.status,
        "status_since": row.status_since.isoformat(timespec="seconds"),
        "reason": row.status_reason,
        "is_platform": row.is_platform,
    }


def _invitation(invited: Invited) -> dict[str, object]:
    return {
        "email": invited.row.email,
        "roles": list(invited.row.roles),
        "expires_at": invited.row.expires_at.isoformat(timespec="seconds"),
        "token": invited.token,
    }


def _tell_invitation(asked: Asked, invited: Invited, tenant: TenantRow) -> None:
    if asked.as_json:
        return print_json({"tenant": tenant.slug, "invitation": _invitation(invited)})
    return _hand_over(invited)


def _hand_over(invited: Invited) -> None:
    row = invited.row
    say(f"{row.email} is invited as {', '.join(row.roles)}, until {row.expires_at:%Y-%m-%d %H:%M} UTC.")
    say(f"Hand this over, it is shown once and accepted at /sign-in/accept:\n{invited.token}")


def _export_shown(done: tenant_export.Exported) -> dict[str, object]:
    return {"folder": str(done.folder), "rows": dict(done.rows)}


def _say_exported(done: tenant_export.Exported) -> None:
    print_table(("table", "rows"), [{"table": name, "rows": rows} for name, rows in done.rows.items()])
    say(f"{sum(done.rows.values())} rows are written to {done.folder}.")


def show(asked: Asked, columns: Sequence[str], rows: Sequence[Mapping[str, object]], without: str) -> None:
    if asked.as_json:
        print_json([dict(row) for row in rows])
    elif rows:
        print_table(columns, rows)
    else:
        say(without)


def answer(asked: Asked, value: Mapping[str, object], line: str) -> None:
    if asked.as_json:
        print_json(dict(value))
    else:
        say(line)
