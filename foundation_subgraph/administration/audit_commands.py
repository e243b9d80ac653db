"""What `dovetail audit` does."""

import re
import sys
from collections.abc import Sequence
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from foundation_subgraph.administration import audit_pages
from foundation_subgraph.administration.asking import Asked, administer, show
from foundation_subgraph.administration.audit_pages import AuditFormat
from foundation_subgraph.administration.office import Office
from foundation_subgraph.administration.printing import fail
from foundation_subgraph.audit.service import AuditFilter

_AGO: Final = re.compile(r"(\d{1,6})([mhdw])")
_UNITS: Final = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


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
