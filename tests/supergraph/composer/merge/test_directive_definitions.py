import pytest


def defining(definition: str, field: str) -> str:
    return f"{definition} type Query {{ {field}: Int }}"


def test_a_directive_for_operations_must_be_known_everywhere(api, hints) -> None:
    live = "directive @live(every: Int) on QUERY | FIELD"
    assert live.replace("QUERY | FIELD", "FIELD | QUERY") in api(
        a=defining(live, "a"), b=defining(live, "b")
    ) or (live in api(a=defining(live, "a"), b=defining(live, "b")))
    assert hints(a=defining(live, "a"), b="type Query { b: Int }") == {
        "INCONSISTENT_EXECUTABLE_DIRECTIVE_PRESENCE"
    }


@pytest.mark.parametrize(
    ("one", "other", "hint"),
    [
        ("on QUERY | FIELD", "on FIELD", "INCONSISTENT_EXECUTABLE_DIRECTIVE_LOCATIONS"),
        ("on QUERY", "on FIELD", "NO_EXECUTABLE_DIRECTIVE_LOCATIONS_INTERSECTION"),
        ("repeatable on FIELD", "on FIELD", "INCONSISTENT_EXECUTABLE_DIRECTIVE_REPEATABLE"),
    ],
)
def test_differences_are_hinted_at(hints, one, other, hint) -> None:
    assert hints(a=defining(f"directive @live {one}", "a"), b=defining(f"directive @live {other}", "b")) == {
        hint
    }


def test_its_arguments_merge_like_those_of_fields(codes) -> None:
    assert codes(
        a=defining("directive @live(every: Int!) on FIELD", "a"), b=defining("directive @live on FIELD", "b")
    ) == {"REQUIRED_ARGUMENT_MISSING_IN_SOME_SUBGRAPH"}
