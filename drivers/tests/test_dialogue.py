"""Asking a sensor, in seconds that the test counts."""

from dataclasses import replace

from drivers._dialogue import LATEST_S, TRIES, Dialogue, Question
from drivers._framing import Verdict
from drivers._types import Gap, Item, Note, Request, Why

LF = b"\n"


def line(head: memoryview) -> int | Verdict:
    """Lines of up to twenty letters; a question mark is damage."""
    end = bytes(head[:20]).find(LF)
    if end >= 0:
        return Verdict.DAMAGED if b"?" in bytes(head[:end]) else end + 1
    return Verdict.MORE if len(head) < 20 else Verdict.NOISE


def said(answer: bytes) -> list[Item]:
    return [Note("said", answer.decode().strip())]


def question(request: bytes, every_s: float = 1.0, party: int = 0) -> Question:
    return Question(request, line, said, every_s, timeout_s=0.5, party=party)


def requests(items: list[Item]) -> list[bytes]:
    return [item.data for item in items if isinstance(item, Request)]


def asked(dialogue: Dialogue, until_s: float, answers: dict[bytes, bytes], from_s: float = 0.0) -> list[bytes]:
    """What is asked until then, ten looks a second; who has an answer gives it at once."""
    out: list[bytes] = []
    for tenth in range(round(from_s * 10), round(until_s * 10)):
        for request in requests(dialogue.tick(tenth / 10)):
            out.append(request)
            dialogue.feed(answers.get(request, b""))
    return out


def test_questions_are_asked_in_turn_each_when_it_is_due() -> None:
    dialogue = Dialogue([question(b"a"), question(b"b", 2.0)])
    assert asked(dialogue, 4.0, {b"a": b"1\n", b"b": b"2\n"}) == [b"a", b"b", b"a", b"a", b"b", b"a"]


def test_one_question_is_open_at_a_time() -> None:
    dialogue = Dialogue([question(b"a"), question(b"b")])
    assert dialogue.tick(0.0) == [Request(b"a")]
    assert dialogue.tick(0.1) == []
    assert dialogue.feed(b"1\n") == [Note("said", "1")]
    assert dialogue.tick(0.2) == [Request(b"b")]


def test_a_question_without_an_answer_is_a_gap_and_a_late_answer_noise() -> None:
    dialogue = Dialogue([question(b"a")])
    dialogue.tick(0.0)
    (gap,) = dialogue.tick(0.5)
    assert gap == Gap(Why.SILENT, "no answer to 61 within 0.5 s")
    assert dialogue.feed(b"late\n") == []
    assert dialogue.tick(2.0) == [Gap(Why.NOISE, "5 bytes"), Request(b"a")]
    assert dialogue.feed(b"1\n") == [Note("said", "1")]


def test_half_an_answer_is_told_as_noise_before_the_next_question() -> None:
    dialogue = Dialogue([question(b"a")])
    dialogue.tick(0.0)
    dialogue.feed(b"hal")
    dialogue.tick(0.5)
    assert dialogue.tick(2.0) == [Gap(Why.NOISE, "3 bytes"), Request(b"a")]
    assert dialogue.feed(b"1\n") == [Note("said", "1")]


def test_after_damage_the_search_goes_on_inside_the_answer() -> None:
    dialogue = Dialogue([question(b"a")])
    dialogue.tick(0.0)
    assert dialogue.feed(b"x?") == []
    assert dialogue.feed(b"z\n") == [Gap(Why.CHECKSUM, "2 bytes"), Note("said", "z")]


def test_who_is_silent_is_asked_ever_more_seldom_and_the_others_are_not() -> None:
    dialogue = Dialogue([question(b"a", party=1), question(b"b", party=2)])
    out = asked(dialogue, 100.0, {b"b": b"2\n"})
    assert out.count(b"a") < 10
    assert out.count(b"b") > 80


def test_whoever_comes_back_is_asked_as_before_within_five_minutes() -> None:
    dialogue = Dialogue([question(b"a")])
    asked(dialogue, 3000.0, {})
    back = asked(dialogue, 3000.0 + 2 * LATEST_S, {b"a": b"1\n"}, from_s=3000.0)
    assert len(back) > LATEST_S - 10


def test_what_is_asked_once_is_asked_until_it_is_answered_but_not_for_ever() -> None:
    answered, silent = Dialogue([question(b"a", 0.0)]), Dialogue([question(b"a", 0.0)])
    assert asked(answered, 10.0, {b"a": b"1\n"}) == [b"a"]
    assert asked(silent, 60.0, {}) == [b"a"] * TRIES


def test_what_is_asked_once_is_asked_again_when_the_sensor_has_forgotten() -> None:
    dialogue = Dialogue([question(b"a", 0.0)])
    asked(dialogue, 2.0, {b"a": b"1\n"})
    dialogue.begin_again()
    assert asked(dialogue, 4.0, {b"a": b"1\n"}, from_s=2.0) == [b"a"]


def test_an_echo_is_skipped_once_and_is_no_answer() -> None:
    dialogue = Dialogue([question(b"ask\n")])
    dialogue.tick(0.0)
    assert dialogue.feed(b"as") == []
    assert dialogue.feed(b"k\n1\n") == [Note("said", "1")]
    dialogue.tick(1.0)
    assert dialogue.feed(b"ask\nask\n") == [Note("said", "ask")]


def test_between_an_answer_and_the_next_question_there_is_a_pause() -> None:
    dialogue = Dialogue([question(b"a"), question(b"b")], pause_s=0.3)
    dialogue.tick(0.0)
    dialogue.feed(b"1\n")
    assert [bool(dialogue.tick(tenth / 10)) for tenth in (1, 2, 3, 4)] == [False, False, False, True]


def test_what_follows_an_answer_is_asked_next_and_after_its_wait() -> None:
    dialogue = Dialogue([question(b"a"), question(b"b")])
    dialogue.tick(0.0)
    dialogue.feed(b"1\n")
    dialogue.follow(question(b"f"), wait_s=1.0)
    assert dialogue.tick(0.1) == []
    assert dialogue.tick(1.0) == []
    assert dialogue.tick(1.2) == [Request(b"f")]
    dialogue.feed(b"2\n")
    assert dialogue.tick(1.3) == [Request(b"b")]


def test_of_a_recording_whatever_fits_a_question_is_an_answer() -> None:
    dialogue = Dialogue([question(b"a"), question(b"b")])
    assert dialogue.feed(b"1\n2\n") == [Note("said", "1"), Note("said", "2")]


def test_of_a_recording_of_both_directions_the_questions_are_passed_over() -> None:
    dialogue = Dialogue([question(b"ask\n"), question(b"b\n")])
    assert dialogue.feed(b"ask\n1\nb\n2\n") == [Note("said", "1"), Note("said", "2")]


def test_what_comes_unasked_while_we_ask_is_noise() -> None:
    dialogue = Dialogue([question(b"a", 5.0)])
    dialogue.tick(0.0)
    dialogue.feed(b"1\n")
    dialogue.tick(0.1)
    assert dialogue.feed(b"2\n") == []
    assert dialogue.tick(5.0) == [Gap(Why.NOISE, "2 bytes"), Request(b"a")]


def test_a_lost_answer_to_a_rare_question_does_not_hold_up_the_frequent_one() -> None:
    dialogue = Dialogue([question(b"a"), question(b"rare", 600.0)])
    out = asked(dialogue, 20.0, {b"a": b"1\n"})
    assert out.count(b"rare") == 1
    assert out.count(b"a") > 15


def test_a_question_is_said_as_often_as_it_asks_for_before_it_is_given_up() -> None:
    dialogue = Dialogue([replace(question(b"a", 60.0), tries=3)])
    assert [dialogue.tick(half / 2) for half in range(4)] == [
        *[[Request(b"a")]] * 3,
        [Gap(Why.SILENT, "no answer to 61 within 0.5 s")],
    ]


def test_an_answer_to_the_second_try_is_an_answer() -> None:
    dialogue = Dialogue([replace(question(b"a", 60.0), tries=3)])
    dialogue.tick(0.0)
    dialogue.feed(b"x?")
    assert dialogue.tick(0.5) == [Gap(Why.NOISE, "2 bytes"), Request(b"a")]
    assert dialogue.feed(b"1\n") == [Note("said", "1")]
    assert dialogue.tick(30.0) == []


def test_a_sensor_that_calls_need_not_be_waited_for() -> None:
    dialogue = Dialogue([question(b"a", 60.0)])
    dialogue.tick(0.0)
    dialogue.feed(b"1\n")
    dialogue.follow(question(b"f"), wait_s=10.0, call=line)
    assert dialogue.tick(0.1) == []
    assert dialogue.feed(b"ready\n") == []
    assert dialogue.tick(0.2) == [Request(b"f")]


def test_who_never_calls_is_asked_after_the_wait() -> None:
    dialogue = Dialogue([question(b"a", 60.0)])
    dialogue.tick(0.0)
    dialogue.feed(b"1\n")
    dialogue.follow(question(b"f"), wait_s=10.0, call=line)
    dialogue.tick(0.1)
    assert dialogue.tick(10.0) == []
    assert dialogue.tick(10.1) == [Request(b"f")]


def test_of_a_recording_nothing_is_left_to_be_asked() -> None:
    dialogue = Dialogue([question(b"a")])
    dialogue.feed(b"1\n")
    dialogue.follow(question(b"f"))
    assert dialogue.tick(0.0) == [Request(b"a")]
