"""Second factors: codes of an authenticator app (TOTP, RFC 6238), and recovery codes for when it is lost."""

import hashlib
import hmac
import logging
import secrets
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

import pyotp
from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from foundation_subgraph.audit.service import record
from foundation_subgraph.kit import Access, Permission, Refusal, narrow
from foundation_subgraph.sessions.service import EndReason, end_sessions_of_user
from foundation_subgraph.sign_in.persons import be_person, check_may_do_no_more, tenants_of_user
from foundation_subgraph.sign_in.sealing import Seal, UnsealableError
from foundation_subgraph.sign_in.tables import SecondFactorRow
from foundation_subgraph.sign_in.throttle import Counted, Throttle
from foundation_subgraph.users.tables import MembershipRow

_log = logging.getLogger(__name__)

SECOND_FACTOR_REQUIRED: Final = "SECOND_FACTOR_REQUIRED"
SECOND_FACTOR_WRONG: Final = "SECOND_FACTOR_WRONG"
SECOND_FACTOR_EXISTS: Final = "SECOND_FACTOR_EXISTS"
SECOND_FACTOR_MISSING: Final = "SECOND_FACTOR_MISSING"
TOO_MANY_ATTEMPTS: Final = "TOO_MANY_ATTEMPTS"

SECOND_FACTORS_REMOVE: Final = Permission(
    "second_factors:remove", "Remove the second factor of a member who lost it", Access.ADMINISTER
)
PERMISSIONS: Final = (SECOND_FACTORS_REMOVE,)
RELEASE_LIFETIME: Final = timedelta(days=1)

_STEP_SECONDS: Final = 30
_STEPS_APART: Final = 1  # for clocks that differ, and for slow fingers
_RECOVERY_CODES: Final = 10
_WRONG_CODES: Final = 20


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What an authenticator app is to be told, once: `uri` is for a QR code, `secret` for typing."""

    secret: str
    uri: str


@dataclass(frozen=True, slots=True)
class SecondFactors:
    """The use cases, in the role of the sign-in. `clock` tells seconds since the epoch."""

    engine: AsyncEngine
    seal: Seal
    issuer: str = "Dovetail"
    clock: Callable[[], float] = time.time

    async def enrol(self, user: UUID, email: str) -> Enrolment:
        """A new secret, which counts when a code of it has been shown; until then another may take its place."""
        secret = pyotp.random_base32()
        sealed = self.seal.seal(secret.encode(), _purpose(user))
        async with AsyncSession(self.engine) as session, session.begin():
            await be_person(session, user)
            written = await session.scalar(
                insert(SecondFactorRow)
                .values(user_id=user, secret=sealed)
                .on_conflict_do_update(
                    index_elements=["user_id"],
                    set_={"secret": sealed, "last_step": None},
                    where=SecondFactorRow.confirmed_at.is_(None),
                )
                .returning(SecondFactorRow.user_id)
            )
        if written is None:
            raise Refusal(SECOND_FACTOR_EXISTS, "You have a second factor: disable it first")
        uri = pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name=self.issuer)
        return Enrolment(secret, uri)

    async def confirm(self, user: UUID, code: str) -> list[str]:
        """From now on signing in takes a code. Gives the recovery codes, which are known here and now and never again."""
        codes = [f"{secrets.token_hex(4)}-{secrets.token_hex(4)}" for _ in range(_RECOVERY_CODES)]
        async with AsyncSession(self.engine) as session, session.begin():
            await be_person(session, user)
            row = await _row(session, user)
            if row is None:
                raise Refusal(SECOND_FACTOR_MISSING, "Enrol first")
            if row.confirmed_at is not None:
                raise Refusal(SECOND_FACTOR_EXISTS, "Your second factor counts already")
            if not await self._use_code(session, row, code):
                raise _wrong_code()
            await session.execute(
                update(SecondFactorRow)
                .where(SecondFactorRow.user_id == user)
                .values(confirmed_at=datetime.now(UTC), recovery_hashes=[_hash(user, one) for one in codes])
            )
            await _record(session, user, "second_factor.enabled")
        return codes

    async def disable(self, user: UUID) -> None:
        """From now on the password alone counts again. Whoever calls has checked it."""
        async with AsyncSession(self.engine) as session, session.begin():
            await be_person(session, user)
            gone = await session.scalar(
                delete(SecondFactorRow)
                .where(SecondFactorRow.user_id == user)
                .returning(SecondFactorRow.user_id)
            )
            if gone is None:
                raise Refusal(SECOND_FACTOR_MISSING, "You have no second factor")
            await _record(session, user, "second_factor.disabled")

    async def check(self, user: UUID, code: str | None) -> None:
        """Refuse somebody who has a second factor and does not show it. Their password has been shown.

        Wrong codes are counted by account, from wherever they come: who gets here knows the password already.
        """
        async with AsyncSession(self.engine, expire_on_commit=False) as session, session.begin():
            await be_person(session, user)
            row = await _row(session, user)
        if row is None or row.confirmed_at is None or await self._is_released(user, row.confirmed_at):
            return
        if not code:
            raise Refusal(SECOND_FACTOR_REQUIRED, "Send the code of your authenticator app too")
        throttle = Throttle(self.engine)
        attempt = (Counted("second factor", str(user), _WRONG_CODES, is_cleared=True),)
        if wait := await throttle.begin(attempt):
            raise Refusal(TOO_MANY_ATTEMPTS, f"Too many wrong codes: try again in {wait} s")
        async with AsyncSession(self.engine) as session, session.begin():
            await be_person(session, user)
            if not (
                await self._use_code(session, row, code) or await _use_recovery_code(session, user, code)
            ):
                raise _wrong_code()
        await throttle.succeed(attempt)

    async def _is_released(self, user: UUID, since: datetime) -> bool:
        """Whether an administrator has released somebody, whose second factor is removed by that.

        A second factor is the person's, wherever they belong to: no tenant removes that of somebody who has others.
        """
        earliest = max(since, datetime.now(UTC) - RELEASE_LIFETIME)
        async with AsyncSession(self.engine) as session, session.begin():
            query = select(MembershipRow.released_at, MembershipRow.released_by)
            rows = (await session.execute(query.where(MembershipRow.user_id == user))).all()
            if len(rows) != 1 or rows[0].released_at is None or rows[0].released_at < earliest:
                return False
            return await remove_second_factor(session, user, rows[0].released_by)

    async def _use_code(self, session: AsyncSession, row: SecondFactorRow, code: str) -> bool:
        """Whether it is the code of now, or of just before or after, and was not used yet: nor any later one."""
        try:
            totp = pyotp.TOTP(self.seal.open(row.secret, _purpose(row.user_id)).decode())
        except UnsealableError:
            # Recovery codes need no key: they still open.
            _log.error(
                "the second factor of %s cannot be opened: is the key that of this database?", row.user_id
            )
            return False
        now = int(self.clock()) // _STEP_SECONDS
        shown = "".join(code.split())
        fitting = [
            step
            for step in range(now - _STEPS_APART, now + _STEPS_APART + 1)
            if hmac.compare_digest(totp.generate_otp(step).encode(), shown.encode())
        ]
        if not fitting:
            return False
        used = await session.scalar(
            update(SecondFactorRow)
            .where(
                SecondFactorRow.user_id == row.user_id,
                or_(SecondFactorRow.last_step.is_(None), SecondFactorRow.last_step < fitting[0]),
            )
            .values(last_step=fitting[0])
            .returning(SecondFactorRow.user_id)
        )
        return used is not None


async def remove_second_factor(session: AsyncSession, user: UUID, actor: UUID | str | None) -> bool:
    """Take somebody's second factor away, and end all their sessions; False where there was none.

    For the role of the sign-in. `actor` is who did it.
    """
    await be_person(session, user)
    gone = await session.scalar(
        delete(SecondFactorRow).where(SecondFactorRow.user_id == user).returning(SecondFactorRow.user_id)
    )
    if gone is None:
        return False
    for tenant in await tenants_of_user(session, user):
        await narrow(session, tenant)
        await end_sessions_of_user(session, user, EndReason.SECOND_FACTOR_REMOVED, actor)
        await record(session, actor, "second_factor.removed", user)
    return True


async def release_member(
    session: AsyncSession, user: UUID, tenant: UUID, released_by: UUID, held: Collection[str]
) -> datetime:
    """Let a member of the session's tenant, who may do nothing beyond `held`, sign in without their second factor.

    It is removed when they show their password next, if they do so until the moment that comes back and belong to no
    other tenant. Until then it is there. Their sessions in the tenant end.
    """
    if user == released_by:
        raise Refusal("SECOND_FACTOR_IS_YOURS", "Disable your own with your password, or ask somebody else")
    await check_may_do_no_more(session, user, tenant, held)
    now = datetime.now(UTC)
    await session.execute(
        update(MembershipRow)
        .where(MembershipRow.user_id == user)
        .values(released_at=now, released_by=released_by)
        .execution_options(synchronize_session=False)
    )
    await end_sessions_of_user(session, user, EndReason.SECOND_FACTOR_REMOVED, released_by)
    return now + RELEASE_LIFETIME


async def _use_recovery_code(session: AsyncSession, user: UUID, code: str) -> bool:
    hashed = _hash(user, code.strip().lower())
    used = await session.scalar(
        update(SecondFactorRow)
        .where(SecondFactorRow.user_id == user, SecondFactorRow.recovery_hashes.contains([hashed]))
        .values(recovery_hashes=func.array_remove(SecondFactorRow.recovery_hashes, hashed))
        .returning(SecondFactorRow.user_id)
    )
    if used is not None:
        await _record(session, user, "recovery_code.used")
    return used is not None


async def _row(session: AsyncSession, user: UUID) -> SecondFactorRow | None:
    return await session.scalar(select(SecondFactorRow).where(SecondFactorRow.user_id == user))


async def _record(session: AsyncSession, user: UUID, action: str) -> None:
    """In the log of each tenant that the person belongs to: it concerns all of them."""
    for tenant in await tenants_of_user(session, user):
        await narrow(session, tenant)
        await record(session, user, action, user)


def _hash(user: UUID, code: str) -> bytes:
    # 64 random bits behind a throttle, and the person beside them: nobody tries one code against everybody's.
    return hashlib.sha256(f"{user}\0{code}".encode()).digest()


def _purpose(user: UUID) -> str:
    return f"second factor of {user}"


def _wrong_code() -> Refusal:
    return Refusal(SECOND_FACTOR_WRONG, "The code is wrong, or was used already: wait for the next one")
