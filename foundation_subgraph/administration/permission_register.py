"""The register of permissions, from the command line."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from foundation_subgraph.administration.office import Office
from foundation_subgraph.permissions.register import BrokenRegister, check_register
from foundation_subgraph.permissions.tables import PermissionRegisterRow, PermissionRow


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the check found. `rows` and `last_hash` are of the register as it stands, whether it holds or not."""

    rows: int
    last_hash: str
    broken: BrokenRegister | None


async def all_permissions(office: Office) -> Sequence[PermissionRow]:
    """Those in force and those retired, by id."""
    async with office.session() as session:
        return (await session.scalars(select(PermissionRow).order_by(PermissionRow.id))).all()


async def verify_register(office: Office) -> Verdict:
    async with office.session() as session:
        broken = await check_register(session)
        last = await session.scalar(
            select(PermissionRegisterRow).order_by(PermissionRegisterRow.number.desc()).limit(1)
        )
    return Verdict(last.number if last else 0, last.hash.hex() if last else "", broken)
