"""What a process found out is found out anew in a child of it, which inherits no lock that is held."""

import os
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from backends import errors
from backends.credentials import Once
from tests.lakebase.mints import PATIENCE, Mint, cache_of, in_child, in_threads, unavailable


def test_a_child_forked_during_a_mint_mints_for_itself() -> None:
    mint = Mint()
    cache = cache_of(mint)
    mint.open.clear()
    with ThreadPoolExecutor(1) as pool:
        minting = pool.submit(cache.get)
        assert mint.entered.wait(PATIENCE)

        def child() -> bool:
            mint.open = threading.Event()
            mint.open.set()
            return cache.get() == "token-2" and threading.active_count() == 1

        with cache._lock:
            forked_well = in_child(child)
        mint.open.set()
        assert minting.result(PATIENCE) == "token-1"
    assert forked_well


def test_a_value_found_once_is_found_anew_in_a_child() -> None:
    once: Once[int] = Once()
    assert once.get(os.getpid) == once.get(lambda: 0) == os.getpid()
    assert in_child(lambda: once.get(os.getpid) == os.getpid())


def test_a_value_is_found_by_one_thread_and_an_error_is_not_kept() -> None:
    once: Once[str] = Once()
    mint = Mint()
    mint.error = unavailable()
    with pytest.raises(errors.Unavailable):
        once.get(lambda: mint().text)
    mint.error = None
    assert in_threads(30, lambda: once.get(lambda: mint().text)) == ["token-2"] * 30
