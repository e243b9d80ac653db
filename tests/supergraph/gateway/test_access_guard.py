"""Supergraphs that must not be served: rules that nobody is held against. VERIFICATION.md B9."""

import pytest

from supergraph.composer import SubgraphSource, compose
from supergraph.gateway.access_guard import UnguardedSupergraphError, refuse_unguarded
from supergraph.gateway.access_rules import read_access_rules
from supergraph.spec import read_supergraph

LINK = """extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@authenticated", "@policy"])
"""


def rules(sdl):
    document = compose([SubgraphSource("s", "", LINK + sdl)]).supergraph_sdl
    assert document is not None
    return read_access_rules(read_supergraph(document))


FREE = rules("type Query { a: Int }")
GUARDED = rules("type Query { a: Int @authenticated }")
POLICED = rules(
    'type Query { a: Int @policy(policies: [["p", "q"]]) b: Money } scalar Money @policy(policies: [["r"]])'
)


@pytest.mark.parametrize(
    ("access", "has_identity", "policies", "deny"),
    [
        (FREE, False, (), False),
        (GUARDED, True, (), False),
        (POLICED, True, ("p", "q", "r", "unused"), False),
        (POLICED, True, (), True),
    ],
)
def test_what_can_be_enforced_is_served(access, has_identity, policies, deny):
    refuse_unguarded(access, has_identity=has_identity, policies=policies, deny_unknown_policies=deny)


@pytest.mark.parametrize(
    ("access", "has_identity", "policies", "deny", "said"),
    [
        (GUARDED, False, (), False, r"Query\.a for one.*no identity"),
        (POLICED, False, ("p", "q", "r"), True, "no identity"),
        (POLICED, True, ("p",), False, r'"q" \(at Query\.a\), "r" \(at Money\)'),
    ],
)
def test_what_cannot_is_refused_in_one_line(access, has_identity, policies, deny, said):
    with pytest.raises(UnguardedSupergraphError, match=said) as caught:
        refuse_unguarded(access, has_identity=has_identity, policies=policies, deny_unknown_policies=deny)
    assert "\n" not in str(caught.value)
