"""The subgraphs' clients, which outlive snapshots: another document keeps what it has in common with the former."""

import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from starlette.types import ASGIApp

from supergraph.gateway.hooks import SubgraphClient
from supergraph.gateway.transport.routing import RoutingClient
from supergraph.spec import SubgraphName

Address = ASGIApp | str
"""An app in this process, or a URL."""

_Key = tuple[SubgraphName, str | int]


@dataclass(slots=True)
class _Pooled:
    """`address` is kept, since an app is known by its identity."""

    client: SubgraphClient
    address: Address
    users: int = 0


class ClientPool:
    """A client for each subgraph and address that somebody uses, with its connections and all that it has learned.

    Snapshots are built in a thread, so all but what is to be awaited may be called from any.
    """

    __slots__ = ("_lock", "_make", "_pooled")

    def __init__(self, make: Callable[[SubgraphName, Address], SubgraphClient]) -> None:
        self._make = make
        self._pooled: dict[_Key, _Pooled] = {}
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._pooled)

    def connect(self, addresses: Mapping[SubgraphName, Address]) -> "PooledClients":
        """Their clients are used until that is closed. What `make` raises is raised, and then nothing was taken."""
        keys = {name: _key(name, address) for name, address in addresses.items()}
        with self._lock:
            # All are made before any is counted: one address that is none leaves nothing behind.
            found = {
                key: self._pooled.get(key) or _Pooled(self._make(name, addresses[name]), addresses[name])
                for name, key in keys.items()
            }
            for key, pooled in found.items():
                pooled.users += 1
                self._pooled[key] = pooled
        return PooledClients({name: found[key].client for name, key in keys.items()}, keys.values(), self)

    async def give_back(self, keys: list[_Key]) -> None:
        """What nobody else uses is closed."""
        unused: list[SubgraphClient] = []
        with self._lock:
            for key in keys:
                pooled = self._pooled.get(key)
                if pooled is None:
                    continue  # closed with all others
                pooled.users -= 1
                if not pooled.users:
                    del self._pooled[key]
                    unused.append(pooled.client)
        for client in unused:
            await client.close()

    async def close(self) -> None:
        """All of them: the gateway stops."""
        with self._lock:
            clients = [pooled.client for pooled in self._pooled.values()]
            self._pooled.clear()
        for client in clients:
            await client.close()


class PooledClients(RoutingClient):
    """The subgraphs of one snapshot. Closing it gives the clients back: others may use them still."""

    __slots__ = ("_keys", "_pool", "clients")

    def __init__(
        self, clients: Mapping[SubgraphName, SubgraphClient], keys: Iterable[_Key], pool: ClientPool
    ) -> None:
        super().__init__(clients)
        self.clients = clients
        self._keys = list(keys)
        self._pool = pool

    async def close(self) -> None:
        keys, self._keys = self._keys, []
        await self._pool.give_back(keys)


def _key(name: SubgraphName, address: Address) -> _Key:
    return name, address if isinstance(address, str) else id(address)
