"""How versions of modules are written."""

import pytest

from foundation_subgraph.kit import Refusal
from foundation_subgraph.modules.model import VersionId


def test_a_version_is_read_as_it_is_written() -> None:
    assert str(VersionId.read("orders@12")) == "orders@12"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("orders", "orders@2"),
        ("orders@two", "orders@2"),
        ("Orders@2", "loyalty@2"),
        ("", "loyalty@2"),
    ],
)
def test_what_is_no_version_is_told_how_to_write_it_for_the_module_that_was_meant(
    text: str, shown: str
) -> None:
    with pytest.raises(Refusal, match=f"write it like {shown}$"):
        VersionId.read(text)
