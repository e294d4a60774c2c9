from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from notifications import digest

SECOND = 1_000_000


def waiting(number: int, second: float, **but: Any) -> digest.Waiting:
    given: dict[str, Any] = {"recipient": "wang", "channel": "email", "kind": "ladder", "urgent": False, **but}
    return digest.Waiting(id=number, at=int(second * SECOND), **given)


def test_up_to_the_limit_each_goes_alone_and_above_it_all_go_together() -> None:
    assert digest.group([waiting(n, n) for n in range(5)], above=5) == [(0,), (1,), (2,), (3,), (4,)]
    assert digest.group([waiting(n, n) for n in range(6)], above=5) == [(0, 1, 2, 3, 4, 5)]


def test_what_is_a_minute_apart_does_not_belong_together() -> None:
    assert digest.group([waiting(0, 0), waiting(1, 30), waiting(2, 60)], above=2) == [(0,), (1,), (2,)]
    assert digest.group([waiting(0, 0), waiting(1, 30), waiting(2, 59.9)], above=2) == [(0, 1, 2)]


def test_urgent_messages_notices_and_incidents_never_wait_for_company() -> None:
    crowd = [waiting(n, 0) for n in range(3)]
    others = [waiting(7, 0, urgent=True), waiting(8, 0, kind="notice"), waiting(9, 0, kind="incident")]
    assert digest.group([*crowd, *others], above=2) == [(0, 1, 2), (7,), (8,), (9,)]


def test_each_recipient_has_a_digest_of_his_own() -> None:
    mixed = [waiting(n, 0, recipient="wang" if n % 2 else "zhao") for n in range(6)]
    assert digest.group(mixed, above=2) == [(0, 2, 4), (1, 3, 5)]


@given(st.lists(st.tuples(st.integers(0, 300), st.sampled_from(["wang", "zhao"]), st.booleans()), max_size=60), st.integers(1, 6))
def test_nothing_is_lost_or_twice_and_digests_keep_the_rule(given_messages: list[tuple[int, str, bool]], above: int) -> None:
    messages = [waiting(n, second, recipient=who, urgent=urgent) for n, (second, who, urgent) in enumerate(given_messages)]
    groups = digest.group(messages, above=above)
    assert sorted(number for group in groups for number in group) == list(range(len(messages)))
    for group in groups:
        members = [messages[number] for number in group]
        assert len(group) == 1 or len(group) > above
        if len(group) > 1:
            assert len({m.recipient for m in members}) == 1
            assert not any(m.urgent for m in members)
            assert max(m.at for m in members) - min(m.at for m in members) < 60 * SECOND
