"""What each federation version defines."""

import pytest

from supergraph.spec import (
    FEDERATION_1,
    LATEST_FEDERATION,
    federation_directives,
    federation_scalars,
    first_version_with,
)


@pytest.mark.parametrize(
    ("directive", "version"),
    [
        ("key", (2, 0)),
        ("composeDirective", (2, 1)),
        ("interfaceObject", (2, 3)),
        ("authenticated", (2, 5)),
        ("requiresScopes", (2, 5)),
        ("policy", (2, 6)),
        ("context", (2, 8)),
        ("fromContext", (2, 8)),
        ("cost", (2, 9)),
        ("listSize", (2, 9)),
        ("cacheTag", (2, 12)),
    ],
)
def test_a_directive_comes_with_its_version_and_stays(directive: str, version: tuple[int, int]):
    assert first_version_with(directive) == version
    assert directive in federation_directives(LATEST_FEDERATION)
    assert version == (2, 0) or directive not in federation_directives((2, version[1] - 1))


def test_definitions_change_where_the_specification_changed_them():
    assert not federation_directives((2, 1))["shareable"].repeatable
    assert federation_directives((2, 2))["shareable"].repeatable
    assert "SCHEMA" not in {each.name for each in federation_directives((2, 2))["tag"].locations}
    assert "SCHEMA" in {each.name for each in federation_directives((2, 3))["tag"].locations}
    assert [each.name for each in federation_directives((2, 6))["override"].arguments] == ["from"]
    assert [each.name for each in federation_directives((2, 7))["override"].arguments] == ["from", "label"]


def test_federation_1_has_what_it_had():
    assert set(federation_directives(FEDERATION_1)) == {
        "key",
        "requires",
        "provides",
        "external",
        "tag",
        "extends",
    }
    assert federation_scalars((2, 4)) == ("FieldSet",)
