"""Ctrl-C and SIGTERM: the first asks, the second interrupts, and afterwards all is as before."""

import os
import signal
import threading

import pytest

from scpo.cli.stopping import StopRequest, term_interrupts


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_first_signal_asks_and_the_second_interrupts(number, capfd):
    with pytest.raises(KeyboardInterrupt), StopRequest() as stop:
        assert not stop()
        os.kill(os.getpid(), number)
        assert stop()
        assert "stopping after this step" in capfd.readouterr().err
        os.kill(os.getpid(), number)


def test_afterwards_the_signals_do_what_they_did_before():
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    with StopRequest():
        assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] != before
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before


def test_term_interrupts_and_afterwards_does_what_it_did_before():
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(KeyboardInterrupt), term_interrupts():
        os.kill(os.getpid(), signal.SIGTERM)
        signal.pause()
    assert signal.getsignal(signal.SIGTERM) == before


def test_outside_the_main_thread_nobody_is_asked_and_nothing_breaks():
    answers = []

    def work():
        with term_interrupts(), StopRequest() as stop:
            answers.append(stop())

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert answers == [False]
