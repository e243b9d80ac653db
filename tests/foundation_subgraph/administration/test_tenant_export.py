"""A tenant as files: all that is its own, nothing of another, and nothing that signs anybody in."""

import hashlib
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import orjson
import pytest
from sqlalchemy import text

from foundation_subgraph.kit.testing import ThrowAwayDatabase
from module_subgraphs import installed

Command = Callable[..., Awaitable[Any]]

TABLES = text(
    """
    SELECT n.nspname || '.' || c.relname FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id'
    WHERE c.relkind = 'r'
    """
)


@pytest.fixture
async def two_tenants(dovetail: Command, whole_database: ThrowAwayDatabase) -> None:
    """Each with an invitation and a customer; the second's bear the word GLOBEX."""
    for slug in ("acme", "globex"):
        await dovetail(
            "tenant", "create", slug, "--name", slug.upper(), "--owner", f"o@{slug}.example", "--json"
        )
        tenants = (await dovetail("tenant", "list", "--search", slug, "--json")).told
        async with whole_database.owner.begin() as connection:
            await connection.execute(
                text("SELECT set_config('dovetail.tenant_id', :id, true)"), {"id": tenants[0]["id"]}
            )
            await connection.execute(
                text("INSERT INTO customers.customers (id, name) VALUES (gen_random_uuid(), :name)"),
                {"name": f"{slug.upper()} customer\nof two lines"},
            )


def read(folder: Path, table: str) -> list[dict[str, Any]]:
    return [orjson.loads(line) for line in (folder / f"{table}.jsonl").read_bytes().splitlines()]


def names_in(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


@pytest.mark.usefixtures("two_tenants")
async def test_every_table_of_tenants_is_written_with_the_tenants_own_rows(
    dovetail: Command, whole_database: ThrowAwayDatabase, tmp_path: Path
) -> None:
    folder = tmp_path / "acme"
    told = (await dovetail("tenant", "export", "acme", "--to", str(folder), "--json")).told
    manifest = orjson.loads((folder / "manifest.json").read_bytes())
    assert manifest["tenant"]["slug"] == "acme"
    assert manifest["exported_by"] == "cli:ada"
    assert set(manifest["schema_versions"]) == {
        "foundation",
        *(each.name for each in installed().subgraphs if each.migrations),
    }
    async with whole_database.owner.connect() as connection:
        known = set(await connection.scalars(TABLES)) | {"foundation.tenants", "foundation.users"}
    assert {one["table"] for one in manifest["tables"]} == known
    for one in manifest["tables"]:
        if "file" in one:
            content = (folder / one["file"]).read_bytes()
            assert hashlib.sha256(content).hexdigest() == one["sha256"]
            assert content.count(b"\n") == one["rows"] == told["rows"][one["table"]]
    assert [row["name"] for row in read(folder, "customers.customers")] == ["ACME customer\nof two lines"]
    assert [row["slug"] for row in read(folder, "foundation.tenants")] == ["acme"]
    assert all(b"globex" not in path.read_bytes().lower() for path in folder.iterdir())
    assert folder.stat().st_mode & 0o077 == 0


@pytest.mark.usefixtures("two_tenants")
async def test_nothing_that_signs_anybody_in_is_written(dovetail: Command, tmp_path: Path) -> None:
    folder = tmp_path / "acme"
    await dovetail("tenant", "export", "acme", "--to", str(folder))
    manifest = orjson.loads((folder / "manifest.json").read_bytes())
    left_out = {one["table"]: set(one["left_out"]) for one in manifest["tables"]}
    assert "token_hash" in left_out["foundation.invitations"]
    assert "password_hash" in left_out["foundation.users"]
    assert "digest" in left_out["foundation.api_keys"]
    assert not (folder / "foundation.refresh_tokens.jsonl").exists()
    [invitation] = read(folder, "foundation.invitations")
    assert not {"token_hash"} & set(invitation)
    written = {name for path in folder.glob("*.jsonl") for row in read(folder, path.stem) for name in row}
    assert not {name for name in written if "hash" in name or "digest" in name or "password" in name}


@pytest.mark.usefixtures("two_tenants")
async def test_the_folder_is_there_when_all_of_it_is_written(
    dovetail: Command, whole_database: ThrowAwayDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "acme"
    # The modules' half fails: the foundation's half is gone as well.
    monkeypatch.setenv("DATABASE_APPLICATION_URL", "postgresql://nobody@127.0.0.1:1/none")
    failed = await dovetail("tenant", "export", "acme", "--to", str(folder), code=1)
    assert failed.err.startswith("error: The database cannot be used")
    assert not names_in(tmp_path)
    unknown = await dovetail("tenant", "export", "gamma", "--to", str(folder), code=1)
    assert unknown.err == 'error: There is no tenant "gamma"\n'
    (tmp_path / "file").touch()
    taken = await dovetail("tenant", "export", "acme", "--to", str(tmp_path / "file"), code=1)
    assert "is there already" in taken.err


@pytest.mark.usefixtures("two_tenants")
async def test_a_login_that_policies_do_not_bind_exports_nothing(
    dovetail: Command, whole_database: ThrowAwayDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A superuser passes row-level security: what it wrote would be everybody's."""
    url = whole_database.addresses["dovetail_owner"].url.replace("dovetail_owner", "postgres", 1)
    monkeypatch.setenv("DATABASE_APPLICATION_URL", url)
    refused = await dovetail("tenant", "export", "acme", "--to", str(tmp_path / "acme"), code=1)
    assert "is a superuser" in refused.err
    assert not names_in(tmp_path)
