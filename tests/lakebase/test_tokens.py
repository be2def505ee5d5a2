"""A token's life, as it tells it itself or its maker does."""

import base64
import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backends.credentials import Token


def signed(**claims: object) -> str:
    """A token as Databricks signs it, but for the signature."""
    parts = ({"alg": "RS256"}, claims)
    encoded = (base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts)
    return ".".join((*encoded, "signature"))


def test_a_signed_token_tells_its_life_whatever_our_clock_says() -> None:
    now = 4_000_000_000
    assert Token.of(signed(iat=now, exp=now + 900), datetime.now(UTC)).seconds == 900


def test_an_opaque_token_lives_until_it_expires() -> None:
    seconds = Token.of("opaque", datetime.now(UTC) + timedelta(seconds=600)).seconds
    assert 540 < seconds <= 600


@pytest.mark.parametrize(
    "text", ["opaque", "a.b.c", signed(exp=5), signed(iat=1, exp="x"), signed(iat=5, exp=5), "..", ""]
)
def test_a_token_that_tells_nothing_lives_an_hour(text: str) -> None:
    assert Token.of(text).seconds == 3600
    assert Token.of(text, datetime.now(UTC) - timedelta(days=1)).seconds == 3600


@given(st.text())
def test_any_text_is_a_token(text: str) -> None:
    assert Token.of(text).seconds > 0


def test_a_token_does_not_show_itself() -> None:
    assert "secret" not in repr(Token("secret", 1.0))
