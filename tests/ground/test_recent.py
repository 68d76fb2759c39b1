"""What a process keeps of what it met last."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from halo.ground.recent import Recent, Seldom


def test_the_longest_unused_goes_first_and_the_others_stay() -> None:
    kept: Recent[str, int] = Recent(3)
    for number, key in enumerate("abc"):
        kept.put(key, number)
    assert kept.get("a") == 0
    kept.put("d", 3)
    assert {key: kept.get(key) for key in "abcd"} == {"a": 0, "b": None, "c": 2, "d": 3}


def test_a_new_value_takes_the_place_of_the_old_one_and_pushes_nobody_out() -> None:
    kept: Recent[str, int] = Recent(2)
    for value in range(5):
        kept.put("a", value)
    kept.put("b", 7)
    assert (kept.get("a"), kept.get("b")) == (4, 7)


def test_what_is_dropped_is_gone_and_dropping_nothing_is_no_mistake() -> None:
    kept: Recent[str, int] = Recent(2)
    kept.put("a", 1)
    kept.drop("a")
    kept.drop("a")
    assert kept.get("a") is None


def test_threads_that_read_and_write_at_once_never_break_it() -> None:
    kept: Recent[int, int] = Recent(8)

    def work(start: int) -> list[int]:
        wrong = []
        for number in range(start, start + 2000):
            key = number % 24
            kept.put(key, key)
            if kept.get(number % 7) not in (None, number % 7):
                wrong.append(number)
            kept.drop(number % 5)
        return wrong

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(work, range(8))) == [[]] * 8


def test_of_many_at_once_one_is_told_that_it_is_due() -> None:
    touched: Seldom[str] = Seldom(3600)
    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(touched.is_due, ["a"] * 200)) == 1
    assert touched.is_due("b")
    touched.forget()
    assert touched.is_due("a")


def test_it_is_due_again_when_the_time_is_over() -> None:
    clock = [0.0]
    touched: Seldom[str] = Seldom(60, lambda: clock[0])
    told = []
    for clock[0] in (0, 59.9, 60, 100, 120, 121):
        told.append(touched.is_due("a"))
    assert told == [True, False, True, False, True, False]
