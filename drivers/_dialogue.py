"""Asking a sensor: one question at a time, each with its own answer, a time-out, and patience that grows.

    tick ─▶ Request ─▶ … ─▶ feed: the answer's items ─┬─▶ the next question when it is due
                        └─▶ no answer in time: a Gap ─┘   a party that stays silent is asked ever more seldom

An answer belongs to the question that is open: what an earlier one left behind, or came too late for it, is noise. On a
two-wire bus what we said may come back before the answer; that echo is skipped. Nobody asks while a recording is
decoded: then whatever fits any of the questions is an answer, and the questions themselves are passed over.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from drivers._framing import Decode, Framer, Measure, Verdict
from drivers._types import Gap, Item, Request, Why

ANY_BYTE = bytes(range(256))
LATEST_S = 300.0  # a party that came back is found within five minutes
DOUBLINGS = 10
TRIES = 3  # of what is asked once; an older firmware does not know every question


@dataclass(frozen=True, slots=True)
class Question:
    """A request and what its answer looks like (see :class:`drivers._framing.Framer`).

    It is asked each ``every_s``, or once after each opening where that is 0. ``party`` is who answers, on a bus of
    several: whoever is silent is asked more seldom, and the others no later. Without an answer it is said ``tries``
    times on end before that is told.
    """

    request: bytes
    measure: Measure
    decode: Decode
    every_s: float
    timeout_s: float = 1.0
    party: int = 0
    tries: int = 1


@dataclass(slots=True)
class _Asked:
    """A question, when it is due, and how often it found no answer."""

    question: Question
    due_s: float = 0.0
    tried: int = 0
    failures: int = 0
    done: bool = False


@dataclass(slots=True)
class _Party:
    """Who answers; ``every_s`` it is asked something."""

    every_s: float
    failures: int = 0
    not_before_s: float = 0.0


class Dialogue:
    """The conversation on one port. ``pause_s`` passes between an answer and the next request.

    ``follows`` are those that only :meth:`follow` asks, so that a recording of their answers is understood.
    """

    def __init__(self, questions: Sequence[Question], pause_s: float = 0.0, follows: Sequence[Question] = ()) -> None:
        self._asked = [_Asked(question) for question in questions]
        self._known = [*questions, *follows]
        self._parties = {party: _Party(_shortest_s(party, questions)) for party in {one.party for one in questions}}
        self._pause_s = pause_s
        self._framer = Framer(ANY_BYTE, self._measure, self._decode)
        self._following: deque[Question] = deque()
        self._follow_wait_s = 0.0
        self._call: Measure | None = None
        self._open: _Asked | None = None
        self._deadline_s = self._quiet_until_s = 0.0
        self._live = self._answered = self._echo_may_come = False
        self._found: Question | None = None

    def feed(self, data: bytes) -> list[Item]:
        """Items of the open question's answer; noise, told as such."""
        return self._framer.feed(data)

    def tick(self, now_s: float) -> list[Item]:
        """The next request if it is time; a gap if the open question was not answered in time."""
        self._live = True
        items: list[Item] = []
        if self._answered:
            self._answered = False
            self._quiet_until_s = now_s + max(self._pause_s, self._follow_wait_s)
            self._follow_wait_s = 0.0
        if self._open and now_s >= self._deadline_s:
            items += self._unanswered(self._open, now_s)
        if self._open is None and now_s >= self._quiet_until_s and (due := self._next(now_s)):
            items += self._ask(due, now_s)
        return items

    def follow(self, question: Question, wait_s: float = 0.0, call: Measure | None = None) -> None:
        """Asks this next, once, ``wait_s`` after the answer at hand: for an answer in two parts.

        A sensor may call when it is ready: a frame of which ``call`` gives the length ends the wait.
        """
        if not self._live:  # of a recording the next part comes by itself
            return
        self._following.append(question)
        self._follow_wait_s, self._call = max(self._follow_wait_s, wait_s), call

    def begin_again(self) -> None:
        """Asks once more what is asked once: the sensor has forgotten it."""
        for one in self._asked:
            one.done, one.failures = False, 0

    def _next(self, now_s: float) -> _Asked | None:
        """What follows the last answer; else the question that waited longest, of parties that may be asked."""
        if self._following:
            return _Asked(self._following.popleft())
        ready = [
            one
            for one in self._asked
            if not one.done and one.due_s <= now_s and self._parties[one.question.party].not_before_s <= now_s
        ]
        return min(ready, key=lambda one: one.due_s, default=None)

    def _ask(self, due: _Asked, now_s: float) -> list[Item]:
        """Says when it is due again, and asks."""
        every_s = due.question.every_s
        due.due_s = max(due.due_s + every_s, now_s) if due.due_s else now_s + every_s
        due.tried = 0
        return self._say(due, now_s)

    def _say(self, asked: _Asked, now_s: float) -> list[Item]:
        """Forgets what lies unread, and says the request."""
        late = self._framer.flush()
        asked.tried += 1
        self._open, self._deadline_s, self._echo_may_come = asked, now_s + asked.question.timeout_s, True
        self._call = None
        return [*late, Request(asked.question.request)]

    def _unanswered(self, asked: _Asked, now_s: float) -> list[Item]:
        """Says it again, or gives up."""
        again = asked.tried < asked.question.tries
        return self._say(asked, now_s) if again else [self._give_up(asked, now_s)]

    def _give_up(self, asked: _Asked, now_s: float) -> Gap:
        """A late answer has as long again to pass by before the next question."""
        question, party = asked.question, self._parties[asked.question.party]
        wait_s = max(party.every_s, question.timeout_s) * 2.0 ** min(party.failures, DOUBLINGS)
        party.failures += 1
        party.not_before_s = now_s + min(LATEST_S, wait_s)
        asked.failures += 1
        asked.done = question.every_s == 0 and asked.failures >= TRIES
        self._following.clear()
        self._open, self._quiet_until_s = None, now_s + question.timeout_s
        return Gap(Why.SILENT, f"no answer to {question.request.hex(' ')} within {question.timeout_s:g} s")

    def _measure(self, head: memoryview) -> int | Verdict:
        if self._open is None:
            return self._unasked(head) if self._live else self._any(head)
        request = self._open.question.request
        if self._echo_may_come and head[: len(request)] == request[: len(head)]:
            self._found = None
            return len(request) if len(head) >= len(request) else Verdict.MORE
        self._found = self._open.question
        return self._found.measure(head)

    def _unasked(self, head: memoryview) -> int | Verdict:
        """A sensor's call, while one is awaited; else noise."""
        self._found = None
        return self._call(head) if self._call else Verdict.NOISE

    def _any(self, head: memoryview) -> int | Verdict:
        """Of a recording: a question, which is passed over, or an answer to the first that does not call it noise."""
        for request in (question.request for question in self._known):
            if head[: len(request)] == request[: len(head)]:
                self._found = None
                return len(request) if len(head) >= len(request) else Verdict.MORE
        for question in self._known:
            verdict = question.measure(head)
            if verdict is not Verdict.NOISE:
                self._found = question
                return verdict
        return Verdict.NOISE

    def _decode(self, frame: bytes) -> list[Item]:
        found, self._found = self._found, None
        if found is None:
            self._echoed_or_called()
            return []
        if self._open:
            self._settle(self._open)
        return found.decode(frame)

    def _echoed_or_called(self) -> None:
        self._echo_may_come = False
        if self._open is None:  # it waits no longer
            self._call, self._follow_wait_s, self._answered = None, 0.0, True

    def _settle(self, asked: _Asked) -> None:
        """The open question was answered."""
        if asked.tried > 1:  # the answer to another try may still come
            self._follow_wait_s = asked.question.timeout_s
        asked.done = asked.question.every_s == 0
        asked.failures = 0
        party = self._parties[asked.question.party]
        party.failures, party.not_before_s = 0, 0.0
        self._open, self._answered = None, True


def _shortest_s(party: int, questions: Sequence[Question]) -> float:
    """The shortest period of what it is asked: an answer that was lost costs no more than that."""
    return min((one.every_s for one in questions if one.party == party and one.every_s), default=0.0)
