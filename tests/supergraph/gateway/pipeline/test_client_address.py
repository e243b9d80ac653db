from ipaddress import ip_address, ip_network

import pytest

from supergraph.gateway.pipeline.client_address import client_address, shared_by

INNER = (ip_network("10.0.0.0/8"), ip_network("fd00::/8"))


@pytest.mark.parametrize(
    ("peer", "said", "trusted", "found"),
    [
        ("203.0.113.7", [], (), "203.0.113.7"),
        ("203.0.113.7", [b"8.8.8.8"], (), "203.0.113.7"),
        ("203.0.113.7", [b"8.8.8.8"], INNER, "203.0.113.7"),
        ("10.0.0.1", [b"8.8.8.8"], INNER, "8.8.8.8"),
        ("10.0.0.1", [b"1.1.1.1, 8.8.8.8, 10.0.0.9"], INNER, "8.8.8.8"),
        ("10.0.0.1", [b"1.1.1.1", b"8.8.8.8"], INNER, "8.8.8.8"),
        ("10.0.0.1", [b"10.0.0.3, 10.0.0.2"], INNER, "10.0.0.3"),
        ("10.0.0.1", [b"8.8.8.8, unknown"], INNER, "10.0.0.1"),
        ("10.0.0.1", [b""], INNER, "10.0.0.1"),
        ("fd00::1", [b"[2001:db8::1]"], INNER, "2001:db8::1"),
        ("::ffff:10.0.0.1", [b"8.8.8.8"], INNER, "8.8.8.8"),
        ("", [b"8.8.8.8"], INNER, None),
        (None, [b"8.8.8.8"], INNER, None),
    ],
)
def test_a_client_is_who_the_last_proxy_that_is_not_trusted_names(peer, said, trusted, found):
    assert client_address(peer, said, trusted) == (None if found is None else ip_address(found))


def test_addresses_of_one_network_of_64_bits_count_as_one():
    assert shared_by(ip_address("2001:db8::1")) == shared_by(ip_address("2001:db8::ffff"))
    assert shared_by(ip_address("2001:db8::1")) != shared_by(ip_address("2001:db8:0:1::1"))
    assert shared_by(ip_address("8.8.8.8")) != shared_by(ip_address("8.8.8.9"))
