"""All settings of a gateway: options win over the environment, that over the file, and that over the defaults."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from supergraph.gateway.settings.document import InvalidDocumentError, Location, SettingsDocument
from supergraph.gateway.settings.gateway import GatewaySettings
from supergraph.gateway.settings.names import fields_at, suggest
from supergraph.gateway.settings.section import FOLDER

PREFIX: Final = "DOVETAIL_GATEWAY__"
_BETWEEN: Final = "__"


class InvalidSettingsError(ValueError):
    """Settings that cannot be taken. The message has a line for each thing that is wrong: where, what, how to mend."""

    def __init__(self, lines: Sequence[str]) -> None:
        super().__init__("\n".join(lines))


@dataclass(frozen=True, slots=True)
class Option:
    """A setting given on the command line. `name` is what the person wrote: `--port`."""

    name: str
    at: Location
    value: object


def read_settings(
    file: Path | None,
    environment: Mapping[str, str] | None = None,
    options: Sequence[Option] = (),
) -> GatewaySettings:
    """Raises InvalidSettingsError."""
    document = SettingsDocument({}) if file is None else _read_file(file)
    tree: dict[str, object] = {**document.content}
    origins: dict[Location, str] = {}
    for name, text in sorted((environment or {}).items()):
        if name.startswith(PREFIX):
            at, value = _read_variable(name, text)
            tree = _put(tree, at, value)
            origins[at] = f"environment: {name}"
    for option in options:
        tree = _put(tree, option.at, option.value)
        origins[option.at] = option.name
    context = {} if file is None else {FOLDER: file.parent}
    try:
        return GatewaySettings.model_validate(tree, context=context)
    except ValidationError as error:
        places = _Places(file, document, origins)
        raise InvalidSettingsError([_describe(each, places) for each in error.errors()]) from error


def _read_file(path: Path) -> SettingsDocument:
    from supergraph.gateway.settings.document_text import read_document  # noqa: PLC0415 - often there is no file

    try:
        return read_document(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise InvalidSettingsError([f"{path}: there is no such file"]) from error
    except UnicodeDecodeError as error:
        raise InvalidSettingsError([f"{path}: not a text in UTF-8"]) from error
    except OSError as error:
        raise InvalidSettingsError([f"{path}: {(error.strerror or str(error)).lower()}"]) from error
    except InvalidDocumentError as error:
        raise InvalidSettingsError([f"{path}:{error.place}: {error}"]) from error


def _read_variable(name: str, text: str) -> tuple[Location, object]:
    """Lists and mappings are given whole, as in the file: `[a, b]`, `{a: b}`. All else is text, and read by its type."""
    at: Location = tuple(name.removeprefix(PREFIX).lower().split(_BETWEEN))
    if not text.lstrip().startswith(("[", "{")):
        return at, text
    from supergraph.gateway.settings.document_text import read_value  # noqa: PLC0415 - and seldom a list

    try:
        return at, read_value(text)
    except InvalidDocumentError as error:
        raise InvalidSettingsError([f"environment: {name}: {error}"]) from error


def _put(tree: Mapping[str, object], at: Location, value: object) -> dict[str, object]:
    """The tree with one value more; what was there before it in another shape gives way."""
    name, rest = str(at[0]), at[1:]
    below = tree.get(name)
    if not rest:
        return {**tree, name: value}
    return {**tree, name: _put(below if isinstance(below, dict) else {}, rest, value)}


@dataclass(frozen=True, slots=True)
class _Places:
    """Where things were said."""

    file: Path | None
    document: SettingsDocument
    origins: Mapping[Location, str]

    def of(self, at: Location, *, is_key: bool) -> str:
        """The variable or option that said it, else the place in the file of it or of what is nearest around it."""
        for length in range(len(at), 0, -1):
            if at[:length] in self.origins:
                return self.origins[at[:length]]
        for length in range(len(at), -1, -1):
            here = at[:length]
            known = self.document.keys if is_key and length == len(at) else self.document.values
            if here in known:
                return f"{self.file}:{known[here]}"
        # Nothing around it was said in the file: an option below it was, or nothing at all.
        under = [said for where, said in self.origins.items() if where[: len(at)] == at]
        return under[0] if under else str(self.file or "settings")


def _describe(error: ErrorDetails, places: _Places) -> str:
    at = error["loc"]
    while at and not _is_known(at, places.document, places.origins) and error["type"] != "missing":
        at = at[:-1]  # what pydantic adds: which member of a union it tried
    name = ".".join(str(each) for each in at)
    match error["type"]:
        case "extra_forbidden":
            return f"{places.of(at, is_key=True)}: {name}: no such setting; {suggest(GatewaySettings, at)}"
        case "missing":
            return f"{places.of(at, is_key=True)}: {name}: is missing"
        case "model_type" | "dict_type" | "mapping_type":
            known = fields_at(GatewaySettings, at)
            hint = f" of {', '.join(known)}" if known else ""
            return f"{places.of(at, is_key=False)}: {name}: is a mapping{hint}"
        case _:
            message = error["msg"].removeprefix("Value error, ")
            return f"{places.of(at, is_key=False)}: {name}: {message[:1].lower()}{message[1:]}"


def _is_known(at: Location, document: SettingsDocument, origins: Mapping[Location, str]) -> bool:
    return at in document.values or at in origins or any(each[: len(at)] == at for each in origins)
