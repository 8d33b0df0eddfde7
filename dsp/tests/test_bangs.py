import numpy as np
import pytest

from dsp.detectors import explosion, fireworks, glass_break, other, scream
from dsp.hearing import Hearing, Hears
from dsp.tests.judgements import RATE_HZ, judged
from dsp.tests.signals import street

MODULES = {"explosion": explosion, "fireworks": fireworks, "glass_break": glass_break}


@pytest.mark.parametrize("kind", MODULES)
def test_a_bang_is_told_by_its_own_kind_alone(kind: str) -> None:
    for name, module in MODULES.items():
        found = module.Detector(RATE_HZ).hear([judged(kind, 1.0)])
        assert len(found) == (name == kind)


def test_what_follows_at_once_is_the_same_bang() -> None:
    found = fireworks.Detector(RATE_HZ).hear([judged("fireworks", t) for t in (1.0, 1.1, 1.2, 1.6)])
    assert [one.start / RATE_HZ for one in found] == [1.0, 1.6]


def test_a_scream_is_told_when_two_half_seconds_agree() -> None:
    one, two = (judged("scream", t, steady=True) for t in (1.0, 1.5))
    assert scream.Detector(RATE_HZ).hear([one]) == []
    (found,) = scream.Detector(RATE_HZ).hear([one, two])
    assert found.start / RATE_HZ == 1.0


def test_a_scream_that_lasts_is_told_every_ten_seconds() -> None:
    lasting = [judged("scream", t / 2, steady=True) for t in range(2, 50)]
    assert [one.start / RATE_HZ for one in scream.Detector(RATE_HZ).hear(lasting)] == [1.0, 11.0, 21.0]


def test_a_click_with_the_voice_of_a_scream_is_none() -> None:
    heard = [judged("scream", 1.0), judged("water", 1.2, steady=True), judged("scream", 1.7, steady=True)]
    assert scream.Detector(RATE_HZ).hear(heard) == []


def test_detectors_hear_by_a_shared_hearing_what_they_hear_alone() -> None:
    signal = street(RATE_HZ, 4.0, blasts_s=(0.9, 2.0))
    alone, sharing = fireworks.Detector(RATE_HZ, all_scores=True), fireworks.Detector(RATE_HZ, all_scores=True)
    shared = Hearing(RATE_HZ, steady=True)
    told = sharing.hear(shared.feed(signal)) + sharing.hear(shared.close())
    assert told == alone.feed(signal) + alone.close()
    assert isinstance(alone, Hears)


def test_the_rhythm_is_judged_for_those_alone_that_ask() -> None:
    quiet = np.zeros(4 * RATE_HZ, np.float32)
    assert Hearing(RATE_HZ).feed(quiet) == []
    assert all(one.proposal.steady for one in Hearing(RATE_HZ, steady=True).feed(quiet))


def test_what_is_no_alarm_is_told_with_the_class_that_it_is_most_like() -> None:
    (found,) = other.Detector(RATE_HZ).hear([judged("impact", 1.0), judged("gunshot", 4.0)])
    assert found.reasons == ("rose 30.0 dB (at least 25)", "most like: impact 1.00")


def test_what_did_not_stand_out_or_is_no_class_for_sure_is_not_told() -> None:
    assert other.Detector(RATE_HZ, rise_db=35).hear([judged("impact", 1.0)]) == []
    assert other.Detector(RATE_HZ).hear([judged("impact", 1.0, odds=-1.0)]) == []
    assert len(other.Detector(RATE_HZ, all_scores=True).hear([judged("impact", 1.0, odds=-1.0)])) == 1
