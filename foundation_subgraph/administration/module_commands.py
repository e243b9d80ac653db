"""What `dovetail module`'s commands about the registry do: exit 0 done, 1 not, 2 misused."""

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from uuid import UUID

from foundation_subgraph.administration import modules
from foundation_subgraph.administration.asking import Asked, administer, answer, show
from foundation_subgraph.administration.modules import Known
from foundation_subgraph.administration.office import Office
from foundation_subgraph.administration.printing import confirm, fail, print_json, print_table, progress, say
from foundation_subgraph.kit import Manifest, ManifestError, Refusal
from foundation_subgraph.kit.installing import UnknownImportError, find_installed
from foundation_subgraph.modules.artefact import artefact_of
from foundation_subgraph.modules.installed import version_of
from foundation_subgraph.modules.judging import BudgetWish, in_percent
from foundation_subgraph.modules.model import Audience, ModuleVersion, Registry, Rollout, VersionId
from foundation_subgraph.modules.publication import version_in


def publish(  # noqa: PLR0913 - the options of the command
    asked: Asked, module: str, *, sdl: Path | None, manifest: Path | None, address: str, signature: Path | None,
    accept: str, yes: bool,
) -> None:  # fmt: skip
    found = _in_files(module, sdl, manifest) if sdl and manifest else _in_code(asked, module)
    signed = "" if signature is None else _text(signature).strip()
    version = replace(found, address=address, signature=signed)
    if accept:
        confirm(f"Publish {version.id}, though it may break clients? It cannot be taken back.", is_given=yes)

    async def work(office: Office) -> None:
        with progress(f"checking {version.id} …"):
            await modules.publish_version(office, version, accepted=accept)

    administer(asked, work)
    answer(asked, _published(version), f"{version.id} is published. Nobody has it yet.")


def print_artefact(
    asked: Asked, module: str, *, sdl: Path | None, manifest: Path | None, address: str
) -> None:
    found = _in_files(module, sdl, manifest) if sdl and manifest else _in_code(asked, module)
    sys.stdout.buffer.write(artefact_of(replace(found, address=address)))


def list_versions(asked: Asked, module: str | None) -> None:
    rows = administer(asked, lambda office: modules.list_versions(office, module))
    shown = [
        {
            "version": f"{row.module}@{row.version}",
            "title": row.title,
            "owner": row.owner,
            "depends_on": list(row.depends_on),
            "permissions": [each["id"] for each in row.permissions],
            "address": row.address,
            "is_signed": bool(row.signature),
            "accepted": row.accepted,
            "published_by": row.published_by,
            "published_at": row.published_at.isoformat(timespec="seconds"),
        }
        for row in rows
    ]
    columns = ("version", "title", "owner", "depends_on", "address", "published_by", "published_at")
    show(asked, columns, shown, f"Nothing of {module} is published." if module else "Nothing is published.")


def status(asked: Asked, module: str | None) -> None:
    known = administer(asked, modules.read)
    names = sorted({one.module for one in known.registry.versions})
    if module is not None and module not in names:
        fail(f"There is no module {module}")
    rows = [_status(known, name) for name in names if module in {None, name}]
    if asked.as_json:
        return print_json(rows)
    if not rows:
        return say("Nothing is published.")
    return print_table(
        ("module", "latest", "for_all", "tenants", "rollout", "set_aside"), [_in_words(row) for row in rows]
    )


def history(asked: Asked, module: str) -> None:
    rows = administer(asked, lambda office: modules.history(office, module))
    known = administer(asked, modules.read)
    shown = [
        {
            "at": row.at.isoformat(timespec="seconds"),
            "action": row.action,
            "version": row.version,
            "tenant": None if row.tenant_id is None else known.slugs.get(row.tenant_id, str(row.tenant_id)),
            "by": row.actor,
            "reason": row.reason,
        }
        for row in rows
    ]
    show(asked, ("at", "action", "version", "tenant", "by", "reason"), shown, f"There is no module {module}.")


def enable(asked: Asked, version: str, tenant: str | None, reason: str) -> None:
    wanted = _version(version)
    administer(asked, lambda office: modules.enable(office, wanted, tenant, reason))
    answer(asked, {"version": str(wanted), "tenant": tenant}, f"{wanted} is enabled for {tenant or 'all'}.")


def disable(asked: Asked, module: str, tenant: str | None, reason: str) -> None:
    administer(asked, lambda office: modules.disable(office, module, tenant, reason))
    line = f"{module} is disabled for {tenant or 'all who have no version of their own'}. Its data is kept."
    answer(asked, {"module": module, "tenant": tenant}, line)


def roll_out(
    asked: Asked,
    version: str,
    tenants: str,
    percent: int,
    rings: Sequence[str],
    budget: tuple[float | None, float | None, float | None],
    reason: str,
) -> None:
    wanted, slugs = _version(version), _names(tenants)
    if not (slugs or percent or rings):
        fail("To whom? Say --tenants, --percent or --ring", 2)
    wish = BudgetWish.in_percent(*budget)
    made = administer(
        asked, lambda office: modules.roll_out(office, wanted, slugs, percent, rings, wish, reason)
    )
    known = administer(asked, modules.read)
    answer(
        asked, _rollout(known, made), f"{wanted} is being rolled out to {_audience(known, made.audience)}."
    )


def finish(asked: Asked, module: str, reason: str) -> None:
    administer(asked, lambda office: modules.finish_rollout(office, module, reason))
    answer(asked, {"module": module}, f"The rollout of {module} is finished: what it brought is the rule.")


def halt(asked: Asked, module: str, reason: str) -> None:
    halted = administer(asked, lambda office: modules.halt_rollout(office, module, reason))
    line = f"The rollout of {halted.version} is halted: everybody has what they had before."
    answer(asked, {"version": str(halted.version), "state": halted.state, "reason": reason}, line)


def roll_back(asked: Asked, module: str, tenant: str | None, reason: str) -> None:
    administer(asked, lambda office: modules.roll_back(office, module, tenant, reason))
    known = administer(asked, modules.read)
    ids = {slug: id_ for id_, slug in known.slugs.items()}
    now = known.registry.for_all.get(module)
    if tenant is not None:
        now = known.registry.for_tenants.get(ids[tenant], {}).get(module, now)
    version = None if now is None else f"{module}@{now}"
    line = f"{module} is rolled back for {tenant or 'all'}: {version or 'it is off'}. Its data is kept."
    answer(asked, {"module": module, "tenant": tenant, "version": version}, line)


def set_ring(asked: Asked, name: str, tenants: str) -> None:
    slugs = _names(tenants)
    administer(asked, lambda office: modules.set_ring(office, name, slugs))
    answer(
        asked,
        {"ring": name, "tenants": slugs},
        f"The ring {name} is {', '.join(slugs) or 'without tenants'}.",
    )


def _in_code(asked: Asked, module: str) -> ModuleVersion:
    try:
        found = find_installed(asked.installed)
    except UnknownImportError as error:
        fail(str(error))
    for broken in found.broken:
        if broken.name == module:
            fail(f"{module} cannot be loaded: {broken.reason}")
    for one in found.subgraphs:
        if one.name == module:
            return version_of(one)
    return fail(
        f"There is no module {module} here; there are {', '.join(one.name for one in found.subgraphs)}"
    )


def _in_files(module: str, sdl: Path, manifest: Path) -> ModuleVersion:
    try:
        read = Manifest.read(manifest)
    except ManifestError as error:
        fail(str(error))
    if read.id != module:
        fail(f"{manifest} is of {read.id}, and not of {module}")
    return version_in(read, _text(sdl))


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        return fail(f"{file} cannot be read: {why}")


def _version(text: str) -> VersionId:
    try:
        return VersionId.read(text)
    except Refusal as refusal:
        return fail(refusal.message, 2)


def _names(listed: str) -> list[str]:
    return list(dict.fromkeys(name.strip() for name in listed.split(",") if name.strip()))


def _published(version: ModuleVersion) -> dict[str, object]:
    return {
        "version": str(version.id),
        "address": version.address,
        "permissions": [each.id for each in version.permissions],
        "depends_on": list(version.depends_on),
    }


def _status(known: Known, module: str) -> dict[str, object]:
    registry = known.registry
    latest = max(one for one in registry.versions if one.module == module)
    rollout = registry.rollouts.get(module)
    own = {
        known.slugs.get(tenant, str(tenant)): choices[module]
        for tenant, choices in registry.for_tenants.items()
        if module in choices
    }
    return {
        "module": module,
        "title": registry.versions[latest].title,
        "owner": registry.versions[latest].owner,
        "latest": latest.version,
        "for_all": registry.for_all.get(module),
        "tenants": dict(sorted(own.items())),
        "rollout": None if rollout is None else _rollout(known, rollout),
        "set_aside": _faults(registry, module),
    }


def _faults(registry: Registry, module: str) -> dict[str, str]:
    return {str(one): why for one, why in sorted(registry.faults.items()) if one.module == module}


def _rollout(known: Known, rollout: Rollout) -> dict[str, object]:
    audience = rollout.audience
    return {
        "version": str(rollout.version),
        "tenants": _slugs(known, audience.tenants),
        "percent": audience.percent,
        "rings": sorted(audience.rings),
        "left_out": _slugs(known, audience.left_out),
        "max_errors": in_percent(rollout.budget.errors),
        "max_slow": in_percent(rollout.budget.slow),
        "slow_seconds": rollout.budget.seconds,
        "state": str(rollout.state),
        "reason": rollout.reason,
        "started_at": rollout.started_at.isoformat(timespec="seconds"),
    }


def _in_words(row: dict[str, object]) -> dict[str, object]:
    tenants, rollout, faults = row["tenants"], row["rollout"], row["set_aside"]
    assert isinstance(tenants, dict)
    assert isinstance(faults, dict)
    return {
        **row,
        "for_all": row["for_all"] or "off",
        "tenants": [f"{slug}: {version or 'off'}" for slug, version in tenants.items()],
        "rollout": f"{rollout['version']} to {_reached(rollout)}" if isinstance(rollout, dict) else None,
        "set_aside": [f"{version}: {why}" for version, why in faults.items()],
    }


def _audience(known: Known, audience: Audience) -> str:
    return _reached(
        {
            "tenants": _slugs(known, audience.tenants),
            "percent": audience.percent,
            "rings": sorted(audience.rings),
        }
    )


def _reached(told: dict[str, object]) -> str:
    tenants, rings = told["tenants"], told["rings"]
    assert isinstance(tenants, list)
    assert isinstance(rings, list)
    words = [*tenants, *(f"the ring {ring}" for ring in rings)]
    if told["percent"]:
        words.append(f"{told['percent']} % of all")
    return ", ".join(words)


def _slugs(known: Known, tenants: frozenset[UUID]) -> list[str]:
    return sorted(slug for id_, slug in known.slugs.items() if id_ in tenants)
