"""The permissions that subgraphs declare, before and after."""

from collections.abc import Iterable, Iterator

from schema.checks.changes import Change, ChangeKind
from schema.contract import DeclaredPermission
from supergraph.spec import Coordinate


def find_permission_changes(
    old: Iterable[DeclaredPermission], new: Iterable[DeclaredPermission]
) -> Iterator[Change]:
    """A permission that goes while one comes in the same subgraph with the same words was renamed."""
    before = {permission.id: permission for permission in old}
    after = {permission.id: permission for permission in new}
    gone = [before[each] for each in sorted(before.keys() - after.keys())]
    come = [after[each] for each in sorted(after.keys() - before.keys())]
    for removed in gone:
        same = [added for added in come if _words(added) == _words(removed)]
        alike = [other for other in gone if _words(other) == _words(removed)]
        if len(same) == 1 and len(alike) == 1:
            come.remove(same[0])
            yield Change(
                Coordinate(removed.id),
                ChangeKind.PERMISSION_RENAMED,
                f"The permission {removed.id} of {removed.subgraph} is called {same[0].id} now.",
            )
        else:
            yield Change(
                Coordinate(removed.id),
                ChangeKind.PERMISSION_REMOVED,
                f"The permission {removed.id} of {removed.subgraph} was removed.",
            )
    for added in come:
        yield Change(
            Coordinate(added.id),
            ChangeKind.PERMISSION_ADDED,
            f"The permission {added.id} of {added.subgraph} was added.",
        )
    for each in sorted(before.keys() & after.keys()):
        yield from _compare(before[each], after[each])


def _compare(old: DeclaredPermission, new: DeclaredPermission) -> Iterator[Change]:
    at = Coordinate(new.id)
    if old.subgraph != new.subgraph:
        yield Change(
            at,
            ChangeKind.PERMISSION_MOVED,
            f"The permission {at} moved from {old.subgraph} to {new.subgraph}.",
        )
    if old.access != new.access:
        yield Change(
            at,
            ChangeKind.PERMISSION_ACCESS_CHANGED,
            f"The permission {at} was for {old.access} access and is now for {new.access}.",
        )
    if old.description != new.description:
        yield Change(
            at, ChangeKind.PERMISSION_DESCRIPTION_CHANGED, f"The description of the permission {at} changed."
        )


def _words(permission: DeclaredPermission) -> tuple[str, str, str]:
    return permission.subgraph, permission.description, permission.access
