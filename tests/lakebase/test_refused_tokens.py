"""Tokens that the database refuses, and any history of a cache: what is given is good and was not refused."""

from contextlib import suppress

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from backends import errors
from backends.credentials import Token, TokenCache
from tests.lakebase.mints import LIFE, Clock, Mint, cache_of, in_threads, unavailable


def test_a_refused_token_is_never_given_again() -> None:
    mint = Mint()
    cache = cache_of(mint)
    first = cache.get()
    assert cache.replace(first) == "token-2"
    assert (cache.get(), cache.replace(first), mint.count) == ("token-2", "token-2", 2)


def test_many_threads_with_the_same_refused_token_mint_one() -> None:
    mint = Mint()
    cache = cache_of(mint)
    first = cache.get()
    assert in_threads(50, lambda: cache.replace(first)) == ["token-2"] * 50
    assert mint.count == 2


def test_a_refused_token_does_not_come_back_when_minting_fails() -> None:
    mint = Mint()
    cache = cache_of(mint)
    first = cache.get()
    mint.error = unavailable()
    with pytest.raises(errors.Unavailable, match="does not answer"):
        cache.replace(first)
    with pytest.raises(errors.Unavailable, match="does not answer"):
        cache.get()


def test_a_refused_token_that_is_minted_again_is_not_given() -> None:
    cache = TokenCache(lambda: Token("always the same", LIFE))
    with pytest.raises(errors.Unavailable, match="a token that the database refuses"):
        cache.replace(cache.get())


def test_when_new_tokens_are_refused_too_they_are_minted_ever_more_rarely() -> None:
    clock, mint = Clock(), Mint()
    cache = cache_of(mint, clock)
    end = clock.now + 60
    while clock.now < end:
        with suppress(errors.Unavailable):
            cache.replace(cache.get())
        clock.now += 0.05
    assert 5 < mint.count < 15
    clock.now += 10
    accepted = cache.get()
    clock.now += 30
    assert cache.replace(accepted) == f"token-{mint.count}"


def test_tokens_that_are_refused_because_they_ended_are_replaced_at_once() -> None:
    clock, mint = Clock(), Mint(2.0)
    cache = cache_of(mint, clock)
    for number in range(1, 30):
        clock.now += 1.4
        assert cache.replace(cache.get()) == f"token-{number + 1}"


class AnyHistory(RuleBasedStateMachine):
    """Whatever happens in whatever order, a token is given only while it is good and not refused."""

    @initialize(life=st.sampled_from([1.0, 7.0, 60.0, 3600.0]))
    def begin(self, life: float) -> None:
        self.clock, self.mint, self.life = Clock(), Mint(life), life
        self.born: dict[str, float] = {}
        self.refused: set[str] = set()
        self.cache = TokenCache(self._minted, self.clock)

    def _minted(self) -> Token:
        token = self.mint()
        self.born[token.text] = self.clock.now
        return token

    @rule(share=st.floats(0.0, 1.2))
    def time_passes(self, share: float) -> None:
        self.clock.now += self.life * share

    @rule()
    def the_control_plane_fails(self) -> None:
        self.mint.error = unavailable()

    @rule()
    def the_control_plane_works(self) -> None:
        self.mint.error = None

    @rule()
    def a_token_is_refused(self) -> None:
        with suppress(errors.Unavailable):
            refused = self.cache.get()
            self.refused.add(refused)
            self._check(self.cache.replace(refused))

    @rule()
    def a_token_is_asked_for(self) -> None:
        count = self.mint.count
        try:
            self._check(self.cache.get())
        except errors.Unavailable:
            last, born = list(self.born.items())[-1] if self.born else ("", -self.life)
            assert last in self.refused or self.clock.now > born + self.life * 0.9 - 0.001
        assert self.mint.count <= count + 1

    def _check(self, text: str | None) -> None:
        assert text not in self.refused
        end = 0.0 if text is None else self.born[text] + self.life
        assert text is None or self.clock.now < end - min(30.0, self.life / 10) + 0.001

    @invariant()
    def no_mint_is_under_way(self) -> None:
        assert not hasattr(self, "cache") or self.cache._minting is None


TestAnyHistory = AnyHistory.TestCase
