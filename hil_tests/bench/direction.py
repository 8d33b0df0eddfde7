"""How well the direction of a sound is told: ``python -m hil_tests.bench.direction [shots lasting arrays peers]``.

    shots     a pistol's blast, in free field and in a street, at several ratios: errors, and how honest sigmas are
    lasting   noise that lasts half a second, the same
    arrays    other arrays than the square: elevation too
    peers     on scenes that pyroomacoustics makes, beside its own SRP-PHAT and MUSIC: errors and times

The street is 15 m wide between façades, order-6 image sources, the ground too; the array stands 3 m from a façade,
5 m up, the source 1.5 m, 15 to 100 m away. The ratio is that of the direct sound's power in 8 ms to the noise's.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dsp.array.direction import Direction, apart_deg, direction
from hil_tests.bench._tables import tell
from simulators.street.propagation import GROUND_KEEPS, SPEED_M_S, WALL_KEEPS
from simulators.street.sources import PISTOL_S, blast

Array = NDArray[np.float64]

SQUARE = np.array([[0.05, 0.05, 0.0], [0.05, -0.05, 0.0], [-0.05, -0.05, 0.0], [-0.05, 0.05, 0.0]])
ARRAYS = {
    "square 10 cm": SQUARE,
    "square 1 m": SQUARE * 10,
    "triangle 10 cm": np.array([[0.0, 0.06, 0.0], [0.052, -0.03, 0.0], [-0.052, -0.03, 0.0]]),
    "tetrahedron 10 cm": np.array([[0.0, 0.06, 0.0], [0.052, -0.03, 0.0], [-0.052, -0.03, 0.0], [0.0, 0.0, 0.08]]),
}
RATES_HZ = (16_000, 48_000)
STREET = (False, True)
SNR_DB = (20, 10, 0)
EACH = 200
POLE = np.array([0.0, 3.0, 5.0])
WIDTH_M = 15.0
WALL_M = 12.0
LENGTH_M = 240.0
SOURCE_M = 1.5
ORDER = 6
SECONDS = 0.5
ONSET_S = 0.2
KNOWN_S = 0.003  # how well a detector tells the onset
DIRECT_S = 0.008
PEER_ANGLES = 360  # of their grids: a degree each
PEER_EACH = 30


@dataclass(frozen=True, slots=True)
class Scene:
    """A place, a sound, and how loud it is."""

    rate_hz: int
    snr_db: float
    is_street: bool
    lasts: bool = False
    places: Array = field(default_factory=lambda: SQUARE)

    @property
    def count(self) -> int:
        return round(SECONDS * self.rate_hz)

    @property
    def words(self) -> str:
        return f"{'street' if self.is_street else 'free field':10} {self.rate_hz // 1000} kHz {self.snr_db:>3} dB"

    def source(self, rng: np.random.Generator) -> Array:
        away_m = rng.uniform(15, 100)
        if self.is_street:
            return np.array([rng.choice((-1, 1)) * away_m, rng.uniform(1, WIDTH_M - 1), SOURCE_M])
        azimuth = rng.uniform(0, 2 * np.pi)
        return np.array([away_m * np.sin(azimuth), POLE[1] + away_m * np.cos(azimuth), SOURCE_M])

    def samples(self, source: Array, rng: np.random.Generator) -> Array:
        """What the array hears."""
        spectrum = self.sound(rng)
        images = list(_images(source)) if self.is_street else [(source, 1.0)]
        heard, direct = (self._arrived(spectrum, some) for some in (images, images[:1]))
        return heard + self.noise(direct, rng)

    def noise(self, direct: Array, rng: np.random.Generator) -> Array:
        first = round(ONSET_S * self.rate_hz)
        counted = direct if self.lasts else direct[:, first : first + round(DIRECT_S * self.rate_hz)]
        rms = np.sqrt(np.mean(counted**2) / 10 ** (self.snr_db / 10))
        return np.asarray(rng.standard_normal(direct.shape) * rms)

    def sound(self, rng: np.random.Generator) -> NDArray[np.complex128]:
        """Its spectrum when it arrives; the blast does so at ``ONSET_S``, between samples."""
        frequency_hz = np.fft.rfftfreq(self.count, 1 / self.rate_hz)
        low_pass = np.cos(np.pi / 2 * np.clip((frequency_hz / self.rate_hz - 0.4) / 0.1, 0, 1)) ** 2
        if self.lasts:  # falls by 6 dB an octave
            white = np.fft.rfft(rng.standard_normal(self.count))
            return np.asarray(white * low_pass * 100 / np.maximum(frequency_hz, 100))
        onset_s = ONSET_S + rng.uniform() / self.rate_hz
        late = np.exp(-2j * np.pi * frequency_hz * onset_s)
        return np.asarray(blast(frequency_hz, 1.0, PISTOL_S) * self.rate_hz * low_pass * late)

    def _arrived(self, spectrum: NDArray[np.complex128], images: list[tuple[Array, float]]) -> Array:
        frequency_hz = np.fft.rfftfreq(self.count, 1 / self.rate_hz)
        first_m = float(np.linalg.norm(images[0][0] - POLE))
        total = np.zeros((len(self.places), frequency_hz.size), np.complex128)
        for image, keeps in images:
            away_m = np.linalg.norm(image - POLE - self.places, axis=1)[:, None]
            total += keeps * first_m / away_m * np.exp(-2j * np.pi * frequency_hz * (away_m - first_m) / SPEED_M_S)
        return np.asarray(np.fft.irfft(spectrum * total, self.count))


def _images(source: Array) -> Iterator[tuple[Array, float]]:
    """The source and its images in façades and ground, and what of its pressure each keeps; itself first."""
    x, y, z = source
    for order in sorted(range(-ORDER, ORDER + 1), key=abs):
        across = order * WIDTH_M + (y if order % 2 == 0 else WIDTH_M - y)
        yield np.array([x, across, z]), WALL_KEEPS ** abs(order)
        yield np.array([x, across, -z]), WALL_KEEPS ** abs(order) * GROUND_KEEPS


@dataclass(frozen=True, slots=True)
class Errors:
    azimuths: Array
    azimuth_sigmas: Array
    elevations: Array
    elevation_sigmas: Array
    none: int
    ungated: int


def errors(scene: Scene, each: int = EACH) -> Errors:
    """Of so many sources in a scene."""
    rng, none, ungated = np.random.default_rng(2026), 0, 0
    rows = []
    for _ in range(each):
        source = scene.source(rng)
        samples = scene.samples(source, rng)
        about = round((ONSET_S + rng.uniform(-KNOWN_S, KNOWN_S)) * scene.rate_hz)
        onset = None if scene.lasts else about
        told = direction(samples, scene.rate_hz, scene.places, onset=onset, speed_m_s=SPEED_M_S)
        if not isinstance(told, Direction):
            none += 1
            continue
        ungated += not told.gated
        true = _angles(source)
        off = (apart_deg(told.azimuth_deg, true[0]), abs(told.elevation_deg - true[1]))
        rows.append((off[0], told.azimuth_sigma_deg, off[1], told.elevation_sigma_deg))
    azimuths, azimuth_sigmas, elevations, elevation_sigmas = np.array(rows).reshape(-1, 4).T
    return Errors(azimuths, azimuth_sigmas, elevations, elevation_sigmas, none, ungated)


def _angles(source: Array) -> tuple[float, float]:
    east, north, up = source - POLE
    return float(np.degrees(np.arctan2(east, north)) % 360), float(np.degrees(np.arctan2(up, np.hypot(east, north))))


def _spread(off: Array, sigmas: Array) -> str:
    if not off.size:
        return f"{'-':>31}"
    half, most = np.quantile(off, (0.5, 0.9))
    return f"{half:8.2f}{most:7.2f}{np.mean(off < sigmas):8.2f}{np.mean(off < 2 * sigmas):8.2f}"


def shot_table() -> Iterator[str]:
    yield f"SHOTS, square of 10 cm, {EACH} each  median    p90  1 sigma  2 sigma  not gated  none"
    yield from (_azimuth_line(Scene(rate, snr, street)) for rate, street, snr in product(RATES_HZ, STREET, SNR_DB))


def lasting_table() -> Iterator[str]:
    yield f"NOISE OF {SECONDS:g} s, square of 10 cm, {EACH} each  median    p90  1 sigma  2 sigma"
    scenes = product(RATES_HZ, STREET, SNR_DB)
    yield from (_azimuth_line(Scene(rate, snr, street, lasts=True)) for rate, street, snr in scenes)


def _azimuth_line(scene: Scene) -> str:
    found = errors(scene)
    ungated = "" if scene.lasts else f"{found.ungated:11}{found.none:6}"
    return f"{scene.words}   {_spread(found.azimuths, found.azimuth_sigmas)}{ungated}"


def array_table() -> Iterator[str]:
    yield f"SHOTS AT 20 dB, {EACH} each: azimuth, then elevation: median, p90, within 1 sigma, within 2"
    for (name, places), rate_hz, is_street in product(ARRAYS.items(), RATES_HZ, STREET):
        scene = Scene(rate_hz, 20, is_street, places=places)
        found = errors(scene)
        azimuth = _spread(found.azimuths, found.azimuth_sigmas)
        yield f"{name:18}{scene.words}{azimuth}{_spread(found.elevations, found.elevation_sigmas)}"


def peer_table() -> Iterator[str]:
    """Ours with the gate, with the whole, and theirs with the whole and with our gate."""
    try:
        import pyroomacoustics as pra
    except ImportError:
        yield "PEERS: pyroomacoustics is not here; install the extra `bench`"
        return
    yield f"SCENES BY PYROOMACOUSTICS {pra.__version__}, 16 kHz, {PEER_EACH} each: median, p90; ms a call"
    for is_street, lasts, snr_db in product(STREET, (False, True), SNR_DB):
        scene = Scene(16_000, snr_db, is_street, lasts)
        yield f"{scene.words} {'noise' if lasts else 'shot'}"
        for name, off, took_ms in _beside(pra, scene):
            yield f"    {name:24}{np.median(off):8.2f}{np.quantile(off, 0.9):8.2f}{took_ms:9.1f}"


Teller = Callable[[Array, int], float]


def _beside(pra: Any, scene: Scene) -> Iterator[tuple[str, Array, float]]:
    rng, tellers = np.random.default_rng(7), _tellers(pra, scene)
    off: dict[str, list[float]] = {name: [] for name in tellers}
    took_s = dict.fromkeys(tellers, 0.0)
    for _ in range(PEER_EACH):
        source = scene.source(rng)
        samples, onset = _by_their_rooms(pra, scene, source, rng)
        for name, teller in tellers.items():
            begun_s = time.perf_counter()
            told = teller(samples, onset)
            took_s[name] += time.perf_counter() - begun_s
            off[name].append(apart_deg(told, _angles(source)[0]))
    for name, some in off.items():
        yield name, np.array(some), 1000 * took_s[name] / len(some)


def _tellers(pra: Any, scene: Scene) -> dict[str, Teller]:
    def ours(samples: Array, onset: int) -> float:
        told = direction(
            samples, scene.rate_hz, scene.places, onset=None if scene.lasts else onset, speed_m_s=pra.constants.get("c")
        )
        return told.azimuth_deg if isinstance(told, Direction) else 90.0

    def theirs(name: str, is_gated: bool) -> Teller:
        size = 64 if is_gated else 512
        grid = np.linspace(-np.pi, np.pi, PEER_ANGLES, endpoint=False)
        finder = pra.doa.algorithms[name](
            scene.places[:, :2].T, scene.rate_hz, size, c=pra.constants.get("c"), num_src=1, azimuth=grid
        )

        def tell(samples: Array, onset: int) -> float:
            heard = samples[:, onset - 128 : onset + 128] if is_gated else samples
            frames = np.array([pra.transform.stft.analysis(line, size, size // 2).T for line in heard])
            finder.locate_sources(frames, freq_range=[300.0, 7000.0])
            return float(90 - np.degrees(finder.azimuth_recon[0])) % 360

        return tell

    whole = {f"{name}, whole": theirs(name, is_gated=False) for name in ("SRP", "MUSIC", "NormMUSIC")}
    gated = {} if scene.lasts else {f"{name}, 16 ms": theirs(name, is_gated=True) for name in ("SRP", "NormMUSIC")}
    return {"ours": ours, **whole, **gated}


def _by_their_rooms(pra: Any, scene: Scene, source: Array, rng: np.random.Generator) -> tuple[Array, int]:
    """Samples, and about when the shot comes; of a street that is a room whose ends and sky keep nothing."""
    shift = np.array([LENGTH_M / 2, 0.0, 0.0])
    sound, heard = np.fft.irfft(scene.sound(rng), scene.count), []
    for is_street in (scene.is_street, False):
        room = _room(pra, scene, is_street)
        room.add_source(source + shift)
        room.add_microphone_array((POLE + scene.places + shift).T)
        room.compute_rir()
        heard.append([np.convolve(sound, to_one[0]) for to_one in room.rir])
    late_s = float(np.linalg.norm(source - POLE)) / pra.constants.get("c")
    first = round(late_s * scene.rate_hz) + pra.constants.get("frac_delay_length") // 2
    lines, direct = (
        np.array([line[first : first + scene.count] for line in some]) for some in _even(heard, first, scene)
    )
    about = round((ONSET_S + rng.uniform(-KNOWN_S, KNOWN_S)) * scene.rate_hz)
    return lines + scene.noise(direct, rng), about


def _even(heard: list[list[Array]], first: int, scene: Scene) -> list[list[Array]]:
    return [[np.pad(line, (0, max(0, first + scene.count - line.size))) for line in some] for some in heard]


def _room(pra: Any, scene: Scene, is_street: bool) -> Any:
    nothing, wall, ground = (pra.Material(1 - keeps**2) for keeps in (0.0, WALL_KEEPS, GROUND_KEEPS))
    if not is_street:
        return pra.AnechoicRoom(3, fs=scene.rate_hz)
    sides = {"east": nothing, "west": nothing, "ceiling": nothing, "north": wall, "south": wall, "floor": ground}
    return pra.ShoeBox([LENGTH_M, WIDTH_M, WALL_M], fs=scene.rate_hz, materials=sides, max_order=ORDER)


TABLES: dict[str, Callable[[], Iterator[str]]] = {
    "shots": shot_table,
    "lasting": lasting_table,
    "arrays": array_table,
    "peers": peer_table,
}


def main() -> None:
    """Prints the tables that are named, or all."""
    tell(TABLES)


if __name__ == "__main__":
    main()
