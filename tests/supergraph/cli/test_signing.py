"""`dovetail sign`, and a gateway that takes no other documents: at the start, and when SIGHUP has it look."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1
from cryptography.hazmat.primitives.asymmetric.ec import generate_private_key as generate_ec_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from supergraph.cli.application import run
from supergraph.composer import SubgraphSource, compose

COMMAND = [sys.executable, "-c", "from supergraph.cli import main; main()"]


def document(field):
    composition = compose([SubgraphSource("a", "http://127.0.0.1:1/", f"type Query {{ {field}: Int }}")])
    return composition.supergraph_sdl


@pytest.fixture
def folder(tmp_path, monkeypatch):
    key = Ed25519PrivateKey.generate()
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    (tmp_path / "private.pem").write_bytes(private)
    (tmp_path / "public.pem").write_bytes(public)
    (tmp_path / "s.graphql").write_text(document("first"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def told(url):
    with urllib.request.urlopen(url.replace("/graphql", "/health"), timeout=10) as answer:
        return json.load(answer)["supergraph"]


def until(url, **wanted):
    end = time.monotonic() + 10
    while (found := told(url)) and any(found[name] != value for name, value in wanted.items()):
        assert time.monotonic() < end, found
        time.sleep(0.05)
    return found


@pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="SIGHUP is not known here")
def test_a_signed_document_is_served_and_sighup_has_the_next_one_looked_for(folder, capsys):
    assert run(["sign", "s.graphql", "--key", "private.pem"]) == 0
    assert capsys.readouterr().err == "signed: s.graphql.sig\n"
    settings = {"PUBLIC_KEY": "public.pem", "FILE_SECONDS": "600"}
    process = subprocess.Popen(
        [*COMMAND, "serve", "--supergraph", "s.graphql", "--port", "0"],
        cwd=folder,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {f"DOVETAIL_GATEWAY__SUPERGRAPH__{name}": value for name, value in settings.items()},
    )
    assert process.stderr
    try:
        line = process.stderr.readline()
        assert line.startswith("serving"), line
        url = line.split(" at ")[1].strip()
        first = told(url)
        assert first["swaps"] == 0

        (folder / "s.graphql").write_text(document("unsigned"))
        process.send_signal(signal.SIGHUP)
        assert until(url, refused=1)["digest"] == first["digest"]

        assert run(["sign", "s.graphql", "--key", "private.pem"]) == 0
        process.send_signal(signal.SIGHUP)
        assert until(url, swaps=1)["digest"] != first["digest"]
    finally:
        process.kill()
        process.wait()
        process.stderr.close()


def test_an_unsigned_document_is_not_served_where_a_key_is_configured(folder, capsys, monkeypatch):
    monkeypatch.setenv("DOVETAIL_GATEWAY__SUPERGRAPH__PUBLIC_KEY", "public.pem")
    assert run(["serve", "--supergraph", "s.graphql", "--port", "0"]) == 1
    [line] = capsys.readouterr().err.splitlines()
    assert line.endswith("s.graphql: the document is not signed, and a public key is configured")


@pytest.mark.parametrize(
    ("document", "key", "why"),
    [
        ("none.graphql", "private.pem", "none.graphql: "),
        ("s.graphql", "none.pem", "--key none.pem: "),
        ("s.graphql", "public.pem", "--key public.pem: not a private key in PEM form"),
        ("s.graphql", "other.pem", "--key other.pem: another kind of key than Ed25519"),
    ],
)
def test_what_cannot_be_signed_is_told_in_one_line(folder, capsys, document, key, why):
    other = generate_ec_key(SECP256R1()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "other.pem").write_bytes(other)
    assert run(["sign", document, "--key", key]) == 1
    [line] = capsys.readouterr().err.splitlines()
    assert line.startswith(f"error: {why}")
    assert not (folder / "s.graphql.sig").exists()
