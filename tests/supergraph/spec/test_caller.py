from supergraph.spec import NOBODY, Caller, Principal


def test_clients_are_told_apart_by_what_they_show() -> None:
    callers = [
        Caller(Principal("u1", "t1"), issuer="https://a.example"),
        Caller(Principal("u1", "t1"), issuer="https://b.example"),
        Caller(Principal("u2", "t1"), issuer="https://a.example"),
        Caller(Principal("u1", "t1"), api_key="aaaaaaaa"),
        Caller(Principal("u1", "t1"), api_key="bbbbbbbb"),
    ]
    assert len({caller.client_key for caller in callers}) == len(callers)


def test_a_client_is_the_same_with_its_next_token() -> None:
    first, next_ = (
        Caller(Principal("u1", "t1"), until=until, issuer="https://a.example", session=f"{until}")
        for until in (1.0, 2.0)
    )
    assert first.client_key == next_.client_key


def test_nobody_is_no_client() -> None:
    assert NOBODY.client_key is None
