"""The cache of tokens: how often it mints, whom it lets wait, and what it does when minting fails."""

import logging
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from itertools import pairwise

import pytest

from backends import errors
from backends.credentials import Token, TokenCache
from tests.lakebase.mints import LIFE, PATIENCE, Clock, Mint, cache_of, in_threads, unavailable

# one at a time


def test_fifty_threads_without_a_token_mint_one() -> None:
    mint = Mint()
    assert in_threads(50, cache_of(mint).get) == ["token-1"] * 50
    assert mint.count == 1


def test_the_thread_that_finds_it_due_mints_while_the_others_go_on_with_the_old_one() -> None:
    clock, mint = Clock(), Mint()
    cache = cache_of(mint, clock)
    cache.get()
    clock.now += LIFE * 0.86
    mint.entered.clear()
    mint.open.clear()
    with ThreadPoolExecutor(1) as pool:
        minting = pool.submit(cache.get)
        assert mint.entered.wait(PATIENCE)
        assert [cache.get() for _ in range(20)] == ["token-1"] * 20
        mint.open.set()
        assert minting.result(PATIENCE) == "token-2"
    assert (cache.get(), mint.count) == ("token-2", 2)


def test_threads_wait_when_no_token_is_good_but_not_for_ever() -> None:
    mint = Mint()
    cache = cache_of(mint, patience=0.05)
    mint.open.clear()
    with ThreadPoolExecutor(1) as pool:
        minting = pool.submit(cache.get)
        assert mint.entered.wait(PATIENCE)
        with pytest.raises(errors.Unavailable, match="has not given a token yet"):
            cache.get()
        mint.open.set()
        assert minting.result(PATIENCE) == "token-1"


def test_a_mint_that_breaks_off_holds_nobody_up() -> None:
    breaking = iter([KeyboardInterrupt, SystemExit])

    def mint() -> Token:
        if (broken := next(breaking, None)) is not None:
            raise broken
        return Token("token", LIFE)

    cache = TokenCache(mint)
    for expected in (KeyboardInterrupt, SystemExit):
        with pytest.raises(expected):
            cache.get()
    assert cache.get() == "token"


# ahead of its end


@pytest.mark.parametrize("life", [1.0, 2.0, 60.0, 3600.0])
def test_it_is_renewed_at_about_four_fifths_of_its_life(life: float) -> None:
    clock, mint = Clock(), Mint(life)
    cache = cache_of(mint, clock)
    cache.get()
    clock.now += life * 0.749
    assert cache.get() == "token-1"
    clock.now += life * 0.102
    assert cache.get() == "token-2"


def test_workers_do_not_all_renew_together() -> None:
    ages = set()
    for _ in range(20):
        clock, mint = Clock(), Mint(100.0)
        cache = cache_of(mint, clock)
        cache.get()
        while mint.count == 1:
            clock.now += 0.25
            cache.get()
        ages.add(clock.now)
    assert len(ages) > 5


@pytest.mark.parametrize(("life", "good"), [(3600.0, 3569.0), (60.0, 53.9), (1.0, 0.89)])
def test_near_its_end_it_is_not_given_any_more(life: float, good: float) -> None:
    clock, mint = Clock(), Mint(life)
    cache = cache_of(mint, clock)
    cache.get()
    mint.error = unavailable()
    clock.now += good
    assert cache.get() == "token-1"
    clock.now += life - good - min(30.0, life / 10) + 0.02
    with pytest.raises(errors.Unavailable):
        cache.get()


# when minting fails


def test_the_old_token_is_given_while_it_is_good() -> None:
    clock, mint = Clock(), Mint()
    cache = cache_of(mint, clock)
    cache.get()
    mint.error = unavailable()
    clock.now += LIFE * 0.86
    assert in_threads(20, cache.get) == ["token-1"] * 20
    assert mint.count == 2


def test_it_is_minted_again_after_pauses_that_grow() -> None:
    clock, mint = Clock(), Mint()
    cache = cache_of(mint, clock)
    cache.get()
    mint.error = unavailable()
    clock.now += LIFE * 0.86
    attempts: list[float] = []
    while len(attempts) < 10:
        count = mint.count
        assert cache.get() == "token-1"
        attempts += [clock.now] * (mint.count - count)
        clock.now += 0.125
    pauses = [later - earlier for earlier, later in pairwise(attempts)]
    assert pauses == [0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0]
    mint.error = None
    clock.now += 30
    assert cache.get() == f"token-{mint.count}"


def test_when_no_token_is_good_the_error_of_the_mint_is_raised() -> None:
    clock, mint = Clock(), Mint()
    cache = cache_of(mint, clock)
    cache.get()
    clock.now += LIFE
    mint.error = errors.Forbidden("no permission")
    with pytest.raises(errors.Forbidden, match="no permission"):
        cache.get()


def test_who_comes_right_after_a_failure_gets_its_error_without_a_mint() -> None:
    clock, mint = Clock(), Mint()
    cache = cache_of(mint, clock)
    mint.error = unavailable()
    for _ in range(5):
        with pytest.raises(errors.Unavailable, match="does not answer") as raised:
            cache.get()
        assert raised.value.retry_after == 7
    assert mint.count == 1
    mint.error = None
    clock.now += 0.25
    assert cache.get() == "token-2"


def test_without_a_good_token_a_pause_never_outgrows_two_seconds() -> None:
    clock, mint = Clock(), Mint()
    cache = cache_of(mint, clock)
    mint.error = unavailable()
    for _ in range(10):
        clock.now += 2.0
        with pytest.raises(errors.Unavailable):
            cache.get()
    assert mint.count == 10


def test_all_who_wait_for_a_mint_that_fails_get_its_error() -> None:
    mint = Mint()
    mint.error = unavailable()
    cache = cache_of(mint)

    def call() -> str:
        with pytest.raises(errors.Unavailable, match="does not answer"):
            cache.get()
        return "raised"

    assert in_threads(20, call) == ["raised"] * 20
    assert mint.count == 1


def test_the_log_tells_a_failure_by_its_classes_and_nothing_else(caplog: pytest.LogCaptureFixture) -> None:
    clock, mint = Clock(), Mint()
    cache = cache_of(mint, clock)
    mint.error = errors.Unavailable("token-1 leaked")
    mint.error.__cause__ = TimeoutError("token-1 leaked")
    with caplog.at_level(logging.DEBUG), suppress(errors.Unavailable):
        cache.get()
    assert caplog.messages == ["no new token: Unavailable from TimeoutError"]
