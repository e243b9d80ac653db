"""The PostgreSQL of our own: started, stopped, and what it does with folders in all states."""

import asyncio
import multiprocessing
import os
import pwd
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import psutil
import pytest

from foundation_subgraph.embedded_database import EmbeddedDatabase, EmbeddedDatabaseError, running_url

FAST = {"fsync": "off"}


@pytest.fixture(scope="module")
def made() -> Iterator[Path]:
    """A folder with a complete database in it, stopped."""
    with tempfile.TemporaryDirectory(prefix="dovetail-made-") as parent:
        folder = Path(parent) / "database"
        with EmbeddedDatabase(folder, settings=FAST):
            pass
        yield folder


@pytest.fixture
def database(made: Path) -> Iterator[EmbeddedDatabase]:
    embedded = EmbeddedDatabase(made)
    yield embedded
    embedded.stop()


def ask(url: str, query: str) -> object:
    async def fetch() -> object:
        connection = await asyncpg.connect(url.replace("+asyncpg", ""))
        try:
            return await connection.fetchval(query)
        finally:
            await connection.close()

    return asyncio.run(fetch())


def servers(folder: Path) -> list[int]:
    found = []
    for process in psutil.process_iter(["name", "cmdline"]):
        if process.info["name"] == "postgres" and str(folder) in (process.info["cmdline"] or []):
            found.append(process.pid)
    return found


def wait_until_gone(folder: Path) -> None:
    ends = time.monotonic() + 15
    while servers(folder) and time.monotonic() < ends:
        time.sleep(0.02)
    assert servers(folder) == []


def test_it_starts_answers_and_leaves_no_process(database: EmbeddedDatabase) -> None:
    database.start()
    assert database.is_running
    assert str(ask(database.url(), "SHOW server_version")).startswith("18")
    assert servers(database.folder)
    database.stop()
    assert not database.is_running
    assert servers(database.folder) == []
    with pytest.raises(EmbeddedDatabaseError, match="not running"):
        database.url()


def test_it_listens_on_no_port_and_only_its_owner_reaches_the_socket(database: EmbeddedDatabase) -> None:
    database.start()
    assert ask(database.url(), "SHOW listen_addresses") == ""
    assert database.folder.stat().st_mode & 0o077 == 0
    assert (database.folder / ".s.PGSQL.5432").stat().st_mode & 0o077 == 0
    assert database.folder.with_name("database.log").stat().st_mode & 0o077 == 0


def test_what_was_written_is_there_at_the_second_start(database: EmbeddedDatabase) -> None:
    database.start()
    ask(database.url(), "CREATE TABLE IF NOT EXISTS kept AS SELECT 42 AS n")
    database.stop()
    database.start()
    assert ask(database.url(), "SELECT n FROM kept") == 42


def test_stopping_twice_or_never_started_is_no_error(data_folder: Path) -> None:
    database = EmbeddedDatabase(data_folder / "database")
    database.stop()
    database.stop()


def test_a_second_instance_over_the_same_folder_is_told_who_has_it(database: EmbeddedDatabase) -> None:
    database.start()
    with pytest.raises(EmbeddedDatabaseError, match=rf"in use by another instance \(process {os.getpid()}\)"):
        EmbeddedDatabase(database.folder).start()
    assert database.is_running


def test_a_folder_that_is_no_database_is_left_alone_with_a_way_to_go_on(data_folder: Path) -> None:
    folder = data_folder / "database"
    folder.mkdir()
    (folder / "thesis.txt").write_text("years of work")
    with pytest.raises(EmbeddedDatabaseError, match=r"PG_VERSION is missing.*Nothing was changed.*mv "):
        EmbeddedDatabase(folder).start()
    assert (folder / "thesis.txt").read_text() == "years of work"


def test_a_folder_of_another_version_is_left_alone(data_folder: Path) -> None:
    folder = data_folder / "database"
    folder.mkdir()
    (folder / "PG_VERSION").write_text("12\n")
    with pytest.raises(EmbeddedDatabaseError, match="made by PostgreSQL 12, and the embedded one is 18"):
        EmbeddedDatabase(folder).start()
    assert (folder / "PG_VERSION").exists()


def test_a_file_in_the_folders_place_is_an_error(data_folder: Path) -> None:
    (data_folder / "database").write_text("")
    with pytest.raises(EmbeddedDatabaseError, match="is a file"):
        EmbeddedDatabase(data_folder / "database").start()


def test_an_initdb_that_was_interrupted_is_begun_anew_and_said_so(data_folder: Path) -> None:
    fresh = data_folder / "database.new"
    fresh.mkdir()
    (fresh / "PG_VERSION").write_text("18\n")
    (data_folder / "database").mkdir()  # an empty folder is as good as none
    with EmbeddedDatabase(data_folder / "database", settings=FAST) as database:
        assert ask(database.url(), "SELECT 1") == 1
        assert any("interrupted" in notice for notice in database.notices)
    assert not fresh.exists()


def test_a_pid_file_of_a_server_that_is_gone_does_not_stop_us(database: EmbeddedDatabase) -> None:
    # Process 1 lives and is no PostgreSQL; the file looks like one that a crash left behind.
    pid_file = database.folder / "postmaster.pid"
    pid_file.write_text(f"1\n{database.folder}\n0\n5432\n{database.folder}\n\n0 0\nready   \n")
    os.chown(pid_file, database.folder.stat().st_uid, database.folder.stat().st_gid)
    database.start()
    assert ask(database.url(), "SELECT 1") == 1


def test_a_pid_file_with_our_own_users_process_in_it_is_removed_and_said_so(
    database: EmbeddedDatabase,
) -> None:
    owner = database.folder.stat()
    sleeper = subprocess.Popen(["sleep", "60"], user=owner.st_uid, group=owner.st_gid)
    try:
        pid_file = database.folder / "postmaster.pid"
        pid_file.write_text(
            f"{sleeper.pid}\n{database.folder}\n0\n5432\n{database.folder}\n\n0 0\nready   \n"
        )
        database.start()
        assert ask(database.url(), "SELECT 1") == 1
        assert any(str(sleeper.pid) in notice for notice in database.notices)
        assert sleeper.poll() is None
    finally:
        sleeper.kill()
        sleeper.wait()


def test_a_server_that_cannot_start_says_why(made: Path) -> None:
    database = EmbeddedDatabase(made, settings={"shared_buffers": "nonsense"})
    with pytest.raises(EmbeddedDatabaseError, match=r"did not start.*shared_buffers"):
        database.start()
    assert servers(made) == []


def test_a_long_path_gets_a_socket_elsewhere(made: Path, data_folder: Path) -> None:
    folder = data_folder / ("long" * 25) / "database"
    folder.parent.mkdir()
    with EmbeddedDatabase(folder, settings=FAST) as database:
        assert ask(database.url(), "SELECT 1") == 1
        assert running_url(folder) == database.url()
    assert running_url(folder) is None


PROGRAM = """
import signal, sys, time
from pathlib import Path
from foundation_subgraph.embedded_database import EmbeddedDatabase
signal.signal(signal.SIGINT, signal.default_int_handler)  # as in a terminal: what runs behind a shell ignores it
with EmbeddedDatabase(Path(sys.argv[1])) as database:
    print("ready", flush=True)
    time.sleep(60)
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_however_our_process_ends_the_server_ends_with_it(made: Path, number: signal.Signals) -> None:
    ours = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(made)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    assert ours.stdout is not None
    with ours.stdout as output:
        assert output.readline() == b"ready\n"
        assert servers(made)
        ours.send_signal(number)
        ours.wait(60)
    wait_until_gone(made)
    with EmbeddedDatabase(made) as again:
        assert ask(again.url(), "SELECT 1") == 1


def start_as(uid: int, gid: int, folder: Path) -> None:
    """Runs in a child process: becomes a plain user for good, and starts a server."""
    os.setgroups([])
    os.setgid(gid)
    os.setuid(uid)
    with EmbeddedDatabase(folder, settings=FAST) as database:
        assert ask(database.url(), "SELECT 1") == 1
        assert database.notices == []


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_it_runs_as_a_plain_user_as_well() -> None:
    somebody = pwd.getpwnam("nobody")
    with tempfile.TemporaryDirectory() as home:
        os.chown(home, somebody.pw_uid, somebody.pw_gid)
        folder = Path(home) / "database"
        child = multiprocessing.get_context("fork").Process(
            target=start_as, args=(somebody.pw_uid, somebody.pw_gid, folder)
        )
        child.start()
        child.join(30)
        assert child.exitcode == 0
        assert folder.stat().st_uid == somebody.pw_uid


@pytest.mark.skipif(os.geteuid() != 0, reason="only root lends the server another user")
def test_root_lends_the_server_a_system_user(database: EmbeddedDatabase) -> None:
    database.start()
    assert {psutil.Process(pid).uids().real for pid in servers(database.folder)} == {
        database.folder.stat().st_uid
    }
    assert database.folder.stat().st_uid != 0


@pytest.mark.skipif(os.geteuid() != 0, reason="only root lends the server another user")
def test_closed_folders_above_are_opened_for_passing_through_alone_and_said_so(data_folder: Path) -> None:
    closed = data_folder / "closed"
    closed.mkdir(mode=0o700)
    with EmbeddedDatabase(closed / "database", settings=FAST) as database:
        assert ask(database.url(), "SELECT 1") == 1
        assert any(str(closed) in notice and "o+x" in notice for notice in database.notices)
    assert closed.stat().st_mode & 0o777 == 0o701
