"""Which of a client's headers go on to a subgraph, what goes beside them, and what comes back."""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from supergraph.gateway.hooks import (
    HeaderLines,
    RequestRecord,
    SubgraphClient,
    SubgraphEvents,
    SubgraphFailure,
    SubgraphRequest,
    SubgraphResponse,
)
from supergraph.gateway.settings import HeaderRule, HeaderRules, Insert, Propagate, Remove, ReturnRules
from supergraph.gateway.settings.headers import BY_NAME_ONLY, NEVER_READ, NEVER_SENT, Return, alike
from supergraph.gateway.settings.section import Secret, UnreadableSecretError
from supergraph.spec import SubgraphName

_ALL: Final = "*"
_SET_COOKIE: Final = b"set-cookie"
_NEVER_BY_PATTERN: Final = NEVER_SENT | BY_NAME_ONLY
_LONGEST_NAME: Final = 128  # of those that a pattern catches: its time may grow with the name's length cubed

_Lines = dict[bytes, list[bytes]]
_Client = Mapping[bytes, list[bytes]]
_Step = Callable[[_Client, _Lines], None]


class InvalidHeaderRuleError(ValueError):
    """A rule that cannot be kept. The message is one line."""


class SentHeaders:
    """The rules about what subgraphs are sent, made ready once. Raises InvalidHeaderRuleError."""

    __slots__ = ("_for_all", "_of_subgraph")

    def __init__(self, rules: HeaderRules) -> None:
        self._for_all = tuple(_step(each) for each in rules.get(_ALL, ()))
        self._of_subgraph = {
            SubgraphName(name): (*self._for_all, *(_step(each) for each in own))
            for name, own in rules.items()
            if name != _ALL
        }

    def lines(self, subgraph: SubgraphName, client: _Client) -> HeaderLines:
        """What `subgraph` is sent, for a client whose own headers are `client`, as `passable` gives them."""
        steps = self._of_subgraph.get(subgraph, self._for_all)
        if not steps:
            return ()
        lines: _Lines = {}
        for step in steps:
            step(client, lines)
        return tuple((name, value) for name, values in lines.items() for value in values)


def passable(headers: HeaderLines) -> _Client:
    """The client's headers by name, without those that may not go on, those that `connection` names among them.

    A value that is not ASCII is left out: the two sides might read it in different ways.
    """
    found: _Lines = {}
    named: set[bytes] = set()
    for name, value in headers:
        if name == b"connection":
            named.update(each.strip().lower() for each in value.split(b","))
        elif value.isascii() and alike(name.decode("latin-1")) not in NEVER_READ:
            found.setdefault(name, []).append(value)
    for name in named:
        found.pop(name, None)
    return found


def _step(rule: HeaderRule) -> _Step:
    match rule.propagate or rule.insert or rule.remove:
        case Propagate(named=None) as propagate:
            return _propagate_matching(propagate.matching or "")
        case Propagate() as propagate:
            return _propagate_named(propagate)
        case Insert() as insert:
            return _insert(insert)
        case Remove() as remove:
            return _remove(remove)
        case None:
            raise InvalidHeaderRuleError("a rule is one of `propagate`, `insert` and `remove`")


def _propagate_named(rule: Propagate) -> _Step:
    named = (rule.named or "").encode("ascii")
    target = named if rule.rename is None else rule.rename.encode("ascii")
    default = None if rule.default is None else [rule.default.encode("ascii")]

    def step(client: _Client, lines: _Lines) -> None:
        values = client.get(named, default)
        if values is not None:
            lines[target] = values

    return step


def _propagate_matching(pattern: str) -> _Step:
    matches = re.compile(pattern, re.IGNORECASE).fullmatch

    def step(client: _Client, lines: _Lines) -> None:
        for name, values in client.items():
            text = name.decode("latin-1")
            if len(text) <= _LONGEST_NAME and alike(text) not in _NEVER_BY_PATTERN and matches(text):
                lines[name] = values

    return step


def _insert(rule: Insert) -> _Step:
    name = rule.name.encode("ascii")
    value = rule.value
    if isinstance(value, Secret):
        try:
            value = value.read()
        except UnreadableSecretError as error:
            raise InvalidHeaderRuleError(f"headers: the value of {rule.name}: {error}") from error
        if not (value.isascii() and value.isprintable()):
            raise InvalidHeaderRuleError(
                f"headers: the value of {rule.name} is not printable ASCII on one line, as a header's is"
            )
    inserted = [value.encode("ascii")]

    def step(_: _Client, lines: _Lines) -> None:
        lines[name] = inserted

    return step


def _remove(rule: Remove) -> _Step:
    if rule.named is not None:
        named = rule.named.encode("ascii")

        def remove_named(_: _Client, lines: _Lines) -> None:
            lines.pop(named, None)

        return remove_named
    matches = re.compile(rule.matching or "", re.IGNORECASE).fullmatch

    def remove_matching(_: _Client, lines: _Lines) -> None:
        for name in [each for each in lines if matches(each.decode("latin-1"))]:
            del lines[name]

    return remove_matching


class ReturnedHeaders:
    """The rules about what of subgraphs' answers clients are given."""

    __slots__ = ("_for_all", "_of_subgraph")

    def __init__(self, rules: ReturnRules) -> None:
        self._for_all = tuple(rules.get(_ALL, ()))
        self._of_subgraph = {
            SubgraphName(name): (*self._for_all, *own) for name, own in rules.items() if name != _ALL
        }

    def wanted(self, subgraph: str) -> frozenset[bytes]:
        """The headers that a client of this subgraph must keep of its answers."""
        return frozenset(each.named.encode("ascii") for each in self._rules(SubgraphName(subgraph)))

    def take(self, request: SubgraphRequest, response: SubgraphResponse, record: RequestRecord) -> None:
        """Note what `response` gives to the answer of `record`."""
        for rule in self._rules(request.subgraph):
            named = rule.named.encode("ascii")
            # An answer to a query may be shared by several clients, and a cookie is for one.
            if named == _SET_COOKIE and request.idempotent:
                continue
            values = [value for name, value in response.headers if name == named]
            if values:
                target = named if rule.rename is None else rule.rename.encode("ascii")
                if record.response_headers is None:
                    record.response_headers = {}
                known = record.response_headers.setdefault(target, [])
                if rule.of_several == "append":
                    known.extend(values)
                elif rule.of_several == "last" or not known:
                    known[:] = values

    def _rules(self, subgraph: SubgraphName) -> Iterable[Return]:
        return self._of_subgraph.get(subgraph, self._for_all)


class HeaderClient:
    """The subgraphs as one request sees them: by the rules its headers go along, and some of theirs come back."""

    __slots__ = ("_client", "_inner", "_lines", "_record", "_returned", "_sent")

    def __init__(
        self,
        inner: SubgraphClient,
        sent: SentHeaders | None,
        returned: ReturnedHeaders | None,
        record: RequestRecord,
    ) -> None:
        self._inner = inner
        self._sent = sent
        self._returned = returned
        self._record = record
        self._client: _Client | None = None
        self._lines: dict[SubgraphName, HeaderLines] = {}

    async def send(self, request: SubgraphRequest) -> SubgraphResponse | SubgraphFailure:
        asked = request if self._sent is None else self._with_headers(request, self._sent)
        answer = await self._inner.send(asked)
        if self._returned is not None and isinstance(answer, SubgraphResponse) and answer.headers:
            self._returned.take(request, answer, self._record)
        return answer

    def subscribe(self, request: SubgraphRequest) -> SubgraphEvents:
        """Events bring no headers to the client: its answer has begun before them."""
        asked = request if self._sent is None else self._with_headers(request, self._sent)
        return self._inner.subscribe(asked)

    async def close(self) -> None:
        await self._inner.close()

    def _with_headers(self, request: SubgraphRequest, sent: SentHeaders) -> SubgraphRequest:
        lines = self._lines.get(request.subgraph)
        if lines is None:
            if self._client is None:
                self._client = passable(self._record.headers)
            lines = self._lines[request.subgraph] = sent.lines(request.subgraph, self._client)
        if not lines:
            return request
        return SubgraphRequest(
            request.subgraph, request.body, request.idempotent, request.principal, lines, request.trace
        )
