"""`dovetail`'s commands of administration, in this process, over a database made for the test."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import orjson
import pytest
import typer
from sqlalchemy.ext.asyncio import AsyncSession
from typer.testing import CliRunner

from codegen.cli import register as register_modules
from foundation_subgraph.cli import register
from foundation_subgraph.graph import subgraph as foundation
from foundation_subgraph.kit.roles import APPLICATION_ROLE, FOUNDATION_ROLE, OWNER_ROLE, SIGN_IN_ROLE
from foundation_subgraph.kit.testing import ThrowAwayDatabase
from foundation_subgraph.permissions.register import register_permissions
from module_subgraphs import installed


@dataclass(frozen=True)
class Said:
    """How a command ended, and what it said: `told` is its JSON."""

    code: int
    out: str
    err: str

    @property
    def told(self) -> Any:
        return orjson.loads(self.out)


Command = Callable[..., Awaitable[Said]]


@pytest.fixture
def over(monkeypatch: pytest.MonkeyPatch) -> Callable[[ThrowAwayDatabase], Command]:
    """Commands over a database; each must end as it should, with `code`."""

    def over(database: ThrowAwayDatabase) -> Command:
        monkeypatch.setenv("DATABASE_URL", database.addresses[OWNER_ROLE].url)
        monkeypatch.setenv("DATABASE_APPLICATION_URL", database.addresses[APPLICATION_ROLE].url)
        monkeypatch.setenv("DATABASE_FOUNDATION_URL", database.addresses[FOUNDATION_ROLE].url)
        monkeypatch.setenv("DATABASE_SIGN_IN_URL", database.addresses[SIGN_IN_ROLE].url)
        monkeypatch.setenv("LOGNAME", "ada")
        app = typer.Typer()
        register(app)
        register_modules(app)

        async def run(*arguments: str, code: int = 0) -> Said:
            result = await asyncio.to_thread(CliRunner().invoke, app, list(arguments))
            assert result.exit_code == code, (result.output, result.exception)
            return Said(result.exit_code, result.stdout, result.stderr)

        return run

    return over


@pytest.fixture
async def dovetail(
    whole_database: ThrowAwayDatabase, over: Callable[[ThrowAwayDatabase], Command]
) -> Command:
    """Commands over a database with all tables and permissions, and no tenant yet."""
    for one in (foundation, *installed().subgraphs):
        async with AsyncSession(whole_database.owner) as session, session.begin():
            await register_permissions(session, one.name, one.permissions)
    return over(whole_database)
