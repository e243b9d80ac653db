import pytest

from supergraph.gateway.client_pool import ClientPool
from supergraph.gateway.transport.http import InvalidAddressError


class Client:
    def __init__(self, name, address):
        if address == "nonsense":
            raise InvalidAddressError(address)
        self.made_for = (name, address)
        self.closed = 0

    async def close(self):
        self.closed += 1


async def app(scope, receive, send):
    """A subgraph in this process."""


@pytest.fixture
def pool():
    return ClientPool(Client)


async def test_a_subgraph_at_one_address_has_one_client(pool):
    one, other = pool.connect({"a": "http://a", "b": app}), pool.connect({"b": app, "a": "http://a"})
    assert one.clients == other.clients
    assert len(pool) == 2
    assert one.clients["a"].made_for == ("a", "http://a")


async def test_another_address_and_another_name_are_another_client(pool):
    one = pool.connect({"a": "http://a", "b": "http://a"})
    other = pool.connect({"a": "http://elsewhere"})
    assert len({one.clients["a"], one.clients["b"], other.clients["a"]}) == 3


async def test_a_client_is_closed_with_its_last_user_once(pool):
    one, other = pool.connect({"a": "http://a", "b": "http://b"}), pool.connect({"a": "http://a"})
    a, b = one.clients["a"], one.clients["b"]
    await one.close()
    await one.close()
    assert (a.closed, b.closed) == (0, 1)
    await other.close()
    assert (a.closed, b.closed) == (1, 1)
    assert len(pool) == 0


async def test_an_address_that_is_none_leaves_nothing_behind(pool):
    with pytest.raises(InvalidAddressError):
        pool.connect({"a": "http://a", "b": "nonsense"})
    assert len(pool) == 0


async def test_all_are_closed_when_the_gateway_stops_whoever_uses_them(pool):
    one = pool.connect({"a": "http://a"})
    await pool.close()
    await one.close()
    assert one.clients["a"].closed == 1
