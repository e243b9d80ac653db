"""Why a sign-in by a provider does not come about: codes that stay, words for the person."""

from typing import Final

from foundation_subgraph.kit import Refusal

PROVIDER_UNKNOWN: Final = "PROVIDER_UNKNOWN"
PROVIDER_UNAVAILABLE: Final = "PROVIDER_UNAVAILABLE"
PROVIDER_REFUSED: Final = "PROVIDER_REFUSED"
RETURN_ADDRESS_REFUSED: Final = "RETURN_ADDRESS_REFUSED"
STATE_INVALID: Final = "STATE_INVALID"
ID_TOKEN_INVALID: Final = "ID_TOKEN_INVALID"  # noqa: S105 - a code
TICKET_INVALID: Final = "TICKET_INVALID"
PERSON_UNKNOWN: Final = "PERSON_UNKNOWN"
EMAIL_NOT_VERIFIED: Final = "EMAIL_NOT_VERIFIED"
ACCOUNT_EXISTS: Final = "ACCOUNT_EXISTS"
IDENTITY_TAKEN: Final = "IDENTITY_TAKEN"
IDENTITY_MISSING: Final = "IDENTITY_MISSING"


def provider_unknown() -> Refusal:
    return Refusal(
        PROVIDER_UNKNOWN, "There is no such provider here: GET /sign-in/oidc lists those there are"
    )


def provider_unavailable(title: str) -> Refusal:
    return Refusal(PROVIDER_UNAVAILABLE, f"{title} cannot be reached just now: try again in a moment")


def provider_refused(title: str) -> Refusal:
    return Refusal(PROVIDER_REFUSED, f"{title} did not sign you in: begin again")


def return_address_refused() -> Refusal:
    return Refusal(
        RETURN_ADDRESS_REFUSED,
        "returnTo is a path on this host, such as /, or one of the addresses configured",
    )


def state_invalid() -> Refusal:
    return Refusal(
        STATE_INVALID,
        "This sign-in was not begun in this browser, was used already, or took too long: begin again",
    )


def id_token_invalid(title: str) -> Refusal:
    return Refusal(ID_TOKEN_INVALID, f"What {title} says of you cannot be trusted: begin again")


def ticket_invalid() -> Refusal:
    return Refusal(
        TICKET_INVALID, "The ticket is not of this browser, was used already, or is too old: begin again"
    )


def person_unknown() -> Refusal:
    return Refusal(PERSON_UNKNOWN, "You are not known here: ask whoever runs your tenant to invite you")


def email_not_verified(title: str) -> Refusal:
    return Refusal(
        EMAIL_NOT_VERIFIED,
        f"You are not known here, and {title} does not say that your e-mail is verified: an invitation cannot be found by it",
    )


def account_exists() -> Refusal:
    return Refusal(
        ACCOUNT_EXISTS, "Your address has an account here already: sign in with its password and link the two"
    )


def identity_taken() -> Refusal:
    return Refusal(
        IDENTITY_TAKEN, "This identity, or this account, is linked to another one already: unlink that first"
    )


def identity_missing() -> Refusal:
    return Refusal(IDENTITY_MISSING, "Your account is not linked to this provider")
