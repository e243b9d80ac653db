import pytest

from supergraph.gateway.errors import Refusal
from supergraph.gateway.pipeline.identity import read_credential


@pytest.mark.parametrize(
    ("headers", "credential"),
    [
        ([], None),
        ([(b"x-tenant", b"t2"), (b"cookie", b"token=x")], None),
        ([(b"authorization", b"Bearer x")], b"Bearer x"),
        ([(b"x-api-key", b"dk_1_2")], b"ApiKey dk_1_2"),
    ],
)
def test_a_credential_stands_in_one_of_two_headers(headers, credential):
    assert read_credential(tuple(headers)) == credential


@pytest.mark.parametrize(
    "headers",
    [
        [(b"authorization", b"Bearer x"), (b"authorization", b"Bearer x")],
        [(b"authorization", b"Bearer x"), (b"x-api-key", b"dk_1_2")],
        [(b"x-api-key", b"dk_1_2"), (b"x-api-key", b"dk_1_2")],
    ],
)
def test_who_asks_is_said_once(headers):
    """RFC 6750, 3.1: more than one method is an invalid request, and neither of two may win."""
    refusal = read_credential(tuple(headers))
    assert isinstance(refusal, Refusal)
    assert refusal.status == 400
    assert (
        b"www-authenticate",
        b'Bearer error="invalid_request", error_description="more than one credential"',
    ) in (refusal.headers)
