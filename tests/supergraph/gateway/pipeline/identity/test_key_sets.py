"""Which keys of a set are for us."""

import json

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import OKPAlgorithm, RSAAlgorithm

from supergraph.gateway import KeySource, LocalKeys
from supergraph.gateway.pipeline.identity.key_sets import read_key_set


def test_a_set_that_is_given_is_a_key_source(issuer):
    assert isinstance(LocalKeys({"keys": [issuer.public]}), KeySource)


def unfit(issuer):
    small = rsa.generate_private_key(public_exponent=65537, key_size=1024)
    return {
        "no set": [],
        "an empty one": {},
        "no keys": {"keys": []},
        "no list": {"keys": {}},
        "a text": {"keys": ["x"]},
        "a shared secret": {"keys": [{"kty": "oct", "k": "c2VjcmV0c2VjcmV0c2VjcmV0", "alg": "HS256"}]},
        "for encryption": {"keys": [{**issuer.public, "use": "enc"}]},
        "for signing alone": {"keys": [{**issuer.public, "key_ops": ["sign"]}]},
        "half of a key": {"keys": [{**issuer.public, "x": "AAAA"}]},
        "of a kind that nobody knows": {"keys": [{**issuer.public, "kty": "XYZ"}]},
        "an RSA key that can be factored": {
            "keys": [{**json.loads(RSAAlgorithm.to_jwk(small.public_key())), "alg": "RS256"}]
        },
        "a private key": {"keys": [{**json.loads(OKPAlgorithm.to_jwk(issuer.key)), "alg": "EdDSA"}]},
    }


def test_a_set_without_a_key_to_check_with_is_an_error(issuer):
    for what, key_set in unfit(issuer).items():
        with pytest.raises(ValueError, match="key"):
            pytest.fail(f"{what}: {read_key_set(key_set)}")


def test_keys_that_are_not_for_us_do_not_spoil_those_that_are(issuer):
    others = [
        key for each in unfit(issuer).values() if isinstance(each, dict) for key in each.get("keys", [])
    ]
    assert [key.key_id for key in read_key_set({"keys": [*others, issuer.public]})] == ["k1"]


def test_a_set_is_not_read_without_end(issuer):
    keys = [{**issuer.public, "kid": str(number)} for number in range(150)]
    assert len(read_key_set({"keys": keys})) == 100
