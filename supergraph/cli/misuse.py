"""What was wrong with the words of a command line, in one line that says what to write instead."""

import difflib
import re
from collections.abc import Sequence

from typer.exceptions import TyperException

from supergraph.cli.failure import CommandError

# The parser tells most mistakes apart by their sentence alone, and its values' types speak of "input".
_NO_COMMAND = re.compile(r"No such command '(?P<name>[^']*)'(?:\. Did you mean (?P<near>'.*')\?)?")
_EXTRA = re.compile(
    r"Got unexpected extra arguments? \((?P<words>.*)\)|.*extra argument\(s\) \((?P<more>.*)\)"
)
_MISSING = re.compile(r"Missing (?:argument|option|parameter) '(?P<name>[^']*)'")
_INVALID = re.compile(r"Invalid value for '(?P<name>[^']*)': (?:Value error, )?(?P<why>.*)")
_WORDS = (
    (re.compile(r"input should be a valid integer.*", re.IGNORECASE), "a whole number is wanted"),
    (re.compile(r"input should be a valid datetime or date.*", re.IGNORECASE), "write it like 2027-06-30"),
    (re.compile(r"input should be ", re.IGNORECASE), "it should be "),
)


class MisuseError(CommandError):
    """The words of the command do not fit together: exit code 2, as for words that do not exist."""


def describe_misuse(error: TyperException) -> str:
    """One line, ending with where to read on; empty where the help has been printed in its place."""
    message = " ".join(str(getattr(error, "format_message", lambda: str(error))()).split()).rstrip(".")
    if not message:
        return ""
    context = getattr(error, "ctx", None)
    command = str(getattr(context, "command_path", "") or "dovetail")
    return f"{_say(error, message)}; `{command} --help` shows what there is"


def _say(error: TyperException, message: str) -> str:
    option = getattr(error, "option_name", None)
    if option and message.startswith("No such option"):
        return f"there is no option {option}{_meant(option, getattr(error, 'possibilities', None) or ())}"
    if found := _NO_COMMAND.match(message):
        near = (found["near"] or "").replace("'", "`")
        return f"there is no command `{found['name']}`" + (f"; did you mean {near}?" if near else "")
    if message == "Missing command":
        return "which command?"
    if found := _MISSING.match(message):
        return f"{found['name']} is missing"
    if found := _INVALID.match(message):
        why = found["why"]
        for pattern, words in _WORDS:
            why = pattern.sub(words, why)
        return f"{found['name']}: {why}"
    if found := _EXTRA.match(message):
        return f"{found['words'] or found['more']}: one word too many"
    return message[:1].lower() + message[1:]


def _meant(option: str, possibilities: Sequence[str]) -> str:
    near = difflib.get_close_matches(option, possibilities, n=1, cutoff=0.0)
    return f"; did you mean {near[0]}?" if near else ""
