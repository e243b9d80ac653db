import pytest

OLD = 'type Query { t: T } type T @key(fields: "id") { id: ID! x: Int }'


def new(directives: str, fields: str = "") -> str:
    return f'type T @key(fields: "id") {{ id: ID! x: Int {directives} {fields} }}'


def line(document: str | None, field: str) -> str:
    return next(
        line.strip() for line in (document or "").splitlines() if line.strip().startswith(f"{field}:")
    )


def test_an_overridden_field_leaves_its_subgraph(composed) -> None:
    composition = composed(new=new('@override(from: "old")'), old=OLD)
    assert line(composition.supergraph_sdl, "x") == 'x: Int @join__field(graph: NEW, override: "old")'
    assert {str(each.code) for each in composition.hints} == {"OVERRIDDEN_FIELD_CAN_BE_REMOVED"}


def test_an_overridden_field_that_its_subgraph_still_names_stays_known_there(composed) -> None:
    old = OLD.replace("type T", 'type T @key(fields: "x")')
    composition = composed(new=new('@override(from: "old")'), old=old)
    assert line(composition.supergraph_sdl, "x") == (
        'x: Int @join__field(graph: NEW, override: "old") @join__field(graph: OLD, usedOverridden: true)'
    )


def test_a_progressive_override_keeps_both_with_the_label(composed) -> None:
    composition = composed(new=new('@override(from: "old", label: "percent(10)")'), old=OLD)
    assert line(composition.supergraph_sdl, "x") == (
        'x: Int @join__field(graph: NEW, override: "old", overrideLabel: "percent(10)") '
        '@join__field(graph: OLD, overrideLabel: "percent(10)")'
    )
    assert {str(each.code) for each in composition.hints} == {"OVERRIDE_MIGRATION_IN_PROGRESS"}


@pytest.mark.parametrize(
    ("override", "hint"),
    [
        ('x: Int @override(from: "nobody")', "FROM_SUBGRAPH_DOES_NOT_EXIST"),
        ('z: Int @override(from: "old")', "OVERRIDE_DIRECTIVE_CAN_BE_REMOVED"),
    ],
)
def test_an_override_of_nothing_is_hinted_at(hints, override, hint) -> None:
    old = 'type Query { t: T } type T @key(fields: "id") { id: ID! }'
    assert hints(new=f'type T @key(fields: "id") {{ id: ID! {override} }}', old=old) == {hint}


def test_an_override_of_an_override_is_refused(codes) -> None:
    assert "OVERRIDE_SOURCE_HAS_OVERRIDE" in codes(
        a=new('@override(from: "b")'), b=new('@override(from: "old")'), old=OLD
    )


@pytest.mark.parametrize(
    ("fields", "clash"),
    [
        ('x: Int @requires(fields: "y") y: Int @external', "@requires"),
        ('x: Int y: T @provides(fields: "x")', None),
    ],
)
def test_an_override_cannot_take_over_a_field_with_requires(codes, fields, clash) -> None:
    found = codes(
        a=new('@override(from: "b")'),
        b=f'type T @key(fields: "id") {{ id: ID! {fields} }}',
        c='type Query { t: T } type T @key(fields: "id") { id: ID! y: Int }',
    )
    assert ("OVERRIDE_COLLISION_WITH_ANOTHER_DIRECTIVE" in found) is (clash is not None)
