"""Who plans when: one at a time, one per session, a short queue, and cancelling in any state."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from twin.app import desk as desk_module
from twin.app.desk import CANCELLED, DONE, FAILED, RUNNING, Desk, Job
from twin.app.pieces import progress
from twin.app.worker import Order, Said, Tell
from twin.config.case import Case
from twin.errors import BadInput, Impossible, SystemFailure
from twin.inputs import load_case


class Paused:
    """A planner that waits to be let go on, and remembers what it was asked."""

    last: Paused

    def __init__(self, cache: Path) -> None:
        self.orders: list[Order] = []
        self.go = threading.Semaphore(0)
        self.ended = False
        Paused.last = self

    def work(self, order: Order, tell: Tell, is_over: Callable[[], bool]) -> tuple[Path, ...]:
        self.orders.append(order)
        self.ended = False
        tell(Said("Choosing sites", 1, 4))
        self.go.acquire()
        if self.ended:
            raise SystemFailure("ended")
        if order.out == Path("impossible"):
            raise Impossible("no way")
        if order.out == Path("broken"):
            raise AttributeError("lost")
        return tuple(Path(str(i)) for i, _ in enumerate(order.cases))

    def end(self) -> None:
        self.ended = True
        self.go.release()


@pytest.fixture(scope="module")
def case() -> Case:
    return load_case("tiny")


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Desk]:
    monkeypatch.setattr(desk_module, "Worker", Paused)
    made = Desk(tmp_path, most_waiting=2)
    yield made
    made.close()


def until(true: Callable[[], bool]) -> None:
    for _ in range(2000):
        if true():
            return
        time.sleep(0.005)
    pytest.fail("it did not come to pass")


def running(desk: Desk, job: Job) -> None:
    until(lambda: job.state == RUNNING and job.said.total == 4)


def test_plans_are_made_one_after_the_other_and_each_knows_its_place(desk: Desk, case: Case) -> None:
    order = Order(case, (case,), Path("a"))
    jobs = [desk.submit(name, order) for name in ("ann", "bob", "cy")]
    running(desk, jobs[0])
    assert [desk.ahead(job) for job in jobs] == [0, 1, 2]
    assert "1 plan is before yours" in progress(jobs[1], desk.ahead(jobs[1]))
    assert "Choosing sites: 1 of 4" in progress(jobs[0], 0)
    for job in jobs:
        until(lambda job=job: job.state == RUNNING)  # type: ignore[misc]
        Paused.last.go.release()
    until(lambda: all(job.state == DONE for job in jobs))
    assert jobs[2].folders == (Path("0"),)


def test_a_session_has_one_plan_at_a_time(desk: Desk, case: Case) -> None:
    first = desk.submit("ann", Order(case, (case,), Path("a")))
    with pytest.raises(BadInput, match="one plan at a time"):
        desk.submit("ann", Order(case, (case,), Path("a")))
    Paused.last.go.release()
    until(lambda: first.is_over)
    desk.submit("ann", Order(case, (case,), Path("a")))


def test_a_full_queue_refuses_at_once(desk: Desk, case: Case) -> None:
    order = Order(case, (case,), Path("a"))
    running(desk, desk.submit("ann", order))
    desk.submit("bob", order)
    desk.submit("cy", order)
    with pytest.raises(BadInput, match="at most 2 plans that wait"):
        desk.submit("dee", order)


def test_a_waiting_plan_is_taken_back(desk: Desk, case: Case) -> None:
    order = Order(case, (case,), Path("a"))
    running(desk, desk.submit("ann", order))
    waiting, last = desk.submit("bob", order), desk.submit("cy", order)
    desk.cancel(waiting)
    assert (waiting.state, desk.ahead(last)) == (CANCELLED, 1)
    assert not Paused.last.ended


def test_a_running_plan_is_ended_and_the_next_goes_on(desk: Desk, case: Case) -> None:
    order = Order(case, (case,), Path("a"))
    first, second = desk.submit("ann", order), desk.submit("bob", order)
    running(desk, first)
    desk.cancel(first)
    running(desk, second)
    assert first.state == CANCELLED
    Paused.last.go.release()
    until(lambda: second.state == DONE)


def test_a_failure_is_kept_for_its_session_and_stops_nobody(desk: Desk, case: Case) -> None:
    bad = desk.submit("ann", Order(case, (case,), Path("impossible")))
    good = desk.submit("bob", Order(case, (case,), Path("a")))
    Paused.last.go.release()
    Paused.last.go.release()
    until(lambda: good.is_over)
    assert (bad.state, str(bad.error), good.state) == (FAILED, "no way", DONE)


def test_a_fault_of_the_desk_itself_stops_nobody(desk: Desk, case: Case) -> None:
    """Without it every later plan would wait for ever."""
    bad = desk.submit("ann", Order(case, (case,), Path("broken")))
    good = desk.submit("bob", Order(case, (case,), Path("a")))
    Paused.last.go.release()
    Paused.last.go.release()
    until(lambda: good.is_over)
    assert isinstance(bad.error, SystemFailure) and "lost" in str(bad.error)
    assert good.state == DONE


def test_laying_ground_for_nobody_makes_way_for_a_plan_of_another_case(desk: Desk, case: Case) -> None:
    other = load_case("tiny", ["energy.carbon_price_eur_per_t=50"])
    desk.warm(other)
    until(lambda: len(Paused.last.orders) == 1)
    job = desk.submit("ann", Order(case, (case,), Path("a")))
    running(desk, job)
    assert [order.ground for order in Paused.last.orders] == [other, case]


def test_a_plan_waits_for_the_ground_it_needs_itself(desk: Desk, case: Case) -> None:
    desk.warm(case)
    until(lambda: len(Paused.last.orders) == 1)
    job = desk.submit("ann", Order(case, (case,), Path("a")))
    assert desk.ahead(job) == 0
    assert not Paused.last.ended


def test_a_closed_desk_leaves_no_plan_open(desk: Desk, case: Case) -> None:
    order = Order(case, (case,), Path("a"))
    jobs = [desk.submit("ann", order), desk.submit("bob", order)]
    running(desk, jobs[0])
    desk.close()
    assert [job.state for job in jobs] == [CANCELLED, CANCELLED]
