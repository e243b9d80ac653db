import difflib
from collections.abc import Iterator

from codegen.modules.boundaries.model import Fault, ModuleUnderCheck, RegisteredPermission


def registered_permissions_stay(module: ModuleUnderCheck) -> Iterator[Fault]:
    """A permission that was registered stays: roles of tenants grant it by its id."""
    if module.manifest is None:
        return
    now = {permission.id: permission.description for permission in module.manifest.permissions}
    known = {permission.id for permission in module.registered}
    new = {id_: said for id_, said in now.items() if id_ not in known}
    since = module.change.since if module.change is not None else "before"
    for permission in module.registered:
        if permission.id not in now:
            renamed = _renamed(permission, new)
            what = f"was renamed to {renamed}" if renamed else "was dropped"
            yield Fault(
                module.manifest_path,
                module.manifest_line(f'"{renamed}"' if renamed else "[permissions]"),
                f"the permission {permission.id}, registered at {since}, {what}",
                f"Put {permission.id} back: roles of tenants grant it by this id"
                + ("; a new one may stand beside it." if renamed else "."),
            )


def _renamed(old: RegisteredPermission, new: dict[str, str]) -> str | None:
    same = [id_ for id_, said in new.items() if said == old.description]
    near = same or difflib.get_close_matches(old.id, list(new), n=1)
    return near[0] if near else None
