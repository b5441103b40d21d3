"""The state of a journal is kept in columns, and says the same as one object for each call would."""

from __future__ import annotations

import tracemalloc

from hypothesis import given, settings
from hypothesis import strategies as st

from judge.core.records import Choice, Judgment
from judge.judging.journal_state import CallState, Slot, journal_state

CHOICES: tuple[Choice, ...] = ("A", "B", "tie")


def judgment(comparison: str, second: bool, repeat: int, winner: Choice | None, error: str) -> Judgment:
    return Judgment(
        key="00",
        comparison_id=comparison,
        order="candidate_first" if second else "reference_first",
        repeat=repeat,
        attempt=0,
        judge="j",
        model="m",
        status="ok" if winner else "api_error",
        error_kind=None if winner else "server",
        error=None if winner else error,
        winners={"overall": winner} if winner else {},
        prompt_sha256="0",
        time="now",
    )


ROWS = st.lists(
    st.builds(
        judgment,
        st.sampled_from(["a", "b", "c", "d"]),
        st.booleans(),
        st.integers(0, 2),
        st.sampled_from((*CHOICES, None)),
        st.sampled_from(["down", "busy 1", "busy 22"]),
    )
)


def plainly(rows: list[Judgment]) -> dict[str, dict[Slot, CallState]]:
    found: dict[str, dict[Slot, CallState]] = {}
    for row in rows:
        slot = row.order, row.repeat, row.criterion
        found.setdefault(row.comparison_id, {})[slot] = CallState(row.status, row.error_kind, row.winners, row.error)
    return found


@settings(max_examples=150, deadline=None)
@given(ROWS)
def test_the_columns_hold_the_last_row_of_each_call_in_the_sequence_of_the_first(rows: list[Judgment]) -> None:
    state, plain = journal_state(rows), plainly(rows)
    assert [(name, list(made.items())) for name, made in state.calls.items()] == [
        (name, list(made.items())) for name, made in plain.items()
    ]
    assert state.calls.number == sum(map(len, plain.values()))
    failed = [(name, call) for name, made in plain.items() for call in made.values() if call.status != "ok"]
    assert list(state.calls.failures()) == failed
    if failed:
        first, call = failed[0]
        words = [call.error for _, call in failed]
        if len({word.split()[0] for word in words if word}) == 1:
            assert state.reasons() == {"server": (call.error, first)}


def test_the_columns_take_less_than_half_of_what_objects_take() -> None:
    ids = [f"Q{number % 200}_group|{number}|base|ft" for number in range(4_000)]
    pairs = [(name, second) for name in ids for second in (False, True)]
    rows = [judgment(name, second, 0, CHOICES[place % 3], "") for place, (name, second) in enumerate(pairs)]
    taken = []
    for read in (journal_state, plainly):
        tracemalloc.start()
        kept = read(rows)
        taken.append(tracemalloc.get_traced_memory()[0])
        tracemalloc.stop()
        assert kept
    assert taken[0] < 0.5 * taken[1]
