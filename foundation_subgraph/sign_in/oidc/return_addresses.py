"""Where a sign-in may end: on the house's own host, or where the settings say. Nothing else, or links to us would lead anywhere."""

from urllib.parse import urljoin, urlsplit

from foundation_subgraph.sign_in.oidc.refusals import return_address_refused
from foundation_subgraph.sign_in.oidc.settings import OidcSettings


def safe_return_address(settings: OidcSettings, wanted: str) -> str:
    """The whole address, to which a fragment can be added. Refuses what leads elsewhere."""
    if wanted in settings.return_addresses:
        return wanted
    if not _is_plain_path(wanted):
        raise return_address_refused()
    try:
        address = urljoin(settings.public_url + "/", wanted)
        own, there = urlsplit(settings.public_url), urlsplit(address)
    except ValueError:
        raise return_address_refused() from None
    if (there.scheme, there.netloc) != (own.scheme, own.netloc):
        raise return_address_refused()
    return address


def _is_plain_path(wanted: str) -> bool:
    """Browsers read a backslash as a slash and pass over line breaks: neither is in an address that means well."""
    if not wanted.startswith("/") or wanted.startswith("//"):
        return False
    return wanted.isascii() and wanted.isprintable() and not any(letter in wanted for letter in "\\# ")
