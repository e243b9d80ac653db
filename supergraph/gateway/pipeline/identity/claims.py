"""Claims of a token that holds -> who asks, for which tenant, with which scopes."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from supergraph.gateway.errors import Refusal
from supergraph.gateway.pipeline.identity.refusals import not_taken
from supergraph.spec import Principal

ClaimPath = tuple[str, ...]
"""Where a claim stands: names from the outermost object inwards."""

SUBJECT_DELIMITER: Final = "|"


def read_claim_path(text: str) -> ClaimPath:
    """`realm_access.roles` is a path; what has a `:` or a `/` in it, such as `https://acme.example/tenant`, one name.

    Decided by the text alone, never by what a token has. Raises ValueError.
    """
    path = (text,) if ":" in text or "/" in text else tuple(text.split("."))
    if not all(path):
        raise ValueError(f"{text!r} is no path of a claim, such as `tenant` or `realm_access.roles`")
    return path


@dataclass(frozen=True, slots=True)
class ClaimRules:
    """How an issuer's claims are read, and what it may say.

    - `scopes`: claims that hold scopes, as a string with spaces or as a list of strings; all are taken together.
    - `granted`: claims whose values, such as groups, stand for scopes.
    - `fixed_tenant`: the tenant of all its subjects; `tenant` is then not looked at.
    - `tenants`: the only tenants that it may speak for, and it must name one of them. None: any, or none.
    - `grantable`: the only scopes that are taken from it. None: any.
    - `subject_prefix`: put before its subjects with a `|`, so that they are nobody else's.
    """

    subject: ClaimPath = ("sub",)
    tenant: ClaimPath = ("tenant",)
    scopes: tuple[ClaimPath, ...] = (("scope",),)
    granted: Mapping[ClaimPath, Mapping[str, frozenset[str]]] = field(default_factory=dict)
    fixed_tenant: str | None = None
    tenants: frozenset[str] | None = None
    grantable: frozenset[str] | None = None
    subject_prefix: str | None = None


class _UnfitClaimError(Exception):
    """A claim of another form than the rules want. The message is safe to show."""


def read_principal(claims: Mapping[str, object], rules: ClaimRules) -> Principal | Refusal:
    try:
        return Principal(
            _subject(claims, rules), _tenant(claims, rules), _scopes(claims, rules), _session(claims)
        )
    except _UnfitClaimError as error:
        return not_taken(str(error))


def claim_at(claims: Mapping[str, object], path: ClaimPath) -> object:
    """The claim's value; None where there is none."""
    found: object = claims
    for name in path:
        if not isinstance(found, Mapping):
            return None
        found = found.get(name)
    return found


def _subject(claims: Mapping[str, object], rules: ClaimRules) -> str:
    subject = claim_at(claims, rules.subject)
    if not isinstance(subject, str) or not subject:
        raise _UnfitClaimError(f"the claim `{_shown(rules.subject)}` names nobody")
    return subject if rules.subject_prefix is None else f"{rules.subject_prefix}{SUBJECT_DELIMITER}{subject}"


def _session(claims: Mapping[str, object]) -> str | None:
    """The `sid` (OpenID Connect Front-Channel Logout, 3). Another for each token, as a `jti` is, would part equal requests."""
    session = claims.get("sid")
    return session if isinstance(session, str) and session else None


def _tenant(claims: Mapping[str, object], rules: ClaimRules) -> str | None:
    if rules.fixed_tenant is not None:
        return rules.fixed_tenant
    tenant = claim_at(claims, rules.tenant)
    if not isinstance(tenant, str | None) or tenant == "":
        raise _UnfitClaimError(f"the claim `{_shown(rules.tenant)}` names no tenant")
    if rules.tenants is not None and tenant not in rules.tenants:
        raise _UnfitClaimError("its issuer does not speak for this tenant")
    return tenant


def _scopes(claims: Mapping[str, object], rules: ClaimRules) -> frozenset[str]:
    scopes = {scope for path in rules.scopes for scope in _texts(claims, path)}
    for path, granted in rules.granted.items():
        for value in _texts(claims, path):
            scopes |= granted.get(value, frozenset())
    return frozenset(scopes) if rules.grantable is None else rules.grantable & scopes


def _texts(claims: Mapping[str, object], path: ClaimPath) -> Iterator[str]:
    """The texts of a claim: of a string what spaces divide, of a list its entries as they are."""
    value = claim_at(claims, path)
    if isinstance(value, str):
        yield from value.split()
    elif isinstance(value, list):
        for each in value:
            if not isinstance(each, str):
                raise _UnfitClaimError(f"the claim `{_shown(path)}` is no list of strings")
            yield each
    elif value is not None:
        raise _UnfitClaimError(f"the claim `{_shown(path)}` is no list of strings")


def _shown(path: ClaimPath) -> str:
    return ".".join(path).replace('"', "")
