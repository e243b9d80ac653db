"""What went wrong for the person at the terminal."""


class CommandError(Exception):
    """Ends a command with exit code 1 and one line on stderr: what, where, and how to mend it."""
