import base64
import shutil
import subprocess

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

from supergraph.gateway import SupergraphDocument, sign_content
from supergraph.gateway.sources import (
    SignatureCheck,
    UntrustedDocumentError,
)
from supergraph.spec import InvalidKeyError, read_public_keys

CONTENT = b"type Query { a: Int }\n"


def public_pem(key):
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


@pytest.fixture
def key():
    return Ed25519PrivateKey.generate()


@pytest.fixture
def check(key):
    return SignatureCheck((key.public_key(),))


def test_a_document_signed_by_the_key_is_trusted(key, check):
    check.check(SupergraphDocument(CONTENT, sign_content(CONTENT, key)))


def test_any_of_several_keys_will_do(key):
    check = SignatureCheck((Ed25519PrivateKey.generate().public_key(), key.public_key()))
    check.check(SupergraphDocument(CONTENT, sign_content(CONTENT, key)))


def test_what_is_not_trusted(key, check):
    signature = sign_content(CONTENT, key)
    others = sign_content(CONTENT, Ed25519PrivateKey.generate())
    for document, why in [
        (SupergraphDocument(CONTENT), "not signed"),
        (SupergraphDocument(CONTENT + b" ", signature), "not by the key"),
        (SupergraphDocument(CONTENT, others), "not by the key"),
        (SupergraphDocument(CONTENT, "?"), "not in base64"),
        (SupergraphDocument(CONTENT, ""), "not by the key"),
        (SupergraphDocument(CONTENT, signature[:-4]), "not"),
    ]:
        with pytest.raises(UntrustedDocumentError, match=why):
            check.check(document)


def test_keys_are_read_from_a_file_one_or_several(tmp_path, key):
    path = tmp_path / "keys.pem"
    path.write_bytes(public_pem(key) + b"\n" + public_pem(Ed25519PrivateKey.generate()))
    assert len(read_public_keys(path)) == 2


def test_a_file_without_fit_keys_is_named(tmp_path, key):
    path = tmp_path / "keys.pem"
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    for content, why in [
        (b"", "no public key"),
        (private, "not a public key"),
        (public_pem(generate_ec_key(SECP256R1())), "another kind of key than Ed25519"),
    ]:
        path.write_bytes(content)
        with pytest.raises(InvalidKeyError, match=rf"keys\.pem: {why}"):
            read_public_keys(path)
    with pytest.raises(InvalidKeyError, match="No such file"):
        read_public_keys(tmp_path / "none.pem")


def test_openssl_makes_signatures_of_the_same_kind(tmp_path, key, check):
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("no openssl here")
    (tmp_path / "key.pem").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    (tmp_path / "document").write_bytes(CONTENT)
    done = subprocess.run(
        [openssl, "pkeyutl", "-sign", "-rawin", "-inkey", "key.pem", "-in", "document"],
        cwd=tmp_path,
        capture_output=True,
        check=True,
    )
    check.check(SupergraphDocument(CONTENT, base64.b64encode(done.stdout).decode()))
