"""How well sources are located: on live fire, under stress, and against the Cramér-Rao bound in a simulated block.

    python -m hil_tests.bench.locate [livefire] [stress] [block] [echoes] [air] [audio]

The live fire (hil_tests.livefire) is taken with every pulse, echoes and noises among them, none chosen by hand. A shot
is located if a source lies within 25 m and 0.15 s of it, one to one; every other source is false.
"""

import sys
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from dsp.detectors.gunshot import Detector
from dsp.locate import Air, Arrival, Place, Source, Street, locate, travel
from hil_tests.livefire import CLOCK_S, POSITIONS, ROOFS, Firing, read_all, recordings

NEAR_M, NEAR_S = 25.0, 0.15
Rng = np.random.Generator
Floats = NDArray[np.float64]
Trial = tuple[Mapping[str, Place], list[Arrival], tuple[float, ...]]


@dataclass(slots=True)
class Count:
    """Shots, those located, sources that are none, distances, and the time each answer took."""

    shots: int = 0
    false: int = 0
    away_m: list[float] = field(default_factory=list)
    took_s: list[float] = field(default_factory=list)

    def add(self, test: Firing, sources: Iterable[Source], shots_s: Iterable[float], took_s: float) -> None:
        """One answer."""
        left = list(shots_s)
        self.shots += len(left)
        self.took_s.append(took_s)
        for source in sources:
            away_m = float(np.hypot(source.x_m - test.surveyed[0], source.y_m - test.surveyed[1]))
            apart_s = [abs(source.time_s - shot_s) for shot_s in left]
            if apart_s and away_m < NEAR_M and min(apart_s) < NEAR_S:
                left.pop(int(np.argmin(apart_s)))
                self.away_m.append(away_m)
            else:
                self.false += 1

    def line(self, name: str) -> str:
        """The row of a table."""
        rms_m = float(np.sqrt(np.mean(np.square(self.away_m)))) if self.away_m else float("nan")
        return f"{name:24}{len(self.away_m):5d} of {self.shots:3d}  false {self.false:3d}  RMS {rms_m:5.2f} m"


def heard(test: Firing, nodes: Mapping[str, Place], arrivals: list[Arrival]) -> tuple[tuple[Source, ...], float]:
    """What is located, and the processor time it took."""
    begun_s = time.process_time()
    answer = locate(nodes, arrivals, air=test.air, street=ROOFS)
    return answer.sources, time.process_time() - begun_s


def livefire() -> None:
    """All shots, by position, beside plain least squares on the vendor's own pulses."""
    counts = {position: Count() for position in POSITIONS}
    vendor: dict[str, list[float]] = {position: [] for position in POSITIONS}
    for test in read_all():
        sources, took_s = heard(test, test.nodes, list(test.arrivals))
        counts[test.position].add(test, sources, test.shots_s, took_s)
        vendor[test.position] += [_least_squares_m(test, chosen) for chosen in test.chosen]
    for position, count in counts.items():
        plain_m = float(np.sqrt(np.mean(np.square(vendor[position]))))
        ours_m = float(np.sqrt(np.mean(np.square(count.away_m))))
        print(f"{count.line(position)}  vendor's pulses, plain 2D {plain_m:5.2f} m  ratio {ours_m / plain_m:.2f}")
    all_s = [took_s for count in counts.values() for took_s in count.took_s]
    print(f"processor time a test: median {1e3 * np.median(all_s):.0f} ms, longest {1e3 * max(all_s):.0f} ms")


def _least_squares_m(test: Firing, chosen: tuple[int, ...]) -> float:
    """Distance from the survey of a 2D fit to the vendor's pulses, at the air's speed of sound."""
    ones = [test.arrivals[number] for number in chosen]
    nodes = np.array([(test.nodes[one.node].x_m, test.nodes[one.node].y_m) for one in ones])
    at_s = np.array([one.time_s for one in ones]) - ones[0].time_s
    state = np.array([*nodes.mean(axis=0), at_s.min() - 1.0])
    for _ in range(30):
        away = state[:2] - nodes
        far = np.linalg.norm(away, axis=1)
        rest = at_s - state[2] - far / test.air.speed_m_s
        design = np.column_stack([away / far[:, None] / test.air.speed_m_s, np.ones(far.size)])
        state = state + np.linalg.lstsq(design, rest, rcond=None)[0]
    return float(np.linalg.norm(state[:2] - test.surveyed[:2]))


def shuffled(rng: Rng, test: Firing) -> Trial:
    """Each sensor's train turned by a time of its own: no source is left."""
    first_s = min(one.time_s for one in test.arrivals)
    span_s = max(one.time_s for one in test.arrivals) - first_s
    turn_s = {node: rng.uniform(0, span_s) for node in test.nodes}
    moved = [replace(one, time_s=first_s + (one.time_s - first_s + turn_s[one.node]) % span_s) for one in test.arrivals]
    return test.nodes, moved, ()


def noisy(rng: Rng, test: Firing, rate_s: float = 1.0) -> Trial:
    """Chance pulses beside the others, so many a second and sensor."""
    first_s = min(one.time_s for one in test.arrivals)
    span_s = max(one.time_s for one in test.arrivals) - first_s
    more = [
        Arrival(node, first_s + rng.uniform(0, span_s), CLOCK_S)
        for node in test.nodes
        for _ in range(rng.poisson(rate_s * span_s))
    ]
    return test.nodes, [*test.arrivals, *more], test.shots_s


def thinned(count: int) -> Callable[[Rng, Firing], Trial]:
    """So many sensors, chosen by chance."""

    def trial(rng: Rng, test: Firing) -> Trial:
        kept = set(rng.permutation(sorted(test.nodes))[:count].tolist())
        nodes = {name: place for name, place in test.nodes.items() if name in kept}
        return nodes, [one for one in test.arrivals if one.node in kept], test.shots_s

    return trial


def joined(rng: Rng, test: Firing, shots_s: tuple[float, ...], speed_m_s: float = 0.0) -> Trial:
    """A second shooter 120 to 400 m away, whose sounds have the path errors of the first's; moving, if so."""
    bearing, away_m = rng.uniform(0, 2 * np.pi), rng.uniform(120, 400)
    place = test.surveyed + away_m * np.array([np.sin(bearing), np.cos(bearing), 0])
    first_s, more = min(test.shots_s), list[Arrival]()
    for node, at in test.nodes.items():
        path_s = rng.normal(0, 0.01)
        for shot_s in shots_s:
            there = place + np.array([speed_m_s * shot_s, 0, 0])
            far_m = float(np.linalg.norm(there - (at.x_m, at.y_m, at.z_m)))
            if rng.uniform() < 0.92 / (1 + np.exp((far_m - 950) / 120)):
                at_s = first_s + shot_s + far_m / test.air.speed_m_s + path_s + rng.normal(0, 1e-3)
                more.append(Arrival(node, at_s, CLOCK_S))
    return test.nodes, [*test.arrivals, *more], test.shots_s


def stress() -> None:
    """No source at all, noise, few sensors; then a second shooter, whose shots are counted apart."""
    tests = list(read_all())
    cases: dict[str, tuple[Callable[[Rng, Firing], Trial], int]] = {
        "trains shuffled": (shuffled, 2),
        "+1 noise/s and sensor": (noisy, 1),
        "10 random sensors": (thinned(10), 1),
        "8 random sensors": (thinned(8), 1),
    }
    for name, (trial, times) in cases.items():
        rng, count = np.random.default_rng(1), Count()
        for test in tests * times:
            nodes, arrivals, shots_s = trial(rng, test)
            count.add(test, heard(test, nodes, arrivals)[0], shots_s, 0.0)
        print(count.line(name))
    for name, shots_s, speed_m_s in (
        ("a second shooter, 3 rounds", (0.2, 0.7, 1.3), 0.0),
        ("automatic fire, 60 ms", tuple(0.3 + 0.06 * k for k in range(6)), 0.0),
        ("a car, 12 m/s, 4 rounds", (0.2, 0.7, 1.3, 1.9), 12.0),
    ):
        _second(name, tests[::4], shots_s, speed_m_s)


def _second(name: str, tests: list[Firing], shots_s: tuple[float, ...], speed_m_s: float) -> None:
    rng, real, others, shots = np.random.default_rng(2), 0, 0, 0
    for test in tests:
        nodes, arrivals, _ = joined(rng, test, shots_s, speed_m_s)
        sources, _ = heard(test, nodes, arrivals)
        near = sum(np.hypot(s.x_m - test.surveyed[0], s.y_m - test.surveyed[1]) < NEAR_M for s in sources)
        real, others, shots = (
            real + min(near, len(test.shots_s)),
            others + len(sources) - near,
            shots + len(test.shots_s),
        )
    print(f"{name:28} real {real} of {shots}; simulated told {others} of {len(shots_s) * len(tests)}")


def block_trial(
    rng: Rng, count: int, sigma_s: float, air: Air, echoes: int = 0
) -> tuple[dict[str, Place], list[Arrival], NDArray[np.float64], NDArray[np.float64]]:
    """Nodes 80 m apart or more in 500 m, a source among them, air and height drawn; and the bound's covariance."""
    street = Street()
    while True:
        plane = rng.uniform(0, 500, (count, 2))
        apart = np.linalg.norm(plane[:, None] - plane, axis=-1) + 1e9 * np.eye(count)
        if apart.min() > 80:
            break
    nodes = np.column_stack([plane, rng.uniform(4, 6, count)])
    source = np.append(rng.uniform(50, 450, 2), 0.0)
    near = np.argsort(np.linalg.norm(plane - source[:2], axis=1))[:6]
    source[2] = np.median(nodes[near, 2]) - street.below_nodes_m + rng.normal(0, street.height_sigma_m)
    speed = air.speed_m_s + rng.normal(0, air.speed_sigma_m_s)
    wind = np.array(air.wind) + rng.normal(0, air.wind_sigma_m_s, 2)
    spread = float(np.hypot(sigma_s, street.path_s))
    at_s = travel.seconds(source[None], nodes, speed, wind) + rng.normal(0, spread, count)
    late = rng.permutation(count)[:echoes]
    at_s[late] += rng.uniform(0.005, 0.15, echoes)
    direct = np.setdiff1d(np.arange(count), late)
    design = np.column_stack([travel.slopes(source[None], nodes, speed, wind), np.ones(count)])[direct]
    prior = [0, 0, street.height_sigma_m**-2, air.speed_sigma_m_s**-2, *[air.wind_sigma_m_s**-2] * 2, 0]
    bound = np.linalg.inv(design.T @ design / spread**2 + np.diag(prior))[:2, :2]
    arrivals = [Arrival(str(k), 1.8e9 + at_s[k], sigma_s) for k in range(count)]
    return {str(k): Place(*map(float, nodes[k])) for k in range(count)}, arrivals, source, np.asarray(bound)


def monte_carlo(count: int, sigma_s: float, air: Air, echoes: int = 0, trials: int = 200) -> Floats:
    """Rows of error in m, bound in m, whether the ellipse holds the source; without those that were refused."""
    rng, rows = np.random.default_rng(1), []
    for _ in range(trials):
        nodes, arrivals, source, bound = block_trial(rng, count, sigma_s, air, echoes)
        answer = locate(nodes, arrivals, air=air, listened_s=60.0)
        if len(answer.sources) == 1:
            found = answer.sources[0]
            off = np.array([found.x_m - source[0], found.y_m - source[1]])
            rows.append((np.hypot(*off), np.sqrt(np.trace(bound)), _inside(found, off)))
    return np.array(rows).reshape(-1, 3)


def _inside(found: Source, off: Floats) -> bool:
    turn = np.radians(found.ellipse.bearing_deg)
    along, across = off @ [np.sin(turn), np.cos(turn)], off @ [np.cos(turn), -np.sin(turn)]
    return bool((along / found.ellipse.semi_major_m) ** 2 + (across / found.ellipse.semi_minor_m) ** 2 < 1)


STATION = Air(temperature_sigma_c=2.0, wind_sigma_m_s=1.0)


def block() -> None:
    """Errors beside the bound, for nodes and clocks; weather known to 10 K and 3 m/s on each axis."""
    print("nodes   sigma   answered   RMS of error/bound   median m   p90 m   in the 95 % ellipse")
    for count in (4, 5, 6, 8):
        for sigma_s in (1e-5, 1e-4, 1e-3):
            rows = monte_carlo(count, sigma_s, Air())
            ratio = np.sqrt(np.mean((rows[:, 0] / rows[:, 1]) ** 2))
            median_m, p90_m = np.quantile(rows[:, 0], [0.5, 0.9])
            row = f"{count:5d}{1e6 * sigma_s:6.0f} us{len(rows):9d}{ratio:15.2f}{median_m:16.2f}{p90_m:8.2f}"
            print(f"{row}{rows[:, 2].mean():14.3f}")


def echoes() -> None:
    """One or two arrivals are echoes, 5 to 150 ms late; weather of a station near by, 2 K and 1 m/s."""
    print("nodes  echoes   answered   p90 m   of that without   the bound's p90   in the ellipse")
    for count in (6, 7, 8):
        plain = np.quantile(monte_carlo(count, 1e-4, STATION)[:, 0], 0.9)
        for late in (1, 2):
            rows = monte_carlo(count, 1e-4, STATION, late)
            p90_m, bound_m = np.quantile(rows[:, 0], 0.9), np.quantile(rows[:, 1], 0.9)
            row = f"{count:5d}{late:7d}{len(rows):10d}{p90_m:9.2f}{p90_m / plain:14.2f}{bound_m:18.2f}"
            print(f"{row}{rows[:, 2].mean():16.3f}")


def air() -> None:
    """Wind of 5 m/s that nobody told: estimated along with the place, and not."""
    for name, known in (("estimated", Air()), ("taken as still", Air(15.0, 0.01, 0.0, 0.0, 0.01))):
        rng, off_m = np.random.default_rng(1), []
        for _ in range(100):
            nodes, arrivals, source, _ = block_trial(rng, 6, 1e-4, Air(15.0, 1e-3, 5.0, rng.uniform(0, 360), 1e-3))
            found = locate(nodes, arrivals, air=known, street=Street(path_s=5e-3) if "still" in name else None)
            off_m += [float(np.hypot(s.x_m - source[0], s.y_m - source[1])) for s in found.sources]
        median_m, p90_m = np.quantile(off_m, [0.5, 0.9])
        print(f"6 nodes, 100 us, 5 m/s of wind, {name:15} median {median_m:.2f} m, p90 {p90_m:.2f} m")


def audio() -> None:
    """From the sound itself, by our gunshot detector, beside every pulse that the vendor's sensors told there.

    Four to six sensors a test were recorded, of some twenty. The shipped networks were fitted to these very recordings:
    this is about times and places, not about what would be found of others.
    """
    for least in (4, 6):
        ours, theirs = Count(), Count()
        for test in read_all():
            nodes, arrivals = _found(test)
            if len(nodes) >= least:
                told = [one for one in test.arrivals if one.node in nodes]
                ours.add(test, heard(test, nodes, arrivals)[0], test.shots_s, 0.0)
                theirs.add(test, heard(test, nodes, told)[0], test.shots_s, 0.0)
        print(ours.line(f"{least}+ recorded, ours"))
        print(theirs.line(f"{least}+ recorded, theirs"))


def _found(test: Firing) -> tuple[dict[str, Place], list[Arrival]]:
    """Sensors with a recording, and the onsets that our detector finds in it."""
    import soundfile

    nodes, arrivals = dict[str, Place](), list[Arrival]()
    for node, place, begun_s, path in recordings(test):
        samples, rate_hz = soundfile.read(path, dtype="float32")
        nodes[node] = place
        detector = Detector(rate_hz, threshold=0.1)
        found = [*detector.feed(np.asarray(samples, np.float32)), *detector.close()]
        arrivals += [Arrival(node, begun_s + one.start / rate_hz, CLOCK_S) for one in found]
    return nodes, arrivals


PARTS = {"livefire": livefire, "stress": stress, "block": block, "echoes": echoes, "air": air, "audio": audio}


def main() -> None:
    """The parts that are named, or all."""
    for name in sys.argv[1:] or PARTS:
        print(f"{name.upper()}: {PARTS[name].__doc__}")
        PARTS[name]()


if __name__ == "__main__":
    main()
