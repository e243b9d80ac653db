import pytest

from supergraph.spec import NOBODY, Caller, Principal, Revocation, RevocationList


class Clock:
    now = 1_000.7

    def __call__(self) -> float:
        return self.now


def somebody(
    subject: str = "u1",
    tenant: str | None = "t1",
    session: str | None = "s1",
    issued_at: float | None = 1_000,
) -> Caller:
    return Caller(Principal(subject, tenant), session=session, issued_at=issued_at)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def revocations(clock: Clock) -> RevocationList:
    return RevocationList(keep_seconds=900, clock=clock)


def test_nobody_is_revoked_by_themselves(revocations: RevocationList) -> None:
    assert not revocations.is_revoked(somebody())
    assert not revocations.is_revoked(NOBODY)


def test_a_session_that_ended_takes_its_tokens_along(revocations: RevocationList) -> None:
    revocations.revoke_session("s1")
    assert revocations.is_revoked(somebody(issued_at=999_999))
    assert not revocations.is_revoked(somebody(session="s2"))
    assert not revocations.is_revoked(somebody(session=None))


def test_what_a_subject_had_before_is_revoked_and_what_it_gets_after_is_not(
    revocations: RevocationList,
) -> None:
    revocations.revoke_subject("u1", "t1")
    assert revocations.is_revoked(somebody(issued_at=999))
    assert revocations.is_revoked(somebody(issued_at=1_000)), "of the same second: taken as before"
    assert not revocations.is_revoked(somebody(issued_at=1_001))
    assert not revocations.is_revoked(somebody("u2"))
    assert not revocations.is_revoked(NOBODY)


def test_a_role_lost_in_one_tenant_is_lost_there_alone(revocations: RevocationList) -> None:
    revocations.revoke_subject("u1", "t1")
    assert not revocations.is_revoked(somebody(tenant="t2"))
    revocations.revoke_subject("u1")
    assert revocations.is_revoked(somebody(tenant="t2"))
    assert revocations.is_revoked(somebody(tenant=None))


def test_what_was_given_until_a_moment_is_revoked_however_often_that_is_told(
    revocations: RevocationList,
) -> None:
    for until in (990.5, 980.0, 990.5):
        revocations.revoke_subject("u1", "t1", until=until)
    assert revocations.is_revoked(somebody(issued_at=990))
    assert not revocations.is_revoked(somebody(issued_at=991))


def test_a_token_that_does_not_say_when_counts_as_one_of_before(revocations: RevocationList) -> None:
    revocations.revoke_subject("u1")
    assert revocations.is_revoked(somebody(issued_at=None))


def test_what_no_token_outlives_is_forgotten(revocations: RevocationList, clock: Clock) -> None:
    for number in range(1_000):
        clock.now += 1
        revocations.revoke_session(f"s{number}")
        revocations.revoke_subject(f"u{number}")
    assert len(revocations) <= 2 * 902
    assert revocations.is_revoked(somebody(session="s999"))
    assert not revocations.is_revoked(somebody(session="s1", subject="u1", issued_at=2_000))


def test_who_is_revoked_again_is_kept_from_then_on(revocations: RevocationList, clock: Clock) -> None:
    revocations.revoke_subject("u1")
    clock.now += 800
    revocations.revoke_subject("u1")
    clock.now += 800
    revocations.revoke_subject("u2")
    assert revocations.is_revoked(somebody(issued_at=1_800))


def test_the_list_is_bounded_and_forgets_nobody() -> None:
    clock = Clock()
    revocations = RevocationList(keep_seconds=900, entries=10, clock=clock)
    for number in range(100):
        clock.now += 1
        revocations.revoke_session(f"s{number}")
        revocations.revoke_subject(f"u{number}")
    assert len(revocations) <= 20
    assert revocations.is_revoked(somebody(session="s0", subject="x", issued_at=1_000))
    assert revocations.is_revoked(somebody(session="x", subject="u0", issued_at=1_000))
    assert not revocations.is_revoked(somebody(session="x", subject="x", issued_at=1_101)), "given afterwards"
    assert not revocations.is_revoked(NOBODY)
    api_key = Caller(Principal("machine", "t1"), api_key="k1")
    assert not revocations.is_revoked(api_key), "where keys are kept it is said which of them hold"
    clock.now += 2_000
    revocations.revoke_session("later")
    assert not revocations.is_revoked(somebody(session="x", subject="x", issued_at=1_000)), (
        "it has ended long ago"
    )


def test_who_hears_of_a_list_is_told_what_is_new_and_once() -> None:
    revocations = RevocationList(clock=Clock())
    heard: list[Revocation] = []
    revocations.tell(heard.append)
    for _ in range(2):
        revocations.revoke_session("s1")
        revocations.revoke_subject("u1", "t1", until=990.5)
        revocations.revoke_subject("u1", "t1", until=980.0)
        revocations.revoke(Revocation(900.0))
    assert heard == [
        Revocation(1_000.7, session="s1"),
        Revocation(990.5, subject="u1", tenant="t1"),
        Revocation(900.0),
    ]
