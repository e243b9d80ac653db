import asyncio
import os
from contextlib import aclosing

import pytest

from supergraph.gateway import SupergraphDocument, SupergraphFile, SupergraphUnavailableError


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "supergraph.graphql"
    path.write_text("type Query { ä: Int }", encoding="utf-8")
    return path


def watched(path):
    return SupergraphFile(path, seconds=0.01)


async def next_of(documents):
    async with asyncio.timeout(5):
        return await anext(documents)


def test_a_file_gives_its_bytes(file):
    assert SupergraphFile(file).read() == SupergraphDocument("type Query { ä: Int }".encode())


def test_a_signature_lies_beside_the_file(file):
    file.with_name("supergraph.graphql.sig").write_text("c2ln\n")
    assert SupergraphFile(file).read().signature == "c2ln"


@pytest.mark.parametrize(
    ("content", "why"),
    [(None, "there is no such file"), (b" \n", "the file is empty"), (b"x" * 11, "larger than")],
)
def test_a_file_that_cannot_be_taken_is_named_in_one_line(tmp_path, content, why):
    path = tmp_path / "supergraph.graphql"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(SupergraphUnavailableError, match=rf"supergraph\.graphql: .*{why}") as raised:
        SupergraphFile(path, document_bytes=10).read()
    assert "\n" not in str(raised.value)


async def test_what_changed_since_the_start_is_seen(file):
    source = watched(file)
    source.read()
    file.write_text("second")
    async with aclosing(source.documents(asyncio.Event())) as documents:
        assert (await next_of(documents)).content == b"second"


@pytest.mark.parametrize("how", ["in place", "renamed", "same size and time"])
async def test_a_file_that_is_written_or_replaced_is_seen(file, how):
    async with aclosing(watched(file).documents(asyncio.Event())) as documents:
        first = await next_of(documents)
        content = b"x" * len(first.content) if how == "same size and time" else b"another"
        if how == "in place":
            file.write_bytes(content)
        else:
            other = file.with_name("other")
            other.write_bytes(content)
            if how == "same size and time":
                then = file.stat()
                os.utime(other, ns=(then.st_atime_ns, then.st_mtime_ns))
            other.replace(file)
        assert (await next_of(documents)).content == content


async def test_a_signature_that_comes_later_brings_the_document_again(file):
    async with aclosing(watched(file).documents(asyncio.Event())) as documents:
        assert (await next_of(documents)).signature is None
        file.with_name("supergraph.graphql.sig").write_text("c2ln")
        assert (await next_of(documents)).signature == "c2ln"


async def test_a_file_that_is_being_written_is_left_in_peace(file):
    async with aclosing(watched(file).documents(asyncio.Event())) as documents:
        await next_of(documents)

        async def write():
            with file.open("wb", buffering=0) as stream:
                for _ in range(20):
                    stream.write(b"a line\n")
                    await asyncio.sleep(0.01)

        writing = asyncio.create_task(write())
        found = await next_of(documents)
        await writing
        assert found.content == b"a line\n" * 20


async def test_a_file_that_goes_is_told_once_and_seen_when_it_is_there_again(file):
    async with aclosing(watched(file).documents(asyncio.Event())) as documents:
        await next_of(documents)
        file.unlink()
        gone = await next_of(documents)
        assert isinstance(gone, SupergraphUnavailableError)
        waiting = asyncio.ensure_future(anext(documents))
        await asyncio.sleep(0.1)
        assert not waiting.done()
        file.write_text("here")
        async with asyncio.timeout(5):
            assert (await waiting).content == b"here"


async def test_who_does_not_want_to_wait_sets_look(file):
    look = asyncio.Event()
    async with aclosing(SupergraphFile(file, seconds=600).documents(look)) as documents:
        await next_of(documents)
        file.write_text("second")
        waiting = asyncio.ensure_future(anext(documents))
        await asyncio.sleep(0.02)
        look.set()
        async with asyncio.timeout(5):
            assert (await waiting).content == b"second"
