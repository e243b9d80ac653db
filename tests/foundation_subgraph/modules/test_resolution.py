"""Who has what, worked out of the registry alone."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID, uuid4, uuid5

import pytest

from foundation_subgraph.kit import Refusal
from foundation_subgraph.kit.testing import ACME, GLOBEX
from foundation_subgraph.modules.model import (
    Audience,
    ModuleVersion,
    Registry,
    Rollout,
    RolloutState,
    VersionId,
    place_of,
)
from foundation_subgraph.modules.resolution import resolve

TENANTS = [uuid5(ACME, str(number)) for number in range(2_000)]


def registry(*names: str, needs: dict[str, str] | None = None) -> Registry:
    """Versions that are published; nobody has them."""
    made = [
        ModuleVersion(
            VersionId.read(name), name, "team", "", depends_on=tuple((needs or {}).get(name, "").split())
        )
        for name in names
    ]
    return Registry(versions={each.id: each for each in made})


def rolled_out(name: str, audience: Audience) -> dict[str, Rollout]:
    of = VersionId.read(name)
    return {of.module: Rollout(uuid4(), of, audience, RolloutState.RUNNING, "", datetime.now(UTC))}


def has(known: Registry, tenant: UUID | None) -> list[str]:
    return [str(each) for each in resolve(known, tenant).versions.values()]


def test_what_was_chosen_for_a_tenant_goes_before_what_was_chosen_for_all() -> None:
    known = replace(
        registry("a@1", "a@2", "b@1"), for_all={"a": 1, "b": 1}, for_tenants={ACME: {"a": 2, "b": None}}
    )
    assert has(known, ACME) == ["a@2"]
    assert has(known, GLOBEX) == ["a@1", "b@1"]
    assert has(known, None) == ["a@1", "b@1"]


def test_a_rollout_reaches_the_tenants_it_names_also_where_the_module_was_off() -> None:
    known = replace(
        registry("a@1", "a@2"),
        for_all={"a": 1},
        for_tenants={ACME: {"a": None}},
        rollouts=rolled_out("a@2", Audience(tenants=frozenset({ACME}))),
    )
    assert (has(known, ACME), has(known, GLOBEX), has(known, None)) == (["a@2"], ["a@1"], ["a@1"])


def test_a_share_is_of_those_who_have_the_module() -> None:
    off = replace(
        registry("a@1", "a@2"),
        for_all={"a": None},
        for_tenants={ACME: {"a": 1}},
        rollouts=rolled_out("a@2", Audience(percent=100)),
    )
    assert (has(off, ACME), has(off, GLOBEX)) == (["a@2"], [])
    new = replace(registry("a@1"), rollouts=rolled_out("a@1", Audience(percent=100)))
    assert has(new, GLOBEX) == ["a@1"]


def test_a_ring_gets_a_version_together_and_a_tenant_left_out_does_not() -> None:
    known = replace(registry("a@2"), rings={"early": frozenset({ACME, GLOBEX})})
    audience = Audience(rings=frozenset({"early"}), left_out=frozenset({GLOBEX}))
    known = replace(known, rollouts=rolled_out("a@2", audience))
    assert (has(known, ACME), has(known, GLOBEX)) == (["a@2"], [])


def test_a_share_that_grows_keeps_whom_it_has_reached() -> None:
    """F7: sticky per tenant; and it is about the share that was asked for."""
    reached: set[UUID] = set()
    for percent in (1, 10, 50, 100):
        known = replace(registry("a@1"), rollouts=rolled_out("a@1", Audience(percent=percent)))
        now = {tenant for tenant in TENANTS if has(known, tenant)}
        assert reached <= now
        assert abs(len(now) / len(TENANTS) - percent / 100) < 0.05
        reached = now


def test_modules_do_not_all_begin_with_the_same_tenants() -> None:
    first = {module: {one for one in TENANTS if place_of(one, module) < 10} for module in ("a", "b", "c")}
    assert Counter(len(first[one] & first[other]) > 100 for one, other in (("a", "b"), ("b", "c"))) == {
        False: 2
    }


def test_the_place_of_a_tenant_is_the_same_in_every_process_and_for_ever() -> None:
    assert [place_of(ACME, module) for module in ("loyalty", "customers")] == [80, 23]


def test_what_is_set_aside_goes_with_whatever_needs_it_and_all_else_stays() -> None:
    known = registry("a@1", "b@1", "c@1", "d@1", needs={"b@1": "a", "c@1": "b"})
    known = replace(known, for_all={"a": 1, "b": 1, "c": 1, "d": 1}, faults={VersionId("a", 1): "it crashes"})
    found = resolve(known, ACME)
    assert [str(each) for each in found.versions.values()] == ["d@1"]
    assert {str(each): why for each, why in found.set_aside.items()} == {
        "a@1": "it crashes",
        "b@1": "it needs a",
        "c@1": "it needs b",
    }


@pytest.mark.parametrize(
    "text", ["loyalty", "loyalty@", "loyalty@0", "Loyalty@1", "loyalty@1.2", "@1", "a@-1"]
)
def test_what_is_no_version_is_refused(text: str) -> None:
    with pytest.raises(Refusal, match="write it like"):
        VersionId.read(text)
