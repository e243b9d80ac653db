"""What went wrong for the person at the terminal."""


class CommandError(Exception):
    """Ends a command with exit code 1 and one line on stderr: what, where, and how to mend it."""


def describe_unreadable(error: OSError | UnicodeDecodeError) -> str:
    """Why a file could not be read, in words that follow its name."""
    match error:
        case FileNotFoundError():
            return "there is no such file"
        case UnicodeDecodeError():
            return "not a text in UTF-8"
        case OSError():
            return (error.strerror or str(error)).lower()
