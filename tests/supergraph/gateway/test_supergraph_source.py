import pytest

from supergraph.gateway import SupergraphFile, SupergraphUnavailableError


def test_a_file_gives_its_text(tmp_path):
    file = tmp_path / "supergraph.graphql"
    file.write_text("type Query { ä: Int }", encoding="utf-8")
    assert SupergraphFile(file).read() == "type Query { ä: Int }"


@pytest.mark.parametrize("content", [None, b"\xff\xfe"])
def test_a_file_that_cannot_be_read_is_named_in_one_line(tmp_path, content):
    file = tmp_path / "supergraph.graphql"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(SupergraphUnavailableError, match=r"supergraph\.graphql: ") as raised:
        SupergraphFile(file).read()
    assert "\n" not in str(raised.value)
