"""Where a sign-in may end: on the house's own host, or where the settings say. Nothing else, or links to us would lead anywhere."""

from urllib.parse import urljoin, urlsplit

from foundation_subgraph.sign_in.oidc.refusals import return_address_refused
from foundation_subgraph.sign_in.oidc.settings import OidcSettings


def safe_return_address(settings: OidcSettings, wanted: str) -> str:
    """The whole address, to which a fragment can be added. Refuses what leads elsewhere."""
    if wanted in settings.return_addresses:
        return wanted
    # Browsers read a backslash as a slash and pass over line breaks: neither is in an address that means well.
    if not wanted.startswith("/") or not wanted.isascii() or not wanted.isprintable():
        raise return_address_refused()
    if wanted.startswith("//") or "\\" in wanted or "#" in wanted or " " in wanted:
        raise return_address_refused()
    try:
        address = urljoin(settings.public_url + "/", wanted)
        own, there = urlsplit(settings.public_url), urlsplit(address)
    except ValueError:
        raise return_address_refused() from None
    if (there.scheme, there.netloc) != (own.scheme, own.netloc):
        raise return_address_refused()
    return address
