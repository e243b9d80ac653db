import pytest
from hypothesis import given
from hypothesis import strategies as st

from supergraph.spec import ListOf, Named, NonNull, TypeName, TypeReference, read_type_reference

NAMES = st.from_regex(r"[_A-Za-z][_0-9A-Za-z]{0,8}", fullmatch=True).map(TypeName)


def _nullable(inner: st.SearchStrategy[TypeReference]) -> st.SearchStrategy[TypeReference]:
    lists = inner.map(ListOf)
    return lists | lists.map(NonNull)


REFERENCES = st.recursive(NAMES.map(Named) | NAMES.map(Named).map(NonNull), _nullable, max_leaves=4)


@given(REFERENCES)
def test_a_printed_reference_reads_back_as_itself(reference: TypeReference) -> None:
    assert read_type_reference(str(reference)) == reference


def test_equal_texts_give_the_same_object() -> None:
    assert read_type_reference("[User!]!") is read_type_reference("[User!]!")


def test_the_named_type_stands_at_the_core() -> None:
    assert read_type_reference("[[User!]]!").named == "User"


@pytest.mark.parametrize("text", ["", "!", "User!!", "[User", "User]", "[]", "Us er", "1User", "Üser"])
def test_what_is_no_reference_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a type reference"):
        read_type_reference(text)
