from graphql.utilities.find_schema_changes import BreakingChangeType, DangerousChangeType

from schema.checks import RULINGS, ChangeKind, Verdict


def test_every_kind_of_change_has_one_ruling() -> None:
    assert set(RULINGS) == set(ChangeKind)


def test_what_the_change_finder_calls_breaking_or_dangerous_is_not_called_less() -> None:
    assert {RULINGS[ChangeKind(kind.name)].verdict for kind in BreakingChangeType} == {Verdict.BREAKING}
    assert {RULINGS[ChangeKind(kind.name)].verdict for kind in DangerousChangeType} == {Verdict.RISKY}


def test_what_is_not_safe_says_why_and_how_to_mend_it() -> None:
    for kind, ruling in RULINGS.items():
        assert ruling.why, kind
        assert bool(ruling.mend) == (ruling.verdict is not Verdict.SAFE), kind
