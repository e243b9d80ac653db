import pytest

from schema.checks import ChangeKind
from schema.checks.permission_changes import find_permission_changes
from schema.contract import DeclaredPermission
from supergraph.spec import SubgraphName


def permission(
    name: str, description: str = "", access: str = "read", subgraph: str = "loyalty"
) -> DeclaredPermission:
    return DeclaredPermission(name, SubgraphName(subgraph), description or f"Do {name}", access)


READ, AWARD = permission("loyalty:read"), permission("loyalty:award", access="write")


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ([READ], [READ, AWARD], [("loyalty:award", ChangeKind.PERMISSION_ADDED)]),
        ([READ, AWARD], [READ], [("loyalty:award", ChangeKind.PERMISSION_REMOVED)]),
        (
            [READ],
            [permission("loyalty:read", "Do something else")],
            [("loyalty:read", ChangeKind.PERMISSION_DESCRIPTION_CHANGED)],
        ),
        (
            [permission("loyalty:read", "See points")],
            [permission("loyalty:see", "See points")],
            [("loyalty:read", ChangeKind.PERMISSION_RENAMED)],
        ),
        (
            [READ],
            [permission("loyalty:read", access="administer")],
            [("loyalty:read", ChangeKind.PERMISSION_ACCESS_CHANGED)],
        ),
        (
            [READ],
            [permission("loyalty:read", subgraph="points")],
            [("loyalty:read", ChangeKind.PERMISSION_MOVED)],
        ),
        ([READ, AWARD], [AWARD, READ], []),
    ],
)
def test_each_change_of_permissions_is_told(
    old: list[DeclaredPermission], new: list[DeclaredPermission], expected: list[tuple[str, ChangeKind]]
) -> None:
    assert [(each.coordinate, each.kind) for each in find_permission_changes(old, new)] == expected


def test_when_several_fit_nothing_is_called_a_rename() -> None:
    old = [permission("a:x", "Same"), permission("a:y", "Same")]
    new = [permission("a:z", "Same")]
    kinds = [each.kind for each in find_permission_changes(old, new)]
    assert kinds == [
        ChangeKind.PERMISSION_REMOVED,
        ChangeKind.PERMISSION_REMOVED,
        ChangeKind.PERMISSION_ADDED,
    ]
