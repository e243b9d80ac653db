"""Which supergraphs must not be served as the gateway is configured: rules that nobody could ever be held against."""

from collections.abc import Collection

from supergraph.gateway.access_rules import AccessRules


class UnguardedSupergraphError(Exception):
    """A supergraph with rules that cannot be enforced here. The message is one line: what is wrong, how to mend it."""


def refuse_unguarded(
    access: AccessRules, *, has_identity: bool, policies: Collection[str], deny_unknown_policies: bool
) -> None:
    """Serving without them would be worse than not to serve. Raises UnguardedSupergraphError."""
    if access.is_empty:
        return
    if not has_identity:
        raise UnguardedSupergraphError(
            f"the supergraph has authorization directives ({next(access.rules()).at} for one) and no identity is "
            "configured: say whose tokens to trust (keys, issuer, audience)"
        )
    if deny_unknown_policies:
        return
    unknown = {
        policy: rule.at
        for rule in sorted(access.rules(), key=lambda rule: rule.at, reverse=True)
        for policy in rule.policy_names
        if policy not in policies
    }
    if unknown:
        named = ", ".join(f'"{policy}" (at {unknown[policy]})' for policy in sorted(unknown))
        raise UnguardedSupergraphError(
            f"the supergraph asks for policies that no function decides: {named}; register them (authorization.policies, "
            "or policies= in Python), or set authorization.unknown_policies to deny"
        )
