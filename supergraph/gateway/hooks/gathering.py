"""Hooks of strangers: found by name, told apart by their methods."""

import importlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

from supergraph.gateway.hooks.points import (
    ApiKeyStore,
    AuditSink,
    FetchObserver,
    GrantAdvisor,
    OperationManifest,
    OperationStore,
    RateLimitStore,
    RequestGuard,
    RequestObserver,
    ResponseHeaders,
    Revocations,
    UsageSink,
)

Point = TypeVar("Point")


class InvalidHookError(ValueError):
    """Something that is no hook, or cannot be had. The message is one line: which, why, how to mend it."""


@dataclass(frozen=True, slots=True)
class Hooks:
    """Hooks by the point that they stand on. Of `api_keys`, `rates`, `manifest`, `store` and `advisor` there may be one."""

    guards: tuple[RequestGuard, ...] = ()
    api_keys: ApiKeyStore | None = None
    revocations: tuple[Revocations, ...] = ()
    rates: RateLimitStore | None = None
    manifest: OperationManifest | None = None
    store: OperationStore | None = None
    advisor: GrantAdvisor | None = None
    audit: tuple[AuditSink, ...] = ()
    headers: tuple[ResponseHeaders, ...] = ()
    fetches: tuple[FetchObserver, ...] = ()
    observers: tuple[RequestObserver, ...] = ()
    usage: tuple[UsageSink, ...] = ()


_POINTS: Final = (
    RequestGuard,
    ApiKeyStore,
    Revocations,
    RateLimitStore,
    OperationManifest,
    OperationStore,
    GrantAdvisor,
    AuditSink,
    ResponseHeaders,
    FetchObserver,
    RequestObserver,
    UsageSink,
)


def gather_hooks(given: Sequence[object]) -> Hooks:
    """Each at every point whose methods it has, in the order given. Raises InvalidHookError."""
    for each in given:
        if not isinstance(each, _POINTS):
            raise InvalidHookError(
                f"the hook {_shown(each)} has the methods of no hook point; those are "
                f"{', '.join(point.__name__ for point in _POINTS)}"
            )
    return Hooks(
        guards=tuple(each for each in given if isinstance(each, RequestGuard)),
        api_keys=_only([each for each in given if isinstance(each, ApiKeyStore)], "ApiKeyStore"),
        revocations=tuple(each for each in given if isinstance(each, Revocations)),
        rates=_only([each for each in given if isinstance(each, RateLimitStore)], "RateLimitStore"),
        manifest=_only([each for each in given if isinstance(each, OperationManifest)], "OperationManifest"),
        store=_only([each for each in given if isinstance(each, OperationStore)], "OperationStore"),
        advisor=_only([each for each in given if isinstance(each, GrantAdvisor)], "GrantAdvisor"),
        audit=tuple(each for each in given if isinstance(each, AuditSink)),
        headers=tuple(each for each in given if isinstance(each, ResponseHeaders)),
        fetches=tuple(each for each in given if isinstance(each, FetchObserver)),
        observers=tuple(each for each in given if isinstance(each, RequestObserver)),
        usage=tuple(each for each in given if isinstance(each, UsageSink)),
    )


def load_hooks(names: Iterable[str]) -> tuple[object, ...]:
    """What `package.module:name` stands for; a class or function is called without arguments. Raises InvalidHookError."""
    return tuple(_load(name) for name in names)


def _load(name: str) -> object:
    module, _, attribute = name.partition(":")
    if not module or not attribute:
        raise InvalidHookError(f"hooks: {name}: write it as package.module:name")
    try:
        found: object = getattr(importlib.import_module(module), attribute)
        # A class has its methods as well, so what it makes is the hook, never the class.
        if isinstance(found, type) or (callable(found) and not isinstance(found, _POINTS)):
            found = found()
    except Exception as error:  # a stranger's code may raise anything
        reason = " ".join(str(error).split())
        raise InvalidHookError(f"hooks: {name}: {type(error).__name__}: {reason}") from error
    return found


def _only(found: Sequence[Point], point: str) -> Point | None:
    if len(found) > 1:
        raise InvalidHookError(f"there may be one {point}; {' and '.join(map(_shown, found))} both are")
    return found[0] if found else None


def _shown(hook: object) -> str:
    return type(hook).__qualname__
