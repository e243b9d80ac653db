"""How a command of administration asks and answers: exit 0 done, 1 not, 2 misused, 130 given up."""

import asyncio
import getpass
import os
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from foundation_subgraph.administration.office import Office, open_office
from foundation_subgraph.administration.printing import fail, print_json, print_table, say
from foundation_subgraph.house_settings import HouseSettings
from foundation_subgraph.kit import Refusal
from foundation_subgraph.settings_file import SettingsFileError
from supergraph.spec import HouseError

_Found = TypeVar("_Found")


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of every command: over which house, and whether a tool reads the answer."""

    data: Path
    as_json: bool = False
    installed: str = "module_subgraphs:installed"

    @property
    def settings(self) -> HouseSettings:
        return HouseSettings(
            data_folder=self.data,
            database_url=os.environ.get("DATABASE_URL"),
            application_url=os.environ.get("DATABASE_APPLICATION_URL"),
            foundation_url=os.environ.get("DATABASE_FOUNDATION_URL"),
            sign_in_url=os.environ.get("DATABASE_SIGN_IN_URL"),
            installed=self.installed,
        )


def administer(asked: Asked, work: Callable[[Office], Awaitable[_Found]]) -> _Found:
    async def at_work() -> _Found:
        async with open_office(asked.settings, f"cli:{_login()}") as office:
            return await work(office)

    return attempt(at_work())


def attempt(work: Awaitable[_Found]) -> _Found:
    async def to_the_end() -> _Found:
        return await work

    try:
        return asyncio.run(to_the_end())
    except Refusal as refusal:
        fail(refusal.message)
    except (HouseError, SettingsFileError) as error:
        fail(str(error))


def show(asked: Asked, columns: Sequence[str], rows: Sequence[Mapping[str, object]], without: str) -> None:
    if asked.as_json:
        print_json([dict(row) for row in rows])
    elif rows:
        print_table(columns, rows)
    else:
        say(without)


def answer(asked: Asked, value: Mapping[str, object], line: str) -> None:
    if asked.as_json:
        print_json(dict(value))
    else:
        say(line)


def _login() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container whose user has no name
        return f"uid {os.getuid()}"
