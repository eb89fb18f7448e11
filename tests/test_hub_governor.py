"""How many requests at once, and when none at all."""

from __future__ import annotations

import threading

import pytest

from freehold.hub.answer import Fault, FaultKind, Reply
from freehold.hub.governor import DEAD, Governor

FINE = Reply(status=200, headers={"ratelimit": '"api";r=400;t=200'}, body=b"")


def governor(deadline: float = 30.0, jobs: int = 8) -> Governor:
    return Governor(deadline=deadline, jobs=jobs, patience=0.001)


def fault(kind: FaultKind) -> Fault:
    return Fault(requested="x", reason="no", kind=kind)


def once(one: Governor, outcome: Reply | Fault) -> None:
    assert one.admit("x") is None
    one.release(outcome)


def test_slots_halve_when_the_endpoint_struggles_and_come_back_one_by_one() -> None:
    one = governor(jobs=8)
    assert one.slots == 8
    once(one, fault("timeout"))
    assert one.slots == 4
    once(one, Reply(status=503, headers={}, body=b""))
    assert one.slots == 2
    for _ in range(2):
        once(one, FINE)
    assert one.slots == 2
    for _ in range(100):
        once(one, FINE)
    assert one.slots == 8
    for _ in range(20):
        once(one, fault("broken"))
    assert one.slots == 1


def test_no_more_go_out_than_there_are_slots() -> None:
    one = governor(jobs=3)
    under_way, most, lock = [0], [0], threading.Lock()

    def ask() -> None:
        assert one.admit("x") is None
        with lock:
            under_way[0] += 1
            most[0] = max(most[0], under_way[0])
        threading.Event().wait(0.01)
        with lock:
            under_way[0] -= 1
        one.release(FINE)

    threads = [threading.Thread(target=ask) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most[0] <= 3
    assert one.requests == 12


@pytest.mark.parametrize("headers", [{"ratelimit": '"api";r=0;t=200'}, {"retry-after": "200"}])
def test_a_quota_that_comes_back_after_the_deadline_ends_the_asking(headers: dict[str, str]) -> None:
    one = governor(deadline=20.0)
    once(one, Reply(status=429, headers=headers, body=b""))
    refused = one.admit("x")
    assert refused is not None
    assert refused.kind == "rate-limit"


@pytest.mark.parametrize(
    "headers",
    [{}, {"ratelimit": "nonsense"}, {"ratelimit": '"api";r=9;t=200'}, {"retry-after": "Wed, 21 Oct 2015 07:28:00 GMT"}],
)
def test_an_answer_without_a_wait_holds_nobody(headers: dict[str, str]) -> None:
    one = governor()
    once(one, Reply(status=200, headers=headers, body=b""))
    assert one.admit("x") is None


@pytest.mark.parametrize("kind", sorted(DEAD))
def test_questions_without_any_answer_show_a_dead_endpoint(kind: FaultKind) -> None:
    one = governor()
    for _ in range(DEAD[kind] - 1):
        one.conclude(fault(kind))
    assert one.admit("x") is None
    one.release(FINE)
    one.conclude(FINE)  # someone is there after all
    for _ in range(DEAD[kind]):
        one.conclude(fault(kind))
    refused = one.admit("x")
    assert refused is not None
    assert refused.kind == "circuit"
    assert not one.again(fault("timeout"), 1) or one.admit("x") is not None


def test_refusals_are_answers_of_someone() -> None:
    one = governor()
    for _ in range(50):
        one.conclude(fault("refusal"))
        one.conclude(fault("not-json"))
    assert one.admit("x") is None


def test_what_is_stopped_asks_nothing_more() -> None:
    one = governor()
    one.stop()
    refused = one.admit("x")
    assert refused is not None
    assert refused.reason == "interrupted"


def test_there_is_no_second_try_after_the_deadline() -> None:
    assert not governor(deadline=0.0).again(fault("timeout"), 1)
