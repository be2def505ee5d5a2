"""Tokens: an authority knows its own, and no others."""

import base64
import json

import pytest

from tests.workspace.tokens import Authority, Refused, Undecodable, decode

AUTHORITY = Authority("http://here")


def test_a_token_says_who_may_use_what_how_long() -> None:
    token = AUTHORITY.mint("ada", ("instances/a", "instances/b"), 3600)
    claims = AUTHORITY.check(token.text)
    assert claims == token.claims
    assert (claims.iss, claims.sub, claims.aud) == ("http://here", "ada", ("instances/a", "instances/b"))
    assert claims.exp - claims.iat == 3600


def test_a_long_life_is_in_whole_seconds_and_a_short_one_is_exact() -> None:
    assert float(AUTHORITY.mint("ada", (), 3600).claims.iat).is_integer()
    short = AUTHORITY.mint("ada", (), 0.25).claims
    assert short.exp - short.iat == pytest.approx(0.25, abs=1e-5)


def test_no_two_tokens_are_the_same() -> None:
    assert AUTHORITY.mint("ada", (), 60).text != AUTHORITY.mint("ada", (), 60).text


@pytest.mark.parametrize("seconds", [0, -1])
def test_an_expired_token_is_refused(seconds: float) -> None:
    with pytest.raises(Refused, match="expired"):
        AUTHORITY.check(AUTHORITY.mint("ada", (), seconds).text)


def test_a_token_signed_with_another_key_is_refused() -> None:
    with pytest.raises(Refused, match="signed by somebody else"):
        AUTHORITY.check(Authority("http://here").mint("ada", (), 60).text)


def test_an_unsigned_token_is_refused() -> None:
    with pytest.raises(Refused, match="signed by somebody else"):
        AUTHORITY.check(AUTHORITY.mint("ada", (), 60, "none").text)


def test_a_token_whose_claims_were_changed_is_refused() -> None:
    header, body, signature = AUTHORITY.mint("ada", (), 60).text.split(".")
    claims = json.loads(base64.urlsafe_b64decode(body + "=="))
    forged = base64.urlsafe_b64encode(json.dumps({**claims, "sub": "eve"}).encode()).decode().rstrip("=")
    assert decode(f"{header}.{forged}.{signature}")[1].sub == "eve"
    with pytest.raises(Refused, match="signed by somebody else"):
        AUTHORITY.check(f"{header}.{forged}.{signature}")


def test_a_token_issued_elsewhere_is_refused() -> None:
    elsewhere = Authority("http://there")
    token = elsewhere.mint("ada", (), 60).text
    elsewhere.issuer = "http://here"
    with pytest.raises(Refused, match="elsewhere"):
        elsewhere.check(token)


def test_a_revoked_token_is_refused_and_no_other() -> None:
    revoked, other = AUTHORITY.mint("ada", (), 60), AUTHORITY.mint("ada", (), 60)
    AUTHORITY.revoke(revoked.claims)
    with pytest.raises(Refused, match="revoked"):
        AUTHORITY.check(revoked.text)
    AUTHORITY.check(other.text)


@pytest.mark.parametrize(
    "text",
    ["", "x", "a.b.c", "dapi0123", "e30.e30.", "e30.bnVsbA.x", "é.é.é", "......", "W10.W10.W10"],
)
def test_what_is_no_token_is_not_decoded(text: str) -> None:
    with pytest.raises(Undecodable):
        AUTHORITY.check(text)
