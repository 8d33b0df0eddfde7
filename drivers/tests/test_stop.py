import select
import signal
import threading
import time

import pytest

from drivers._stop import Stop


def test_a_wait_ends_false_when_its_time_is_over() -> None:
    with Stop.open() as stop:
        begun_s = time.monotonic()
        assert not stop.wait(0.03)
        assert 0.03 <= time.monotonic() - begun_s < 1
        assert not stop.is_set()


@pytest.mark.parametrize("timeout_s", [0, -1, -0.5])
def test_a_deadline_that_has_passed_does_not_wait_for_ever(timeout_s: float) -> None:
    with Stop.open() as stop:
        assert not stop.wait(timeout_s)


def test_every_waiting_thread_is_woken_within_milliseconds() -> None:
    woken_s: list[float] = []
    with Stop.open() as stop:

        def wait() -> None:
            if stop.wait(60):
                woken_s.append(time.monotonic())

        threads = [threading.Thread(target=wait) for _ in range(8)]
        for thread in threads:
            thread.start()
        time.sleep(0.05)
        set_s = time.monotonic()
        stop.set()
        for thread in threads:
            thread.join(5)
    assert len(woken_s) == 8
    assert max(woken_s) - set_s < 0.2


def test_once_set_it_is_set_for_who_comes_later_and_for_every_poll() -> None:
    with Stop.open() as stop:
        stop.set()
        stop.set()
        poller = select.poll()
        poller.register(stop, select.POLLIN)
        for _ in range(3):
            assert stop.wait(60)
            assert poller.poll(0) == [(stop.fileno(), select.POLLIN)]


def test_a_signal_handler_may_set_it() -> None:
    with Stop.open() as stop:
        before = signal.signal(signal.SIGALRM, lambda *_: stop.set())
        signal.setitimer(signal.ITIMER_REAL, 0.02)
        try:
            assert stop.wait(5)
        finally:
            signal.signal(signal.SIGALRM, before)


def test_after_its_close_it_can_still_be_set_and_closed_and_touches_no_descriptor() -> None:
    with Stop.open() as stop:
        pass
    stop.set()
    stop.close()
    assert stop.is_set()
