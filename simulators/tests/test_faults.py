"""Faults, each on a sensor that says its own count."""

from dataclasses import dataclass, field

import pytest

from simulators._faults import BANNER, Faulty, faulty

WORD = b"0123456789" * 20


@dataclass
class Counter:
    """Says ``WORD`` and its boot number each second."""

    boot: int = 0
    said: int = field(default=0, init=False)
    heard: list[tuple[bytes, float]] = field(default_factory=list, init=False)
    troubles: dict[str, float] = field(default_factory=dict, init=False)

    def due_s(self) -> float:
        return float(self.said)

    def emit(self) -> bytes:
        self.said += 1
        return WORD + bytes((self.boot,))

    def receive(self, data: bytes, at_s: float) -> None:
        self.heard.append((data, at_s))

    def trouble(self, name: str, value: float) -> bool:
        self.troubles[name] = value
        return name == "placeholder"

    def restarted(self, at_s: float) -> "Counter":
        assert at_s >= 0
        return Counter(self.boot + 1)


def emissions(sensor: Faulty, seconds: int) -> list[bytes]:
    out = []
    while sensor.due_s() < seconds:
        out.append(sensor.emit())
    return out


CLEAN = WORD + b"\0"


def test_without_faults_the_sensor_is_as_it_is() -> None:
    assert emissions(faulty(Counter(), []), 3) == [CLEAN] * 3


def test_the_same_seed_gives_the_same_faults() -> None:
    first, second, third = (emissions(faulty(Counter(), ["flip=0.1"], seed=seed), 5) for seed in (1, 1, 2))
    assert first == second != third


def test_flip_turns_one_bit_of_a_byte() -> None:
    (data,) = emissions(faulty(Counter(), ["flip=1"]), 1)
    assert {(a ^ b).bit_count() for a, b in zip(data, CLEAN, strict=True)} == {1}


@pytest.mark.parametrize(("spec", "size"), [("drop=0.1", 0.9), ("insert=0.1", 1.1), ("double=0.1", 1.1)])
def test_bytes_are_lost_or_added_as_often_as_asked(spec: str, size: float) -> None:
    """Within four deviations: √(20 100 · 0.1 · 0.9) = 43 bytes."""
    sent = sum(map(len, emissions(faulty(Counter(), [spec]), 100)))
    assert sent == pytest.approx(100 * len(CLEAN) * size, abs=4 * 43)


def test_a_loss_goes_on_over_the_next_emissions() -> None:
    sensor = faulty(Counter(), ["lose512=0.1"], seed=3)
    lost = 50 * len(CLEAN) - sum(map(len, emissions(sensor, 50)))
    assert lost >= 512
    assert lost % 512 == 0


def test_a_stall_ends_with_a_burst() -> None:
    assert emissions(faulty(Counter(), ["stall=2:3"]), 7) == [CLEAN, CLEAN, b"", b"", b"", CLEAN * 4, CLEAN]


def test_silence_loses_what_was_said() -> None:
    assert emissions(faulty(Counter(), ["silence=1:2"]), 4) == [CLEAN, b"", b"", CLEAN]


def test_a_wrong_baud_rate_gives_other_bytes() -> None:
    before, wrong, after = emissions(faulty(Counter(), ["wrongbaud=1:1"]), 3)
    assert before == after == CLEAN
    assert len(wrong) == len(CLEAN)
    assert sum(a == b for a, b in zip(wrong, CLEAN, strict=True)) < 10


def test_a_stuck_sensor_repeats_itself() -> None:
    assert emissions(faulty(Counter(boot=5), ["restart=2", "stuck=2:2"]), 5) == [WORD + b"\5"] * 4 + [WORD + b"\6"]


def test_a_banner_comes_once_amid_the_bytes() -> None:
    before, hit, after = emissions(faulty(Counter(), ["banner=1"]), 3)
    assert before == after == CLEAN
    assert hit.replace(BANNER, b"") == CLEAN
    assert not hit.endswith(BANNER)


def test_restarts_come_in_the_order_of_time() -> None:
    sensor = faulty(Counter(), ["restart=4", "restart=2"])
    assert [data[-1] for data in emissions(sensor, 6)] == [0, 0, 1, 1, 2, 2]


def test_faults_act_in_their_order() -> None:
    sensor = faulty(Counter(), ["silence=1:1", "wrongbaud=1:1"])
    assert emissions(sensor, 3)[1] == b""


def test_what_the_host_says_arrives_unharmed_in_the_sensors_own_time() -> None:
    counter = Counter()
    sensor = faulty(counter, ["drop=1"])
    sensor.receive(b"abc", 2.0)
    assert counter.heard == [(b"abc", 2.0)]


def test_on_a_bus_of_two_wires_what_the_host_says_comes_back() -> None:
    sensor = faulty(Counter(), ["echo=1"])
    sensor.emit()
    sensor.receive(b"abc", 0.5)
    assert sensor.due_s() == 0.5
    assert sensor.emit() == b"abc"


def test_what_is_late_comes_later_and_whole() -> None:
    sensor = faulty(Counter(), ["late=1:2.5"])
    assert [(sensor.due_s(), sensor.emit()) for _ in range(5)] == [
        (0, b""), (1, b""), (2, b""), (2.5, CLEAN), (3, b""),
    ]  # fmt: skip


def test_a_fault_is_switched_on_and_off_while_the_sensor_runs() -> None:
    sensor = faulty(Counter(), [])
    assert emissions(sensor, 2) == [CLEAN] * 2
    sensor.switch("silence=1:9", 2.0)
    assert emissions(sensor, 5) == [CLEAN, b"", b""]
    sensor.switch("silence=off")
    assert emissions(sensor, 6) == [CLEAN]


def test_a_simulators_own_fault_is_switched_by_it() -> None:
    counter = Counter()
    sensor = faulty(counter, ["placeholder", "placeholder=off"])
    assert counter.troubles == {"placeholder": 0.0}
    sensor.switch("placeholder=3")
    assert counter.troubles == {"placeholder": 3.0}


@pytest.mark.parametrize(
    ("spec", "says"),
    [
        ("flop=1", "no fault 'flop'; there are: flip, drop, "),
        ("flip=2", r"fault 'flip=2': 2 is not in 0..1"),
        ("flip", "fault 'flip': could not convert"),
        ("flip=nan", "is not in"),
        ("stall=2", "fault 'stall=2': "),
        ("restart=-1", "is not in 0..inf"),
    ],
)
def test_a_fault_that_makes_no_sense_is_refused(spec: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        faulty(Counter(), [spec])
