"""The environment that ariadne-codegen runs in: it needs an older graphql-core than we do.

It is built once per lock file and Python, under the user's cache folder, and after that nothing needs a network.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp
from typing import Final

from codegen.clients.operations import ClientProblemError

LOCK_FILE: Final = Path(__file__).with_name("ariadne-codegen.txt")


@dataclass(frozen=True, slots=True)
class GeneratorEnvironment:
    """`python` is the environment's interpreter; it is there once `is_ready`."""

    folder: Path

    @property
    def python(self) -> Path:
        return self.folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")

    @property
    def is_ready(self) -> bool:
        return self.python.exists()


def generator_environment() -> GeneratorEnvironment:
    """Where the environment is, or will be: another lock file or another Python has another place."""
    told = hashlib.sha256(LOCK_FILE.read_bytes())
    told.update(f"{sys.implementation.cache_tag} {sys.executable}".encode())
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return GeneratorEnvironment(cache / "dovetail" / f"ariadne-codegen-{told.hexdigest()[:16]}")


def build(environment: GeneratorEnvironment) -> None:
    """Install the locked packages, each checked by its hash. Needs the package index. Raises ClientProblemError."""
    try:
        environment.folder.parent.mkdir(parents=True, exist_ok=True)
        building = Path(mkdtemp(prefix=f"{environment.folder.name}.", dir=environment.folder.parent))
    except OSError as error:
        raise ClientProblemError(
            f"cannot prepare the client generator: {error.filename}: {error.strerror}; XDG_CACHE_HOME can name "
            "another cache folder"
        ) from error
    try:
        aside = GeneratorEnvironment(building)
        _uv(
            "venv",
            "--quiet",
            "--allow-existing",
            "--no-python-downloads",
            "--python",
            sys.executable,
            str(building),
        )
        _uv(
            "pip", "install", "--quiet", "--require-hashes", "--only-binary", ":all:",
            "--python", str(aside.python), "--requirements", str(LOCK_FILE),
        )  # fmt: skip
        if environment.folder.exists() and not environment.is_ready:
            shutil.rmtree(environment.folder)  # its Python is gone from the machine
        try:
            building.rename(environment.folder)
        except OSError:
            if not environment.is_ready:  # else another run was first, and made the same
                raise
    finally:
        shutil.rmtree(building, ignore_errors=True)


def _uv(*arguments: str) -> None:
    try:
        from uv import find_uv_bin  # noqa: PLC0415 - of the extra `codegen`, and needed on the first run only

        program = find_uv_bin()
    except (ImportError, FileNotFoundError) as error:
        raise ClientProblemError(
            "cannot prepare the client generator: uv is missing; install it with `pip install 'dovetail[codegen]'`"
        ) from error
    ended = run([program, *arguments], cwd=LOCK_FILE.parent)
    if ended.returncode:
        said = [line.strip(" \N{MULTIPLICATION SIGN}│╰─▶├") for line in ended.stderr.splitlines()]
        told = [line.removeprefix("error: ").removeprefix("cause: ") for line in said if line]
        why = ": ".join(dict.fromkeys(told[:1] + told[-1:])) or f"uv ended with {ended.returncode}"
        raise ClientProblemError(
            f"cannot prepare the client generator: {why}; the first run needs the package index within reach"
        )


def run(
    command: Sequence[str], *, cwd: Path, python_path: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """Run something of the environment, without what belongs to ours."""
    ours = {"PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "PYTHONWARNINGS"}
    env = {name: value for name, value in os.environ.items() if name not in ours}
    env |= {"PYTHONNOUSERSITE": "1", "PYTHONUTF8": "1", "PYTHONDONTWRITEBYTECODE": "1"}
    if python_path is not None:
        env["PYTHONPATH"] = str(python_path)
    return subprocess.run(  # noqa: S603 # no shell; the programs are uv and the environment's own Python
        command,
        cwd=cwd,
        env=env,
        capture_output=True,
        text=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
