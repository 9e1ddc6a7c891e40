"""The governor: one job at a time, in order, bounded in number, waiting and time."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from inspector.failures import sentence
from inspector.governor import Busy, Governor, Limits
from inspector.progress import TookTooLong, tracked

GPU = "cuda:0"


def unheard(_number):
    """Waits without saying so."""


class Running:
    """A job of another session that holds a device until it is told to end."""

    def __init__(self, governor, session="other", device=GPU):
        self._end, begun = threading.Event(), threading.Event()

        def job():
            with governor.turn(session, device, unheard):
                begun.set()
                self._end.wait(20)

        self._thread = threading.Thread(target=job)
        self._thread.start()
        begun.wait(0.2)

    def end(self):
        self._end.set()
        self._thread.join(20)


@pytest.fixture
def running():
    """Starts jobs that are ended with the test."""
    jobs = []

    def start(governor, *args):
        jobs.append(Running(governor, *args))
        return jobs[-1]

    yield start
    for job in jobs:
        job.end()


def test_a_device_runs_one_job_at_a_time():
    governor, inside, most = Governor(), [], []

    def job(number):
        with governor.turn(str(number), GPU, unheard):
            inside.append(number)
            most.append(len(inside))
            time.sleep(0.002)
            inside.remove(number)

    with ThreadPoolExecutor(8) as sessions:
        list(sessions.map(job, range(12)))
    assert most == [1] * 12
    assert governor.jobs(GPU) == 0


def test_jobs_run_in_the_order_in_which_they_came(running):
    governor, order = Governor(), []
    first = running(governor)

    def job(number):
        with governor.turn(str(number), GPU, unheard):
            order.append(number)

    threads = [threading.Thread(target=job, args=(number,)) for number in range(4)]
    for place, thread in enumerate(threads):
        thread.start()
        while governor.jobs(GPU) < place + 2:
            time.sleep(0.001)
    first.end()
    for thread in threads:
        thread.join(20)
    assert order == [0, 1, 2, 3]


def test_who_waits_hears_the_number_and_then_has_the_turn(running):
    governor, heard = Governor(), []
    before = [running(governor, name) for name in ("a", "b")]

    def waits(number):
        heard.append(number)
        before[-number].end()  # of two the first, and then the one that is left

    with governor.turn("mine", GPU, waits):
        assert heard == [2, 1]


def test_devices_do_not_wait_for_one_another(running):
    governor = Governor()
    running(governor)
    with governor.turn("mine", "cpu", pytest.fail):
        assert governor.jobs("cpu") == 1


def test_a_turn_inside_a_turn_goes_on():
    governor = Governor(Limits(own=1))
    with governor.turn("mine", GPU, pytest.fail), governor.turn("mine", GPU, pytest.fail):
        assert governor.jobs(GPU) == 1
    assert governor.jobs(GPU) == 0


def refused(governor, session="mine"):
    with pytest.raises(Busy) as caught, governor.turn(session, GPU, unheard):
        pytest.fail("it was let in")
    assert sentence(caught.value) == str(caught.value)
    return str(caught.value)


def test_only_so_many_wait(running):
    governor = Governor(Limits(waiting=1))
    running(governor)
    running(governor, "second")
    assert refused(governor) == "1 others wait already. Try again in some minutes."
    assert governor.jobs(GPU) == 2


def test_only_so_long(running):
    governor = Governor(Limits(patience=0))
    running(governor)
    said = "No turn came within 0 s: others compute, and 1 of them come first. Try again in some"
    assert refused(governor).startswith(said)
    assert governor.jobs(GPU) == 1


def test_one_session_does_not_take_all_turns(running):
    governor = Governor(Limits(own=1))
    running(governor, "mine")
    assert "This page has 1 computations under way" in refused(governor, "mine")


def test_what_the_one_who_waits_raises_leaves_the_queue(running):
    """As Streamlit does, where a user has clicked something else."""
    governor = Governor()
    first = running(governor)

    def leaves(_number):
        raise InterruptedError

    with pytest.raises(InterruptedError), governor.turn("mine", GPU, leaves):
        pytest.fail("it was let in")
    assert governor.jobs(GPU) == 1
    first.end()
    with governor.turn("mine", GPU, pytest.fail):
        assert governor.jobs(GPU) == 1


def test_a_job_that_fails_leaves_the_queue():
    governor = Governor()
    with pytest.raises(LookupError), governor.turn("mine", GPU, unheard):
        raise LookupError
    assert governor.jobs(GPU) == 0


def test_a_job_ends_where_it_tells_how_far_it_is():
    governor = Governor(Limits(seconds=0.01))

    def job():
        with governor.turn("mine", GPU, unheard):
            for _ in tracked("abc", "edges cut"):
                time.sleep(0.02)

    with pytest.raises(
        TookTooLong, match=r"after 0\.01 s, with 1 of 3 edges cut: it may"
    ) as caught:
        job()
    assert sentence(caught.value) == str(caught.value)
    assert list(tracked("abc", "edges cut")) == ["a", "b", "c"]
