"""Operations by the hash of their text, however it was written."""

from pathlib import Path

import pytest

from supergraph.spec import DeclaredOperationError, DeclaredOperations, read_declared_operations


def declare(folder: Path, *texts: str) -> DeclaredOperations:
    for number, text in enumerate(texts):
        (folder / f"{number}.graphql").write_text(text)
    return read_declared_operations(folder)


def test_an_operation_is_known_by_what_it_asks_and_not_by_how_it_is_written(tmp_path: Path) -> None:
    declared = declare(
        tmp_path,
        "query Names { customers { ...Page } }  # the first page",
        "fragment Page on CustomerConnection { nodes { ...Name } }\n"
        "fragment Name on Customer { name }\nfragment Unused on Customer { city }",
    )
    sent = (
        "fragment Name on Customer{name} query Names{customers{...Page}} "
        "fragment Page on CustomerConnection{nodes{...Name}}"
    )
    id_ = declared.id_of(sent, "Names")
    assert id_ == declared.names["Names"]
    assert "Unused" not in declared.texts[id_ or ""]


@pytest.mark.parametrize(
    ("sent", "name"),
    [
        ("query Names { customers { nodes { name email } } }", "Names"),
        ("query Others { customers { nodes { name } } }", "Others"),
        ("query Names { customers { nodes { name } } }", "Others"),
        ("query Names { customers { nodes { name } } } query B { me { id } }", None),
        ("query Names {", "Names"),
        ("{ customers { nodes { name } } }", None),
    ],
)
def test_what_differs_in_anything_is_not_declared(tmp_path: Path, sent: str, name: str | None) -> None:
    declared = declare(tmp_path, "query Names { customers { nodes { name } } }")
    assert declared.id_of(sent, name) is None


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{ me { id } }", "have a name"),
        ("subscription S { changed { id } }", "is a subscription"),
        ("query A { a } query A { b }", "twice"),
        ("type T { a: Int }", "nothing but operations"),
        ("query A {", "0.graphql"),
        ("# nothing", "0.graphql"),
        ("fragment F on T { a }", "no operation"),
    ],
)
def test_what_cannot_be_declared_is_refused_in_one_line(tmp_path: Path, text: str, why: str) -> None:
    with pytest.raises(DeclaredOperationError, match=why) as refused:
        declare(tmp_path, text)
    assert "\n" not in str(refused.value)


def test_a_folder_that_is_not_there_declares_nothing_by_mistake(tmp_path: Path) -> None:
    with pytest.raises(DeclaredOperationError, match="no operation"):
        read_declared_operations(tmp_path / "none")
