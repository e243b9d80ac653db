"""The committed contract of the house itself."""

import os
import subprocess
import sys

from schema.contract import SDL_FOLDER
from schema.export import find_stale_files
from schema.working_tree import Refused, read_working_tree


def test_the_committed_contract_says_what_the_code_says() -> None:
    contract = read_working_tree()
    assert not isinstance(contract, Refused), contract
    assert find_stale_files(contract, SDL_FOLDER) == (), "run `dovetail schema export` and commit schema/sdl"


def test_the_contract_is_the_same_in_another_process_without_a_database() -> None:
    """Whatever order hashing gives, and with no database anywhere."""
    script = (
        "from schema.contract import contract_files; from schema.working_tree import read_working_tree;"
        " import sys; sys.stdout.write(''.join(contract_files(read_working_tree()).values()))"
    )
    env = {name: value for name, value in os.environ.items() if not name.startswith(("DATABASE", "PG"))}
    printed = [
        subprocess.run(
            [sys.executable, "-c", script],
            capture_output=True,
            text=True,
            check=True,
            env={**env, "PYTHONHASHSEED": seed, "DATABASE_URL": "postgresql://127.0.0.1:9/nowhere"},
        ).stdout
        for seed in ("1", "2")
    ]
    assert printed[0] == printed[1]
    assert printed[0]
