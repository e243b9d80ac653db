"""The commands of administration: the same rules as in the graph, told in a line, and on record."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from foundation_subgraph.kit import narrow
from foundation_subgraph.kit.testing import ThrowAwayDatabase
from foundation_subgraph.sign_in.accounts import create_account, find_account
from foundation_subgraph.sign_in.persons import be_person
from foundation_subgraph.sign_in.tables import SecondFactorRow
from foundation_subgraph.users.service import add_member
from tests.foundation_subgraph.mail.smtp_server import smtp_server

Command = Callable[..., Awaitable[Any]]


async def make_tenant(dovetail: Command, slug: str = "acme") -> UUID:
    made = await dovetail(
        "tenant", "create", slug, "--name", slug.title(), "--owner", f"o@{slug}.example", "--json"
    )
    return UUID(made.told["tenant"]["id"])


async def join(database: ThrowAwayDatabase, tenant: UUID, email: str, *roles: str) -> None:
    """As somebody does who accepts an invitation."""
    async with AsyncSession(database.sign_in) as session, session.begin():
        account = await create_account(session, email, email.partition("@")[0].title(), "no password")
    assert account is not None
    async with AsyncSession(database.owner) as session, session.begin():
        await narrow(session, tenant)
        await add_member(session, account.id, roles)


async def log(dovetail: Command, tenant: str) -> list[tuple[str, str]]:
    """Who did what, the earliest first."""
    found = (await dovetail("audit", "list", "--tenant", tenant, "--json")).told
    return [(one["actor"], one["action"]) for one in reversed(found)]


async def test_a_tenant_is_made_with_an_invitation_for_its_owner(dovetail: Command) -> None:
    said = await dovetail("tenant", "create", "acme", "--name", "Acme Ltd", "--owner", "Olga@acme.example")
    assert "The tenant acme is made." in said.out
    assert "olga@acme.example is invited as owner" in said.out
    [one] = (await dovetail("tenant", "list", "--json")).told
    assert (one["slug"], one["name"], one["status"], one["is_platform"]) == (
        "acme", "Acme Ltd", "active", False,
    )  # fmt: skip
    [invited] = (await dovetail("user", "list", "--tenant", "acme", "--json")).told
    assert (invited["name"], invited["roles"], invited["state"]) == ("Olga", ["owner"], "invited")
    assert await log(dovetail, "acme") == [("cli:ada", "tenant.created")]
    again = await dovetail("tenant", "create", "acme", "--name", "A", "--owner", "o@a.example", code=1)
    assert again.err == 'error: There is a tenant "acme" already\n'
    wrong = await dovetail("tenant", "create", "beta", "--name", "B", "--owner", "nobody", code=1)
    assert wrong.err == 'error: "nobody" is not an e-mail address\n'
    assert len((await dovetail("tenant", "list", "--json")).told) == 1


async def test_tenants_are_found_by_status_and_name(dovetail: Command) -> None:
    for slug in ("acme", "beta"):
        await make_tenant(dovetail, slug)
    await dovetail("tenant", "suspend", "beta", "--reason", "unpaid")
    [one] = (await dovetail("tenant", "list", "--status", "suspended", "--json")).told
    assert (one["slug"], one["reason"]) == ("beta", "unpaid")
    assert [one["slug"] for one in (await dovetail("tenant", "list", "--search", "ACM", "--json")).told] == [
        "acme"
    ]
    assert (await dovetail("tenant", "list", "--search", "x")).out == "There is no such tenant.\n"
    await dovetail("tenant", "reactivate", "beta")
    assert await log(dovetail, "beta") == [
        ("cli:ada", "tenant.created"), ("cli:ada", "tenant.suspended"), ("cli:ada", "tenant.reactivated"),
    ]  # fmt: skip
    missing = await dovetail("tenant", "suspend", "gamma", code=1)
    assert missing.err == 'error: There is no tenant "gamma"\n'


async def test_closing_is_asked_for_and_is_for_ever(dovetail: Command, tmp_path: Path) -> None:
    await make_tenant(dovetail)
    asked = await dovetail("tenant", "close", "acme", code=2)
    assert (
        asked.err == 'error: Close the tenant "acme" (Acme) for ever? Say --yes, where nobody can be asked\n'
    )
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "file").touch()
    kept = await dovetail("tenant", "close", "acme", "--yes", "--export", str(tmp_path / "taken"), code=1)
    assert "is there already" in kept.err
    assert (await dovetail("tenant", "list", "--status", "active", "--json")).told
    await dovetail("tenant", "close", "acme", "--yes", "--export", str(tmp_path / "acme"))
    assert (tmp_path / "acme" / "manifest.json").exists()
    for again in ("close", "reactivate"):
        options = ["--yes"] if again == "close" else []
        assert "is closed" in (await dovetail("tenant", again, "acme", *options, code=1)).err
    assert [action for _, action in await log(dovetail, "acme")] == [
        "tenant.created", "tenant.exported", "tenant.closed",
    ]  # fmt: skip


async def test_people_are_invited_listed_and_removed_but_for_the_last_owner(
    dovetail: Command, whole_database: ThrowAwayDatabase
) -> None:
    tenant = await make_tenant(dovetail)
    await join(whole_database, tenant, "ann@acme.example", "owner")
    await join(whole_database, tenant, "bob@acme.example", "clerk")
    said = await dovetail(
        "user", "invite", "cy@acme.example", "--tenant", "acme", "--role", "clerk", "--json"
    )
    assert said.told["invitation"]["roles"] == ["clerk"]
    assert len(said.told["invitation"]["token"]) > 40
    table = (await dovetail("user", "list", "--tenant", "acme")).out
    assert table.splitlines()[0].split() == ["email", "name", "roles", "state", "id"]
    assert "cy@acme.example" in table
    unknown = await dovetail("user", "invite", "d@a.example", "--tenant", "acme", "--role", "king", code=1)
    assert unknown.err == 'error: There is no role "king"\n'
    last = await dovetail("user", "remove", "ann@acme.example", "--tenant", "acme", "--yes", code=1)
    assert last.err == "error: A tenant keeps at least one owner: make somebody else owner first\n"
    await dovetail("user", "remove", "bob@acme.example", "--tenant", "acme", code=2)
    await dovetail("user", "remove", "bob@acme.example", "--tenant", "acme", "--yes")
    gone = await dovetail("user", "remove", "bob@acme.example", "--tenant", "acme", "--yes", code=1)
    assert gone.err == "error: bob@acme.example is no member of this tenant\n"
    assert [action for _, action in await log(dovetail, "acme")][-2:] == ["user.invited", "user.removed"]


async def test_an_invitation_goes_out_by_mail_where_there_is_a_mail_server(
    dovetail: Command, tmp_path: Path
) -> None:
    await make_tenant(dovetail)
    invite = (
        "user",
        "invite",
        "cy@acme.example",
        "--tenant",
        "acme",
        "--role",
        "clerk",
        "--data",
        str(tmp_path),
    )
    settings = tmp_path / "mail.yaml"
    with smtp_server(tmp_path) as server:
        settings.write_text(
            f"{{host: localhost, port: {server.port}, sender: no-reply@house.example, ca_file: {server.certificate}}}"
        )
        told = (await dovetail(*invite, "--json")).told["invitation"]
        said = (await dovetail(*invite)).out
    assert told["mailed"] is True
    assert "It went out by mail." in said
    first, _ = server.received
    assert first.recipients == ["cy@acme.example"]
    assert told["token"] in first.message.get_content()
    assert "The mail could not be sent.\nHand this over" in (await dovetail(*invite)).out
    settings.write_text("host: [")
    wrong = await dovetail(*invite, code=1)
    assert wrong.err.startswith(f"error: {settings} is not YAML")
    assert len(await log(dovetail, "acme")) == 4, "with a mistake in the settings nothing was done"


async def test_roles_are_made_given_and_taken(dovetail: Command, whole_database: ThrowAwayDatabase) -> None:
    tenant = await make_tenant(dovetail)
    await join(whole_database, tenant, "ann@acme.example", "owner")
    at = ("--tenant", "acme")
    await dovetail("role", "create", "desk", *at, "--permission", "customers:write", "--inherit", "auditor")
    shown = (await dovetail("role", "show", "desk", *at, "--json")).told
    assert shown["parents"] == ["auditor"]
    assert {"customers:write", "customers:read"} <= set(shown["permissions"])
    await dovetail("role", "grant", "desk", "ann@acme.example", *at)
    assert (await dovetail("role", "show", "desk", *at, "--json")).told["members"] == ["ann@acme.example"]
    await dovetail("role", "revoke", "desk", "ann@acme.example", *at)
    not_held = await dovetail("role", "revoke", "desk", "ann@acme.example", *at, code=1)
    assert not_held.err == 'error: The user does not have the role "desk"\n'
    owner = await dovetail("role", "revoke", "owner", "ann@acme.example", *at, code=1)
    assert "keeps at least one owner" in owner.err
    names = [one["name"] for one in (await dovetail("role", "list", *at, "--json")).told]
    assert names == ["auditor", "clerk", "desk", "owner"]
    assert [action for _, action in await log(dovetail, "acme")][1:] == [
        "role.created", "role.granted", "role.revoked",
    ]  # fmt: skip


async def test_running_the_platform_cannot_be_given_outside_its_own_tenant(dovetail: Command) -> None:
    await make_tenant(dovetail)
    told = ("--permission", "platform:tenants")
    refused = await dovetail("role", "create", "boss", "--tenant", "acme", *told, code=1)
    assert "platform:tenants" in refused.err
    await dovetail("operator", "add", "ops@company.example")
    await dovetail("role", "create", "boss", "--tenant", "platform", *told)


async def test_the_first_operator_makes_the_platforms_tenant_and_owns_it(
    dovetail: Command, whole_database: ThrowAwayDatabase
) -> None:
    first = (await dovetail("operator", "add", "ops@company.example", "--json")).told
    assert (first["tenant"], first["invitation"]["roles"]) == ("platform", ["operator", "owner"])
    [platform] = (await dovetail("tenant", "list", "--json")).told
    assert platform["is_platform"]
    await join(whole_database, UUID(platform["id"]), "ops@company.example", "operator", "owner")
    second = (await dovetail("operator", "add", "two@company.example", "--json")).told
    assert second["invitation"]["roles"] == ["operator"]
    refused = await dovetail("tenant", "close", "platform", "--yes", code=1)
    assert refused.err == "error: The platform's own tenant stays: its operators are in it\n"
    # What is done to a tenant stands in the platform's log as well.
    await make_tenant(dovetail)
    assert await log(dovetail, "platform") == [
        ("cli:ada", "tenant.created"), ("cli:ada", "user.invited"), ("cli:ada", "user.invited"),
        ("cli:ada", "tenant.created"),
    ]  # fmt: skip


async def test_what_strangers_wrote_neither_moves_the_cursor_nor_is_a_formula(
    dovetail: Command, tmp_path: Path
) -> None:
    await dovetail("tenant", "create", "acme", "--name", "A\x1b[2J", "--owner", "=o@acme.example")
    assert "\x1b" not in (await dovetail("tenant", "list")).out
    await dovetail("user", "invite", "=cmd@x.example", "--tenant", "acme", "--role", "clerk")
    at = ("--tenant", "acme", "--action", "user.invited")
    exported = (await dovetail("audit", "export", *at, "--format", "csv")).out
    assert exported.splitlines()[0] == "at,actor,action,target,details,id"
    assert "'=cmd@x.example" in exported
    file = tmp_path / "log.jsonl"
    await dovetail("audit", "export", *at, "--to", str(file))
    assert '"target":"=cmd@x.example"' in file.read_text()
    assert "is there already" in (await dovetail("audit", "export", *at, "--to", str(file), code=1)).err


@pytest.mark.parametrize(("since", "found"), [("1h", True), ("2000-01-01", True), ("2999-01-01", False)])
async def test_the_log_is_read_from_a_moment_on(dovetail: Command, since: str, found: bool) -> None:
    await make_tenant(dovetail)
    told = (await dovetail("audit", "list", "--tenant", "acme", "--since", since, "--json")).told
    assert bool(told) is found
    wrong = await dovetail("audit", "list", "--tenant", "acme", "--since", "soon", code=2)
    assert wrong.err.startswith('error: "soon" is no moment')


async def test_the_register_is_listed_and_verified(dovetail: Command) -> None:
    listed = (await dovetail("permissions", "list", "--subgraph", "customers", "--json")).told
    assert {one["id"] for one in listed} == {"customers:read", "customers:contact", "customers:write"}
    assert "The register of permissions holds" in (await dovetail("permissions", "verify")).out


async def test_a_database_that_is_not_there_is_told_in_a_line(
    monkeypatch: pytest.MonkeyPatch, dovetail: Command, tmp_path: Path
) -> None:
    monkeypatch.setenv("DATABASE_FOUNDATION_URL", "postgresql://nobody@127.0.0.1:1/none")
    assert (await dovetail("tenant", "list", code=1)).err.startswith("error: The database cannot be used: ")
    for name in ("DATABASE_URL", "DATABASE_FOUNDATION_URL", "DATABASE_APPLICATION_URL"):
        monkeypatch.delenv(name)
    said = await dovetail("tenant", "list", "--data", str(tmp_path), code=1)
    assert "start `dovetail dev` first, or give DATABASE_URL" in said.err


async def test_a_second_factor_is_removed_by_who_runs_the_house(
    dovetail: Command, whole_database: ThrowAwayDatabase
) -> None:
    tenant = await make_tenant(dovetail)
    await join(whole_database, tenant, "ann@acme.example", "clerk")
    command = ("user", "remove-second-factor", "ann@acme.example")
    assert (await dovetail(*command, code=2)).err, "it asks, where somebody can answer"
    none = await dovetail(*command, "--yes", code=1)
    assert none.err == "error: ann@acme.example has no second factor\n"
    nobody = await dovetail("user", "remove-second-factor", "x@acme.example", "--yes", code=1)
    assert nobody.err == "error: Nobody has an account as x@acme.example\n"
    async with AsyncSession(whole_database.sign_in) as session, session.begin():
        account = await find_account(session, "ann@acme.example")
        assert account is not None
        await be_person(session, account.id)
        session.add(SecondFactorRow(user_id=account.id, secret=b"sealed"))
    done = await dovetail(*command, "--yes")
    assert done.out.startswith("ann@acme.example signs in by password alone")
    assert (await log(dovetail, "acme"))[-1] == ("cli:ada", "second_factor.removed")
    assert (await dovetail(*command, "--yes", code=1)).err == none.err
