"""`dovetail dev` as a person starts and stops it, with what may be in the way."""

import os
import re
import signal
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil

Start = Callable[..., Any]
READY = r"Dovetail is ready after ([\d.]+) s"


def group_of(process: Any) -> list[psutil.Process]:
    return [psutil.Process(process.popen.pid), *psutil.Process(process.popen.pid).children(recursive=True)]


def test_a_second_start_is_quick_and_ctrl_c_leaves_no_process(start: Start) -> None:
    first = start("dev", "--port", "0", "--data", "data")
    first.wait_for(READY)
    running = group_of(first)
    assert any("postgres" in each.name() for each in running)
    assert first.interrupt() == 0
    assert not psutil.wait_procs(running, timeout=10)[1]

    began = time.monotonic()
    second = start("dev", "--port", "0", "--data", "data")
    claimed = float(second.wait_for(READY).group(1))
    taken = time.monotonic() - began
    print(f"second start: {taken:.1f} s from the command to ready, {claimed:.1f} s of it counted")
    # The promise is 4 s on a machine that does nothing else; tests run beside others.
    assert claimed < 16
    assert second.interrupt() == 0


def test_data_outlives_a_process_that_was_killed(start: Start) -> None:
    first = start("dev", "--port", "0", "--data", "data")
    first.wait_for(READY)
    running = group_of(first)
    os.kill(first.popen.pid, signal.SIGKILL)
    assert not psutil.wait_procs(running, timeout=20)[1], "the database must notice that its owner is gone"
    second = start("dev", "--port", "0", "--data", "data")
    second.wait_for(READY)


def test_a_port_in_use_is_named_and_nothing_is_touched(start: Start, folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        process = start("dev", "--port", str(port), "--data", "data")
        assert process.popen.wait(timeout=30) == 1
        process.wait_for(rf"error: port {port} on 127.0.0.1 is in use; .*--port")
    assert not (folder / "data").exists()


def test_a_data_folder_in_use_is_named(start: Start) -> None:
    first = start("dev", "--port", "0", "--data", "data")
    first.wait_for(READY)
    second = start("dev", "--port", "0", "--data", "data")
    assert second.popen.wait(timeout=30) == 1
    said = second.wait_for("error: .*").group()
    assert "data" in said
    assert "Traceback" not in second.text
    assert first.popen.poll() is None


def test_a_folder_that_is_not_a_database_is_left_as_it_is(start: Start, folder: Path) -> None:
    database = folder / "data" / "database"
    database.mkdir(parents=True)
    (database / "letters.txt").write_text("precious")
    process = start("dev", "--port", "0", "--data", "data")
    assert process.popen.wait(timeout=30) == 1
    said = process.wait_for("error: .*").group()
    assert "database" in said
    assert "Traceback" not in process.text
    assert (database / "letters.txt").read_text() == "precious"


def test_the_console_the_health_and_the_key_set_are_served(start: Start) -> None:
    import httpx

    process = start("dev", "--port", "0", "--data", "data", "--no-demo")
    url = process.wait_for(r"Console +(http://[^/]+)/").group(1)
    assert "<title>Dovetail</title>" in httpx.get(url).text
    assert httpx.get(f"{url}/health").status_code == 200
    assert httpx.get(f"{url}/ready").status_code == 200
    assert httpx.get(f"{url}/sign-in/jwks.json").json()["keys"][0]["kty"] == "OKP"
    assert httpx.get(f"{url}/console/config.json").json()["demo"] is None
    assert not re.search("dovetail demo", process.text)
