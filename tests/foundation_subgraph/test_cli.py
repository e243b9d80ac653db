"""`dovetail subgraph`: one subgraph alone, over a socket."""

import asyncio
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import typer
from typer.testing import CliRunner

from foundation_subgraph.cli import register
from foundation_subgraph.seeding import demo_tenant_id
from foundation_subgraph.serving import HouseSettings, open_house
from foundation_subgraph.sign_in import PasswordCost
from supergraph.spec import PRINCIPAL_HEADER, Principal

PROGRAM = "import typer; from foundation_subgraph.cli import register; app = typer.Typer(); app.callback()(lambda: None); register(app); app()"


def run(*arguments: str) -> tuple[int, str]:
    app = typer.Typer()
    app.callback()(lambda: None)
    register(app)
    result = CliRunner().invoke(app, ["subgraph", *arguments])
    return result.exit_code, " ".join(result.output.split())


def test_without_a_house_it_says_what_to_do(tmp_path: Path) -> None:
    code, said = run("loyalty", "--data", str(tmp_path), "--port", "0")
    assert code == 1
    assert said.startswith("error: The public key")


async def test_it_serves_beside_a_running_house_and_ends_on_a_signal(data_folder: Path) -> None:
    settings = HouseSettings(
        data_folder=data_folder, demo=True, password_cost=PasswordCost(passes=1, memory=8, lanes=1)
    )
    async with open_house(settings) as house:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", PROGRAM, "subgraph", "customers", "--port", "0", "--data", str(data_folder),
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        try:
            assert process.stdout is not None
            line = (await asyncio.wait_for(process.stdout.readline(), 30)).decode()
            address = line.split()[-1]
            asking = Principal("u", str(demo_tenant_id("globex")), frozenset({"customers:read"}))
            query = "{ customers { nodes { name } } }"
            async with httpx.AsyncClient() as client:
                signed = await client.post(
                    address,
                    json={"query": query},
                    headers={PRINCIPAL_HEADER: house.signer.sign(asking, "customers")},
                )
                anonymous = await client.post(address, json={"query": query})
                forged = await client.post(address, json={"query": query}, headers={PRINCIPAL_HEADER: "x"})
            assert [one["name"] for one in signed.json()["data"]["customers"]["nodes"]] == [
                "Hedy Lamarr",
                "Radia Perlman",
            ]
            assert anonymous.status_code == 401
            assert forged.status_code == 401
            port = address.rsplit(":", 1)[1].strip("/")
            code, said = await asyncio.to_thread(run, "customers", "--port", port, "--data", str(data_folder))
            assert code == 1
            assert f"error: Nothing can listen on 127.0.0.1:{port}" in said
        finally:
            process.terminate()
            _, complaints = await asyncio.wait_for(process.communicate(), 15)
        assert complaints == b""
        with socket.socket() as probe:
            assert probe.connect_ex(("127.0.0.1", int(port))) != 0


def test_the_words_of_the_command_load_no_database_and_no_schema() -> None:
    program = "import sys, foundation_subgraph.cli; print({'sqlalchemy', 'strawberry', 'fastapi'} & set(sys.modules))"
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert said == "set()\n"
