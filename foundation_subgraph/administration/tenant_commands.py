"""What `dovetail tenant` does."""

from pathlib import Path

from foundation_subgraph.administration import tenant_export, tenants
from foundation_subgraph.administration.asking import Asked, administer, answer, show
from foundation_subgraph.administration.invitations import hand_over, name_in, send_invitation
from foundation_subgraph.administration.office import Office
from foundation_subgraph.administration.printing import confirm, fail, print_json, print_table, progress, say
from foundation_subgraph.tenants.service import TenantStatus, Wanted
from foundation_subgraph.tenants.tables import TenantRow
from foundation_subgraph.users.service import Invited


def create_tenant(asked: Asked, slug: str, name: str, owner: str, owner_name: str | None) -> None:
    async def make(office: Office) -> tuple[Invited, TenantRow]:
        made = await tenants.make_tenant(office, slug, name, owner, owner_name or name_in(owner))
        return made.invited, made.row

    invitation = send_invitation(asked, make)
    if asked.as_json:
        return print_json({"tenant": _shown(invitation.tenant), "invitation": invitation.shown()})
    say(f"The tenant {invitation.tenant.slug} is made.")
    return hand_over(invitation)


def list_tenants(asked: Asked, status: str | None, search: str | None) -> None:
    wanted = Wanted(search, None if status is None else TenantStatus(status))
    rows = administer(asked, lambda office: tenants.list_tenants(office, wanted))
    show(
        asked,
        ("slug", "name", "status", "status_since", "reason", "is_platform"),
        [_shown(row) for row in rows],
        "There is no such tenant." if status or search else "There is no tenant yet.",
    )


def suspend_tenant(asked: Asked, slug: str, reason: str) -> None:
    _change_tenant(asked, slug, TenantStatus.SUSPENDED, reason)


def reactivate_tenant(asked: Asked, slug: str) -> None:
    _change_tenant(asked, slug, TenantStatus.ACTIVE, "")


def _change_tenant(asked: Asked, slug: str, status: TenantStatus, reason: str) -> None:
    row = administer(asked, lambda office: tenants.change_status(office, slug, status, reason))
    answer(asked, _shown(row), f"The tenant {row.slug} is {row.status}.")


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
    answer(asked, {**_shown(row), **exported}, f"The tenant {row.slug} is {row.status}.")


def export_tenant(asked: Asked, slug: str, to: Path) -> None:
    done = administer(asked, lambda office: _export(office, slug, to))
    if asked.as_json:
        return print_json(_export_shown(done))
    return _say_exported(done)


async def _export(office: Office, slug: str, to: Path) -> tenant_export.Exported:
    with progress("exporting …") as status:
        return await tenant_export.export_tenant(
            office, slug, to, lambda table: status.update(f"exporting {table} …")
        )


def _shown(row: TenantRow) -> dict[str, object]:
    return {
        "id": str(row.id),
        "slug": row.slug,
        "name": row.name,
        "status": row.status,
        "status_since": row.status_since.isoformat(timespec="seconds"),
        "reason": row.status_reason,
        "is_platform": row.is_platform,
    }


def _export_shown(done: tenant_export.Exported) -> dict[str, object]:
    return {"folder": str(done.folder), "rows": dict(done.rows)}


def _say_exported(done: tenant_export.Exported) -> None:
    print_table(("table", "rows"), [{"table": name, "rows": rows} for name, rows in done.rows.items()])
    say(f"{sum(done.rows.values())} rows are written to {done.folder}.")
