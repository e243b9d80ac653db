"""The network address by which a client is known: what is connected, or what a proxy says that is trusted to."""

from collections.abc import Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Address = IPv4Address | IPv6Address
Networks = Sequence[IPv4Network | IPv6Network]


def client_address(peer: str | None, forwarded_for: Sequence[bytes], trusted: Networks) -> Address | None:
    """None where nothing is known.

    Each proxy adds to `x-forwarded-for` who was connected to it, so it is read from its end, for as long as those who
    wrote it are trusted: what stands before may be invented.
    """
    address = _read(peer or "")
    said = b",".join(forwarded_for).decode("latin-1").split(",") if trusted and forwarded_for else []
    while said and address is not None and any(address in network for network in trusted):
        before = _read(said.pop().strip())
        if before is None:
            break
        address = before
    return address


@lru_cache(maxsize=10_000)
def _read(text: str) -> Address | None:
    try:
        address = ip_address(text.removeprefix("[").removesuffix("]"))
    except ValueError:
        return None
    return (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address


@lru_cache(maxsize=10_000)
def shared_by(address: Address) -> str:
    """What addresses count as one: in IPv6 a household has a whole network of 64 bits."""
    return str(ip_network((address, 64), strict=False) if isinstance(address, IPv6Address) else address)
