"""What `dovetail permissions` does."""

from foundation_subgraph.administration import permission_register
from foundation_subgraph.administration.asking import Asked, administer, show
from foundation_subgraph.administration.printing import fail, print_json, say


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
