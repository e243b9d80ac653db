"""Breaking, risky or safe, and why, and what to do instead: one table."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from schema.checks.changes import ChangeKind


class Verdict(StrEnum):
    """Breaking: an operation that worked fails. Risky: it works, and its client may not. In this order."""

    BREAKING = "breaking"
    RISKY = "risky"
    SAFE = "safe"


@dataclass(frozen=True, slots=True)
class Ruling:
    """`why` says whom it meets; `mend` how the same end is reached without. Safe changes have nothing to mend."""

    verdict: Verdict
    why: str
    mend: str = ""


def _breaking(why: str, mend: str) -> Ruling:
    return Ruling(Verdict.BREAKING, why, mend)


def _risky(why: str, mend: str) -> Ruling:
    return Ruling(Verdict.RISKY, why, mend)


def _safe(why: str) -> Ruling:
    return Ruling(Verdict.SAFE, why)


_DEPRECATE = "Keep it, mark it @deprecated with a reason, and remove it once nobody asks for it."
_NEW_BESIDE_OLD = "Add a new one beside it, and deprecate this one."
_OPTIONAL_FIRST = "Make it optional, or give it a default value."
_KEEP_DIRECTIVE = "Keep it: clients write it in their documents."

RULINGS: Final[Mapping[ChangeKind, Ruling]] = MappingProxyType(
    {
        ChangeKind.TYPE_REMOVED: _breaking(
            "Fragments on it and variables of it no longer validate.", _DEPRECATE
        ),
        ChangeKind.TYPE_CHANGED_KIND: _breaking(
            "Selections and variables of it no longer fit.", _NEW_BESIDE_OLD
        ),
        ChangeKind.TYPE_REMOVED_FROM_UNION: _breaking(
            "Fragments on the member no longer validate inside the union.",
            "Keep the member; stop returning it.",
        ),
        ChangeKind.VALUE_REMOVED_FROM_ENUM: _breaking("Clients that send it are refused.", _DEPRECATE),
        ChangeKind.REQUIRED_INPUT_FIELD_ADDED: _breaking(
            "Clients that do not send it are refused.", _OPTIONAL_FIRST
        ),
        ChangeKind.IMPLEMENTED_INTERFACE_REMOVED: _breaking(
            "Fragments no longer validate between the type and the interface.",
            "Keep the interface on the type.",
        ),
        ChangeKind.FIELD_REMOVED: _breaking("Documents that name it no longer validate.", _DEPRECATE),
        ChangeKind.FIELD_CHANGED_KIND: _breaking("Clients read or send the old type.", _NEW_BESIDE_OLD),
        ChangeKind.REQUIRED_ARG_ADDED: _breaking("Clients that do not send it are refused.", _OPTIONAL_FIRST),
        ChangeKind.ARG_REMOVED: _breaking("Documents that pass it no longer validate.", _DEPRECATE),
        ChangeKind.ARG_CHANGED_KIND: _breaking("Clients send the old type.", _NEW_BESIDE_OLD),
        ChangeKind.DIRECTIVE_REMOVED: _breaking("Documents that use it no longer validate.", _KEEP_DIRECTIVE),
        ChangeKind.DIRECTIVE_ARG_REMOVED: _breaking(
            "Documents that pass it no longer validate.", _KEEP_DIRECTIVE
        ),
        ChangeKind.REQUIRED_DIRECTIVE_ARG_ADDED: _breaking(
            "Documents that do not pass it are refused.", _OPTIONAL_FIRST
        ),
        ChangeKind.DIRECTIVE_REPEATABLE_REMOVED: _breaking(
            "Documents that repeat it are refused.", _KEEP_DIRECTIVE
        ),
        ChangeKind.DIRECTIVE_LOCATION_REMOVED: _breaking(
            "Documents that use it there are refused.", _KEEP_DIRECTIVE
        ),
        ChangeKind.ROOT_TYPE_CHANGED: _breaking(
            "Operations of this kind, or fragments on their root, no longer validate.",
            "Keep the root type's name.",
        ),
        ChangeKind.ONE_OF_ADDED: _breaking(
            "Clients that send none or several of its fields are refused.",
            "Add a new @oneOf input beside it.",
        ),
        ChangeKind.ACCESS_TIGHTENED: _breaking(
            "People who could ask for it now get null and an error.",
            "Let the old rule suffice as an alternative, grant what the new one asks for, then take the old one out.",
        ),
        ChangeKind.PERMISSION_REMOVED: _breaking(
            "Roles still grant it, and whatever asked for it changes hands.",
            "Keep declaring it: a permission is retired, never removed or used again.",
        ),
        ChangeKind.PERMISSION_RENAMED: _breaking(
            "Roles grant the old name, and nobody holds the new one.",
            "Keep the old permission and accept either: requires([OLD], [NEW]).",
        ),
        ChangeKind.PERMISSION_ACCESS_CHANGED: _breaking(
            "Built-in roles go by it: people lose the permission, or get it unasked.",
            "Declare a new permission with the other access.",
        ),
        ChangeKind.VALUE_ADDED_TO_ENUM: _risky(
            "Clients that list every value meet one they do not know.",
            "Tell clients before a field returns it.",
        ),
        ChangeKind.TYPE_ADDED_TO_UNION: _risky(
            "Clients that list every member meet one they do not know.",
            "Tell clients before a field returns it.",
        ),
        ChangeKind.IMPLEMENTED_INTERFACE_ADDED: _risky(
            "Clients that list every implementation meet one they do not know.",
            "Tell clients before a field returns it.",
        ),
        ChangeKind.OPTIONAL_INPUT_FIELD_ADDED: _risky(
            "Clients that do not send it get whatever its absence means.",
            "Let its absence mean what was before.",
        ),
        ChangeKind.OPTIONAL_ARG_ADDED: _risky(
            "Clients that do not pass it get whatever its absence means.",
            "Let its absence mean what was before.",
        ),
        ChangeKind.ARG_DEFAULT_VALUE_CHANGE: _risky(
            "Clients that leave it out get another answer.",
            "Keep the default; let clients pass what they want.",
        ),
        ChangeKind.INPUT_FIELD_DEFAULT_VALUE_CHANGE: _risky(
            "Clients that leave it out get another answer.",
            "Keep the default; let clients send what they want.",
        ),
        ChangeKind.SCALAR_SPECIFICATION_CHANGED: _risky(
            "Clients may read and write its values in the old form.", "Add a new scalar for the new form."
        ),
        ChangeKind.ACCESS_LOOSENED: _risky(
            "People who were refused now get it.", "Have whoever answers for this element agree."
        ),
        ChangeKind.PERMISSION_MOVED: _risky(
            "Another subgraph now says what it means.", "Have both teams agree; roles keep it."
        ),
        ChangeKind.TYPE_ADDED: _safe("Nobody asks for it yet."),
        ChangeKind.FIELD_ADDED: _safe("Nobody asks for it yet."),
        ChangeKind.FIELD_CHANGED_KIND_SAFE: _safe(
            "Whoever read or sent the old type reads or sends the new one."
        ),
        ChangeKind.ARG_CHANGED_KIND_SAFE: _safe("Whatever was sent is still accepted."),
        ChangeKind.ARG_DEFAULT_VALUE_ADDED: _safe("It may be left out now."),
        ChangeKind.INPUT_FIELD_DEFAULT_VALUE_ADDED: _safe("It may be left out now."),
        ChangeKind.VALUE_ADDED_TO_INPUT_ENUM: _safe("Clients only send it, and need not."),
        ChangeKind.ONE_OF_REMOVED: _safe("Whatever was sent is still accepted."),
        ChangeKind.DIRECTIVE_ADDED: _safe("Nobody uses it yet."),
        ChangeKind.DIRECTIVE_REPEATABLE_ADDED: _safe("One use is still fine."),
        ChangeKind.DIRECTIVE_LOCATION_ADDED: _safe("Nobody uses it there yet."),
        ChangeKind.OPTIONAL_DIRECTIVE_ARG_ADDED: _safe("It may be left out."),
        ChangeKind.DESCRIPTION_CHANGED: _safe("Words for people."),
        ChangeKind.DEPRECATION_ADDED: _safe("It still works; clients learn what to use instead."),
        ChangeKind.DEPRECATION_REMOVED: _safe("It works as before."),
        ChangeKind.PERMISSION_ADDED: _safe("Nothing that was there asks for it."),
        ChangeKind.PERMISSION_DESCRIPTION_CHANGED: _safe("Words for people."),
    }
)
