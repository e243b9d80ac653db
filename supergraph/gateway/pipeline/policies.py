"""`@policy`: what an operation asks of policies, put to the functions that decide them; all of it at once.

Whatever goes wrong denies. Answers live as long as one operation, or one event of a subscription.
"""

import asyncio
import importlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from inspect import isawaitable

import structlog
from graphql import (
    GraphQLError,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    VariableValues,
    get_argument_values,
    get_variable_values,
)

from supergraph.gateway.hooks import Policy, PolicyAnswers, PolicyQuestion
from supergraph.gateway.operation import AskedPolicy, PreparedOperation
from supergraph.spec import Principal

_log = structlog.stdlib.get_logger("dovetail.gateway")


class PolicyNotFoundError(Exception):
    """An import string that leads to no function. The message is one line: which policy, what is wrong."""


def import_policies(named: Mapping[str, str]) -> dict[str, Policy]:
    """The functions of `package.module:name`, by the policies' names. Raises PolicyNotFoundError."""
    found: dict[str, Policy] = {}
    for policy, place in named.items():
        module, separator, name = place.partition(":")
        if not separator:
            raise PolicyNotFoundError(
                f'authorization.policies: "{policy}": write {place!r} as package.module:name'
            )
        try:
            function = getattr(importlib.import_module(module), name)
        except (ImportError, AttributeError) as error:
            raise PolicyNotFoundError(f'authorization.policies: "{policy}": {place}: {error}') from error
        if not callable(function):
            raise PolicyNotFoundError(f'authorization.policies: "{policy}": {place} is not a function')
        found[policy] = function
    return found


@dataclass(slots=True)
class _Inquiry:
    """What one function is asked: the questions, and their numbers in the operation."""

    policy: Policy
    numbers: list[int] = field(default_factory=list)
    questions: list[PolicyQuestion] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class PolicyBoard:
    """The functions by the policies that they decide, and how many seconds those of one operation may take."""

    policies: Mapping[str, Policy]
    seconds: float

    async def granted(
        self,
        operation: PreparedOperation,
        variables: Mapping[str, object],
        principal: Principal,
        schema: GraphQLSchema,
    ) -> frozenset[int]:
        """The numbers, in the operation's `access.policies`, of those that hold."""
        inquiries = self._inquiries(operation, variables, schema)
        granted: set[int] = set()
        waiting = []
        for inquiry in inquiries:
            answers = _ask(inquiry, principal)
            if isawaitable(answers):
                waiting.append(_await(inquiry, answers, self.seconds))
            else:
                granted.update(_read(inquiry, answers))
        for found in await asyncio.gather(*waiting) if waiting else ():
            granted.update(found)
        return frozenset(granted)

    def _inquiries(
        self, operation: PreparedOperation, variables: Mapping[str, object], schema: GraphQLSchema
    ) -> list[_Inquiry]:
        values = _variable_values(operation, variables, schema)
        inquiries: dict[int, _Inquiry] = {}
        for number, asked in enumerate(operation.access.policies):
            policy = self.policies.get(asked.policy)
            if policy is None:
                continue
            try:
                arguments = _arguments(asked, values, schema)
            except GraphQLError as error:
                # The field would be refused for it as well.
                _log.warning("a policy cannot be asked", policy=asked.policy, error=error.message)
                continue
            inquiry = inquiries.setdefault(id(policy), _Inquiry(policy))
            inquiry.numbers.append(number)
            inquiry.questions.append(PolicyQuestion(asked.policy, asked.guarded, asked.selected, arguments))
        return list(inquiries.values())


def _variable_values(
    operation: PreparedOperation, variables: Mapping[str, object], schema: GraphQLSchema
) -> VariableValues | None:
    if not any(each.variables for asked in operation.access.policies for each in asked.arguments):
        return None
    found = get_variable_values(
        schema, operation.variables.definitions, dict(variables), hide_suggestions=True
    )
    return None if isinstance(found, list) else found


def _arguments(
    asked: AskedPolicy, values: VariableValues | None, schema: GraphQLSchema
) -> Mapping[str, object]:
    owner, _, name = asked.selected.partition(".")
    parent = schema.type_map.get(owner)
    if not name or not isinstance(parent, GraphQLObjectType | GraphQLInterfaceType):
        return {}  # the root type itself
    return get_argument_values(parent.fields[name], asked.node, values, hide_suggestions=True)


def _ask(inquiry: _Inquiry, principal: Principal) -> object:
    try:
        return inquiry.policy(principal, tuple(inquiry.questions))
    except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever a policy raises denies
        return _failed(inquiry, error)


async def _await(inquiry: _Inquiry, answers: object, seconds: float) -> frozenset[int]:
    try:
        async with asyncio.timeout(seconds):
            assert isawaitable(answers), "only what can be awaited is"
            found = await answers
    except TimeoutError as error:
        found = _failed(inquiry, error)
    except asyncio.CancelledError as error:
        task = asyncio.current_task()
        if task is not None and task.cancelling():
            raise
        found = _failed(inquiry, error)
    except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever a policy raises denies
        found = _failed(inquiry, error)
    return _read(inquiry, found)


def _failed(inquiry: _Inquiry, error: BaseException) -> PolicyAnswers:
    _log.error("a policy failed, and is denied", policies=_names(inquiry), error=repr(error))
    return (False,) * len(inquiry.questions)


def _read(inquiry: _Inquiry, answers: object) -> frozenset[int]:
    if not isinstance(answers, Sequence) or len(answers) != len(inquiry.questions):
        _log.error(
            "a policy must give one answer for each question, and is denied",
            policies=_names(inquiry),
            questions=len(inquiry.questions),
        )
        return frozenset()
    if any(not isinstance(each, bool) for each in answers):
        _log.warning("a policy answered neither true nor false, and is denied", policies=_names(inquiry))
    return frozenset(
        number for number, answer in zip(inquiry.numbers, answers, strict=True) if answer is True
    )


def _names(inquiry: _Inquiry) -> list[str]:
    return sorted({each.policy for each in inquiry.questions})
