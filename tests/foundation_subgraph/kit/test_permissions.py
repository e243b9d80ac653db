import pytest

from foundation_subgraph.kit import Access, Permission, requires

READ = Permission("a:read", "Read", Access.READ)


def test_permissions_of_one_call_are_needed_together() -> None:
    assert requires(READ, "b:read").scopes == [["a:read", "b:read"]]


def test_lists_are_alternatives() -> None:
    assert requires([READ, "b:read"], ["c:all"]).scopes == [["a:read", "b:read"], ["c:all"]]


def test_no_permission_at_all_is_an_error_and_not_an_open_door() -> None:
    with pytest.raises(TypeError, match="let everybody in"):
        requires()
    with pytest.raises(TypeError, match="let everybody in"):
        requires([])


def test_single_permissions_and_lists_do_not_mix() -> None:
    with pytest.raises(TypeError, match="not both"):
        requires("a:read", ["b:read"])
