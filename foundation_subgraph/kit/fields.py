"""Resolvers as fields: the rule first, so that a field without one is a decision and not an oversight."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import strawberry
from strawberry.federation.schema_directives import Authenticated, RequiresScopes
from strawberry.types.field import StrawberryField

from foundation_subgraph.kit.paging import take_window
from foundation_subgraph.kit.problems import Problem, answer_refusals


@dataclass(frozen=True, slots=True)
class _Public:
    """No rule: anybody may ask, signed in or not."""


public: Final = _Public()
"""Says that a field needs no rule. Rows stay behind the tenant's policy all the same."""

Rule = Authenticated | RequiresScopes | _Public
Resolver = Callable[..., Any]


def field(
    rule: Rule,
    *,
    description: str | None = None,
    deprecation_reason: str | None = None,
    directives: Sequence[object] = (),
    name: str | None = None,
) -> Callable[[Resolver], StrawberryField]:
    """Make a method the resolver of a field, behind a rule: `requires(...)`, `authenticated` or `public`.

    Let the field be nullable where there is a rule: a denial is then null in its own place, and costs nothing else.
    `directives` are further ones, such as Strawberry's `Requires(fields="weight")`.

    A list in pages has an asynchronous method with a parameter `window: Window`: in the graph it is `first`, `after`,
    `last` and `before`.
    """

    def declare(resolver: Resolver) -> StrawberryField:
        made: StrawberryField = strawberry.field(
            take_window(resolver),
            name=name,
            description=description,
            deprecation_reason=deprecation_reason,
            directives=[*_printed(rule), *directives],
        )
        return made

    return declare


def mutation(
    rule: Rule,
    *,
    problems: Mapping[str, type[Problem]] | None = None,
    description: str | None = None,
    deprecation_reason: str | None = None,
    name: str | None = None,
) -> Callable[[Resolver], StrawberryField]:
    """Make a method the resolver of a mutation; everything as for `field`.

    With `problems` (code of a `Refusal` -> type) the method is asynchronous and gives a union in which they stand.
    """
    declare = field(rule, description=description, deprecation_reason=deprecation_reason, name=name)
    if problems is None:
        return declare
    return lambda resolver: declare(answer_refusals(resolver, problems))


def subscription(
    rule: Rule,
    *,
    description: str | None = None,
    deprecation_reason: str | None = None,
    name: str | None = None,
) -> Callable[[Resolver], StrawberryField]:
    """Make an async generator the source of a subscription's events; everything else as for `field`.

    The rule is asked when somebody subscribes and again for every event. No transaction may be open while it yields:
    the fields of the event open their own.
    """

    def declare(resolver: Resolver) -> StrawberryField:
        made: StrawberryField = strawberry.subscription(
            resolver,
            name=name,
            description=description,
            deprecation_reason=deprecation_reason,
            directives=_printed(rule),
        )
        return made

    return declare


def _printed(rule: Rule) -> list[object]:
    return [] if isinstance(rule, _Public) else [rule]
