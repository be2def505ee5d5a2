"""Streams take places, and give them back however they end."""

from collections.abc import Iterator

import pytest

from backends import errors
from gateway.places import Places


def chunks() -> Iterator[bytes]:
    yield b"a"
    yield b"b"


def broken() -> Iterator[bytes]:
    yield b"a"
    raise errors.Timeout("too slow")


def refused() -> Iterator[bytes]:
    raise errors.NotFound("gone")


def test_a_stream_too_many_is_refused() -> None:
    places = Places(1)
    places.taken(chunks)
    with pytest.raises(errors.Unavailable):
        places.taken(chunks)


def test_a_stream_that_was_read_to_its_end_gives_its_place_back() -> None:
    places = Places(1)
    assert list(places.taken(chunks)) == list(places.taken(chunks)) == [b"a", b"b"]


@pytest.mark.parametrize("read", [0, 1, 2])
def test_a_stream_that_is_closed_gives_its_place_back(read: int) -> None:
    places = Places(1)
    stream = places.taken(chunks)
    for _ in range(read):
        next(stream)
    stream.close()
    stream.close()
    places.taken(chunks)
    with pytest.raises(errors.Unavailable):
        places.taken(chunks)


def test_a_stream_that_breaks_gives_its_place_back() -> None:
    places = Places(1)
    with pytest.raises(errors.Timeout):
        list(places.taken(broken))
    places.taken(chunks)


def test_a_stream_that_does_not_begin_gives_its_place_back() -> None:
    places = Places(1)
    with pytest.raises(errors.NotFound):
        places.taken(refused)
    places.taken(chunks)
