"""The messages of Postgres's protocol, read and written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.workspace.lakebase.messages import Framing, Malformed, fatal, parameters_of, password_of
from tests.workspace_tests.bare_client import message, startup


@given(st.lists(st.tuples(st.sampled_from([b"Q", b"d", b"Z"]), st.binary(max_size=300))), st.integers(1, 50))
def test_messages_are_found_however_they_are_cut(messages: list[tuple[bytes, bytes]], size: int) -> None:
    stream = b"".join(message(kind, body) for kind, body in messages)
    framing = Framing()
    chunks = [stream[start : start + size] for start in range(0, len(stream), size)]
    assert [found for chunk in chunks for found in framing.feed(chunk)] == messages


def test_a_message_shorter_than_its_length_is_none() -> None:
    with pytest.raises(Malformed):
        list(Framing().feed(b"Q\0\0\0\x03"))


def test_a_startup_message_says_who_comes() -> None:
    assert parameters_of(startup(user="ann", database="d")) == {"user": "ann", "database": "d"}


def test_a_password_may_have_any_character_but_zero() -> None:
    assert password_of("ä😀 x\0".encode()) == "ä😀 x"


def test_a_fatal_error_is_one_message() -> None:
    assert list(Framing().feed(fatal("57P01", "ended"))) == [(b"E", b"SFATAL\0VFATAL\0C57P01\0Mended\0\0")]
