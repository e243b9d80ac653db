"""Python in the house's one format: by ruff, which every checkout of the house has."""

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

_FORMAT: Final = (
    "format",
    "--isolated",
    "--quiet",
    "--config",
    "line-length = 110",
    "--target-version",
    "py311",
)


def find_ruff() -> str | None:
    """Ruff of the environment that we run in, else of the path."""
    beside = Path(sys.executable).with_name("ruff")
    return str(beside) if beside.is_file() else shutil.which("ruff")


def format_python(folder: Path) -> bool:
    """Format what lies in a folder; False where there is no ruff, and the files stay as the templates wrote them."""
    ruff = find_ruff()
    if ruff is None:
        return False
    subprocess.run([ruff, *_FORMAT, str(folder)], check=True, capture_output=True)  # noqa: S603 - no shell
    return True
