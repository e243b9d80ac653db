"""Which headers go on to subgraphs, and which come back from them."""

import re
from collections.abc import Mapping
from typing import Annotated, Final

from pydantic import AfterValidator, Field, model_validator

from supergraph.gateway.settings.section import Secret, Settings
from supergraph.spec import API_KEY_HEADER, ERRAND_HEADER, PRINCIPAL_HEADER

HOP_BY_HOP: Final = frozenset(
    {
        "connection",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
"""Headers that speak of one connection. Spec: RFC 9110, 7.6.1."""

NEVER_READ: Final = HOP_BY_HOP | {"content-length", PRINCIPAL_HEADER, ERRAND_HEADER}
"""Headers of a client's that go nowhere, by no name."""

NEVER_SENT: Final = NEVER_READ | {
    "accept",
    "accept-encoding",
    "content-encoding",
    "content-type",
    "expect",
    "host",
    "traceparent",
    "tracestate",
    "user-agent",
}
"""Headers of a request to a subgraph that the gateway writes itself: no rule touches them."""

NEVER_RETURNED: Final = HOP_BY_HOP | {"content-encoding", "content-length", "content-type", "date", "server"}
"""Headers of our own answer: no subgraph's replace them."""

BY_NAME_ONLY: Final = frozenset({"authorization", "cookie", "set-cookie", API_KEY_HEADER})
"""Headers that hold secrets: a pattern does not catch them."""

_ESCAPED_OR_CLASS: Final = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]", re.DOTALL)
_REPEATED_GROUP: Final = re.compile(r"\)\s*[*+{]")
_TOKEN: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE: Final = re.compile(r"[\t\x20-\x7e]*")


def alike(name: str) -> str:
    """A header's name as those read it who take `_` for `-`, as CGI and WSGI do: what is kept back, is so in both."""
    return name.replace("_", "-")


def _header_name(given: str) -> str:
    if not _TOKEN.fullmatch(given):
        raise ValueError(f"{given!r} is not a header's name")
    return given.lower()


def _read_name(given: str) -> str:
    name = _header_name(given)
    if alike(name) in NEVER_READ:
        raise ValueError(f"{name} is between the client and the gateway: no rule may pass it on")
    return name


def _sent_name(given: str) -> str:
    name = _header_name(given)
    if alike(name) in NEVER_SENT:
        raise ValueError(f"{name} is the gateway's own: no rule may touch it")
    return name


def _returned_name(given: str) -> str:
    name = _header_name(given)
    if alike(name) in NEVER_RETURNED:
        raise ValueError(f"{name} is of the gateway's own answer: no rule may touch it")
    return name


def _value(given: str) -> str:
    if not _VALUE.fullmatch(given):
        raise ValueError("a header's value is printable ASCII, on one line")
    return given


def _pattern(given: str) -> str:
    try:
        re.compile(given)
    except re.error as error:
        raise ValueError(f"{given!r} is not a regular expression: {error}") from error
    # Clients choose the names that it is held against, and a repeated group may take for ever over one of them.
    if _REPEATED_GROUP.search(_ESCAPED_OR_CLASS.sub("", given)):
        raise ValueError(
            f"{given!r} repeats a group, which a client could make take for ever; write it without"
        )
    return given


ReadName = Annotated[str, AfterValidator(_read_name)]
SentName = Annotated[str, AfterValidator(_sent_name)]
ReturnedName = Annotated[str, AfterValidator(_returned_name)]
HeaderValue = Annotated[str, AfterValidator(_value)]
NamePattern = Annotated[str, AfterValidator(_pattern)]


class Propagate(Settings):
    """Pass on what the client sent: the header `named`, or all whose whole name is `matching` a regular expression."""

    named: ReadName | None = Field(default=None, description="The client's header to pass on.")
    matching: NamePattern | None = Field(
        default=None,
        description="A regular expression; every header whose whole name matches is passed on, but for those with secrets. Groups may not be repeated.",
    )
    rename: SentName | None = Field(
        default=None, description="What the header `named` is called at the subgraph."
    )
    default: HeaderValue | None = Field(
        default=None, description="What is sent where the client did not send the header `named`."
    )

    @model_validator(mode="after")
    def _is_one_of_both(self) -> "Propagate":
        if (self.named is None) == (self.matching is None):
            raise ValueError("say either `named` or `matching`")
        if self.named is None and (self.rename is not None or self.default is not None):
            raise ValueError("`rename` and `default` go with `named`")
        if self.named is not None and self.rename is None:
            _sent_name(self.named)
        return self


class Insert(Settings):
    """Send a header of our own."""

    name: SentName = Field(description="The header to send; it replaces what earlier rules put there.")
    value: HeaderValue | Secret = Field(
        description="What it holds: the text itself, or `env: NAME` or `file: PATH` for where it is kept, read at the start."
    )


class Remove(Settings):
    """Take out what earlier rules put in: the header `named`, or all whose whole name is `matching`."""

    named: SentName | None = Field(default=None, description="The header to take out.")
    matching: NamePattern | None = Field(
        default=None, description="A regular expression; every header whose whole name matches is taken out."
    )

    @model_validator(mode="after")
    def _is_one_of_both(self) -> "Remove":
        if (self.named is None) == (self.matching is None):
            raise ValueError("say either `named` or `matching`")
        return self


class HeaderRule(Settings):
    """One of the three."""

    propagate: Propagate | None = Field(default=None, description="Pass on what the client sent.")
    insert: Insert | None = Field(default=None, description="Send a header of our own.")
    remove: Remove | None = Field(default=None, description="Take out what earlier rules put in.")

    @model_validator(mode="after")
    def _is_one(self) -> "HeaderRule":
        if sum(each is not None for each in (self.propagate, self.insert, self.remove)) != 1:
            raise ValueError("a rule is one of `propagate`, `insert` and `remove`")
        return self


class Return(Settings):
    """Give the client a header of a subgraph's answer: `named`. Patterns are not taken: each is chosen with care."""

    named: ReturnedName = Field(description="The header of the subgraph's answer to give to the client.")
    rename: ReturnedName | None = Field(default=None, description="What it is called in our answer.")
    of_several: str = Field(
        default="last",
        pattern="^(first|last|append)$",
        description="Where several answers bear it: `first`, `last`, or `append` for all of them, in the order of arrival.",
    )


HeaderRules = Mapping[str, tuple[HeaderRule, ...]]
"""By a subgraph's name, in their order; `*` stands for all subgraphs, and its rules come first."""

ReturnRules = Mapping[str, tuple[Return, ...]]
"""By a subgraph's name; `*` stands for all subgraphs, and its rules come first."""
