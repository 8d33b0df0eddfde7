"""Examples as another street, distance and microphone would have heard them. On tensors, a batch a call.

example ─┤ air ├─┤ street ├─┐
background ─┤ level ────────(+)─┤ response of a microphone ├─┤ clipping ├─┤ melgram ├─ image

air         ISO 9613-1:1993, equations 3 to 5, at 0 to 400 m and weather drawn anew
street      direct sound, sparse reflections, and noise that fades by 60 dB in 0.2 to 2.5 s (J. Polack, 1993)
blast       (1 - t/T) e^(-t/T) (F. Friedlander, 1946), T 0.2 to 4 ms, with a bullet's N wave before it at times
"""

import math
import random
from dataclasses import dataclass

import torch

from dsp import melgram
from dsp.training.recordings import NAMES
from dsp.trigger import RATE_HZ

BEFORE, AFTER = 5_500, 6_100  # samples drawn around an onset: the image, wherever the jitter puts it
LENGTH = BEFORE + AFTER
FOURIER = 16_384  # LENGTH and a street's response of 0.4 s
RESPONSE = FOURIER - LENGTH
JITTER = 100  # samples: the trigger is as exact as that
PEAK = 96  # samples: 8 ms, over which a peak is taken
GUNSHOT, FIREWORKS = NAMES.index("gunshot"), NAMES.index("fireworks")
HELD = 256  # airs, streets, microphones and blasts that are drawn from
RENEWED = 32  # of them are new every RENEW_EVERY batches
RENEW_EVERY = 8


@dataclass(frozen=True, slots=True)
class Odds:
    """How often and how strongly examples are changed."""

    air: float = 0.6
    air_m: float = 400.0
    street: float = 0.7
    facade: float = 0.5
    background: float = 0.65
    snr_db: tuple[float, float] = (-2.0, 32.0)
    response_db: float = 5.0
    low_pass: float = 0.35
    clipped: float = 0.25
    synthetic: float = 0.3
    burst: float = 0.08
    playback: float = 0.06


class Augment:
    """Draws with its own generator on one device; the same seed gives the same batches there.

    Airs, streets, microphones and blasts are costly: some hundred of each are held, and renewed little by little.
    """

    def __init__(self, device: torch.device, seed: int, odds: Odds) -> None:
        self.device = device
        self.random = torch.Generator(device=device)
        self.random.manual_seed(seed)
        self._here = random.Random(seed)
        self._odds = odds
        self._hz = torch.fft.rfftfreq(FOURIER, 1 / RATE_HZ, device=device)
        self._mels = torch.from_numpy(melgram.mel_matrix()).to(device)
        self._window = torch.from_numpy(melgram.window()).to(device)
        self._makers = (self.air, self.street, self.microphone, self.loudspeaker, self.blasts, self.fireworks)
        self._held: list[torch.Tensor] = []
        self._batches = 0

    def _renew(self) -> None:
        if not self._held:
            self._held = [make(HELD) for make in self._makers]
        elif self._batches % RENEW_EVERY == 0:
            first = self._batches // RENEW_EVERY * RENEWED % HELD
            for held, make in zip(self._held, self._makers, strict=True):
                held[first : first + RENEWED] = make(RENEWED)
        self._batches += 1

    def _drawn(self, which: int, n: int) -> torch.Tensor:
        """So many of what maker ``which`` made."""
        chosen = torch.randint(0, HELD, (n,), device=self.device, generator=self.random)
        return self._held[which][chosen]

    def uniform(self, *shape: int, low: float = 0.0, high: float = 1.0) -> torch.Tensor:
        """Evenly drawn numbers."""
        return torch.rand(*shape, device=self.device, generator=self.random) * (high - low) + low

    def normal(self, *shape: int) -> torch.Tensor:
        """Gaussian numbers."""
        return torch.randn(*shape, device=self.device, generator=self.random)

    def chance(self, count: int, odds: float) -> torch.Tensor:
        """True as often as ``odds`` says, shape (count, 1)."""
        return self.uniform(count, 1) < odds

    def changed(
        self, sound: torch.Tensor, background: torch.Tensor, kind: torch.Tensor, keep_db: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Sounds (n, LENGTH) of ``kind`` (n,) as others would hear them, and which shots are now playback."""
        shot, firework = kind == GUNSHOT, kind == FIREWORKS
        self._renew()
        n, odds = len(sound), self._odds
        sound = sound / (_peak(sound) + 1e-9)
        synthetic = self.chance(n, odds.synthetic) & (shot | firework)[:, None]
        sound = torch.where(synthetic, torch.where(shot[:, None], self._drawn(4, n), self._drawn(5, n)), sound)
        sound = torch.where(self.chance(n, odds.burst) & shot[:, None], self._burst(sound), sound)
        spectrum = torch.fft.rfft(sound, FOURIER)
        spectrum = torch.where(self.chance(n, odds.air) | synthetic, spectrum * self._drawn(0, n), spectrum)
        spectrum = torch.where(self.chance(n, odds.street) | synthetic, spectrum * self._drawn(1, n), spectrum)
        playback = self.chance(n, odds.playback) & shot[:, None]
        spectrum = torch.where(playback, spectrum * self._drawn(3, n), spectrum)
        sound = torch.fft.irfft(spectrum, FOURIER)[:, :LENGTH]
        sound = sound / (_peak(sound) + 1e-9)
        mixed = sound + background * self._gain(n, synthetic, keep_db) / (background.std(dim=1, keepdim=True) + 1e-9)
        heard = torch.fft.irfft(torch.fft.rfft(mixed, FOURIER) * self._drawn(2, n), FOURIER)[:, :LENGTH]
        return self._clipped(heard), playback[:, 0]

    def _gain(self, n: int, synthetic: torch.Tensor, keep_db: torch.Tensor) -> torch.Tensor:
        """Of backgrounds of RMS 1 beside sounds whose peak has RMS 1; weak shots get little of them."""
        low, high = self._odds.snr_db
        snr_db = self.uniform(n, 1, low=low, high=high)
        mixed = self.chance(n, self._odds.background) | synthetic
        snr_db = torch.where(keep_db[:, None] < 14.0, snr_db.clamp(min=10.0), snr_db)
        return torch.where(mixed, 10 ** (-snr_db / 20), torch.full_like(snr_db, 1e-4))

    def air(self, n: int) -> torch.Tensor:
        """What air takes over 0 to ``air_m`` at -10 to 35 °C and 20 to 95 % of humidity."""
        celsius, humidity = self.uniform(n, 1, low=-10, high=35), self.uniform(n, 1, low=20, high=95)
        distance_m = self.uniform(n, 1, high=self._odds.air_m)
        return 10 ** (-_absorption_db_m(self._hz, celsius, humidity) * distance_m / 20)

    def street(self, n: int) -> torch.Tensor:
        """Spectra of streets' responses."""
        time_s = torch.arange(RESPONSE, device=self.device) / RATE_HZ
        response = torch.zeros(n, RESPONSE, device=self.device)
        reflections = 12
        density_s = torch.exp(self.uniform(n, 1, low=math.log(0.01), high=math.log(0.15)))
        late_s = -torch.log(self.uniform(n, reflections) + 1e-6) * density_s + 0.001
        gain = self.normal(n, reflections) * 0.5 * torch.exp(-late_s / (2 * density_s)) * self.uniform(n, 1)
        response.scatter_add_(1, (late_s * RATE_HZ).long().clamp(1, RESPONSE - 1), gain)
        facade_s = torch.exp(self.uniform(n, 1, low=math.log(0.01), high=math.log(0.39)))
        facade = self.uniform(n, 1, low=0.3, high=1.2) * self.chance(n, self._odds.facade)
        response.scatter_add_(1, (facade_s * RATE_HZ).long(), facade)
        fade_s = torch.exp(self.uniform(n, 1, low=math.log(0.2), high=math.log(2.5)))
        tail = self.normal(n, RESPONSE) * 10 ** (-3 * time_s / fade_s) * (time_s > 0.01)
        share_db = self.uniform(n, 1, low=-22, high=3)
        tail = tail / (tail.square().sum(dim=1, keepdim=True).sqrt() + 1e-9) * 10 ** (share_db / 20)
        dull_hz = torch.exp(self.uniform(n, 1, low=math.log(600), high=math.log(5000)))
        dull = 1 / (1 + (self._hz / dull_hz) ** 2)
        return 1 + torch.fft.rfft(response, FOURIER) + torch.fft.rfft(tail, FOURIER) * dull

    def microphone(self, n: int) -> torch.Tensor:
        """Responses: a smooth curve, a corner below, for some a corner above (8 kHz of rate pass 3.4 kHz or so)."""
        points = 9
        knots_db = self.normal(n, points) * self._odds.response_db * self.uniform(n, 1)
        place = (torch.log2(self._hz.clamp(min=60) / 60) / math.log2(6000 / 60) * (points - 1)).clamp(0, points - 1.001)
        left = place.long()
        part = place - left
        curve_db = knots_db[:, left] * (1 - part) + knots_db[:, (left + 1).clamp(max=points - 1)] * part
        low_hz = torch.exp(self.uniform(n, 1, low=math.log(20), high=math.log(220)))
        below = 1 / torch.sqrt(1 + (low_hz / self._hz.clamp(min=1)) ** 2)
        high_hz = torch.where(self.chance(n, self._odds.low_pass), self.uniform(n, 1, low=3000, high=5500), 9000.0)
        above = 1 / torch.sqrt(1 + (self._hz / high_hz) ** 16)
        return 10 ** (curve_db / 20) * below * above

    def loudspeaker(self, n: int) -> torch.Tensor:
        """A small one: 24 dB an octave below 400 to 1000 Hz, and a resonance there."""
        corner_hz = torch.exp(self.uniform(n, 1, low=math.log(400), high=math.log(1000)))
        share = self._hz / corner_hz
        return share**4 / torch.sqrt((1 - share**4) ** 2 + share**4 * 2)

    def _clipped(self, heard: torch.Tensor) -> torch.Tensor:
        peak = heard.abs().amax(dim=1, keepdim=True)
        level = torch.exp(self.uniform(len(heard), 1, low=math.log(0.08), high=0.0)) * peak
        level = torch.where(self.chance(len(heard), self._odds.clipped), level, peak)
        return heard.clamp(-level, level)

    def blasts(self, n: int) -> torch.Tensor:
        """Muzzle blasts of small arms, some with a bullet's shock wave ahead."""
        hz, turn = self._line_hz()
        both = self._blast(n, 0.15e-3, 1e-3)
        ahead_s = torch.where(self.chance(n, 0.3), self.uniform(n, 1, low=0.003, high=0.08), 0.0)
        shock = _n_wave(hz, self.uniform(n, 1, low=0.1e-3, high=0.25e-3)) * self.uniform(n, 1, low=1e-4, high=1e-3)
        both = both + shock * (ahead_s > 0) * torch.exp(turn * ahead_s)
        return self._at_onset(both)

    def fireworks(self, n: int) -> torch.Tensor:
        """Shells of fireworks, some with a rocket's whistle before, most with the crackle of stars behind."""
        bang = self._at_onset(self._blast(n, 0.8e-3, 8e-3))
        bang = bang / bang.abs().amax(dim=1, keepdim=True)
        time_s = (torch.arange(LENGTH, device=self.device) - BEFORE) / RATE_HZ
        pitch_hz = self.uniform(n, 1, low=1500, high=4500) + self.uniform(n, 1, low=-2000, high=3000) * time_s
        whistle = torch.sin(2 * math.pi * pitch_hz * time_s) * (time_s < 0) * self.chance(n, 0.4)
        bang = bang + whistle * torch.exp(self.uniform(n, 1, low=math.log(0.003), high=math.log(0.15)))
        crackles = ~self.chance(n, 0.15)
        sparks = (self.uniform(n, LENGTH) < self.uniform(n, 1, high=0.02)) & (time_s > self.uniform(n, 1, high=0.3))
        height = sparks * self.uniform(n, LENGTH) * self.uniform(n, 1, low=0.02, high=0.5) * crackles
        _, turn = self._line_hz()
        crack = turn * 0.1e-3 / (1 + turn * 0.1e-3) ** 2 * 4
        return bang + torch.fft.irfft(torch.fft.rfft(height) * crack, LENGTH)

    def _line_hz(self) -> tuple[torch.Tensor, torch.Tensor]:
        hz = torch.fft.rfftfreq(LENGTH, 1 / RATE_HZ, device=self.device)
        return hz, 2j * math.pi * hz

    def _blast(self, n: int, least_s: float, most_s: float) -> torch.Tensor:
        """Spectra of blast waves at time zero, with the ground's reflection."""
        _, turn = self._line_hz()
        positive_s = torch.exp(self.uniform(n, 1, low=math.log(least_s), high=math.log(most_s)))
        ground_s = self.uniform(n, 1, low=0.0005, high=0.008)
        ground = 1 + self.uniform(n, 1, low=0.2, high=0.9) * torch.exp(-turn * ground_s)
        return turn * positive_s**2 / (1 + turn * positive_s) ** 2 * ground

    def _at_onset(self, spectrum: torch.Tensor) -> torch.Tensor:
        """The line whose time zero is the onset."""
        hz, turn = self._line_hz()
        passed = (hz > 40) / (1 + (hz / 5300) ** 8)
        return torch.fft.irfft(spectrum * passed * torch.exp(-turn * (BEFORE / RATE_HZ)), LENGTH) * RATE_HZ

    def _burst(self, sound: torch.Tensor) -> torch.Tensor:
        """Automatic fire: the same again, 60 to 160 ms apart, some times."""
        every = self._here.randrange(RATE_HZ * 6 // 100, RATE_HZ * 16 // 100)
        total = sound.clone()
        for turn in range(1, 5):
            total[:, BEFORE - 400 + turn * every :] += sound[:, BEFORE - 400 : LENGTH - turn * every]
        return total

    def images(self, heard: torch.Tensor, shift: torch.Tensor | None = None) -> torch.Tensor:
        """``dsp.melgram`` of a batch (n, LENGTH); each begins ``shift`` samples later."""
        first = BEFORE - melgram.BEFORE
        if shift is None:
            shift = torch.zeros(len(heard), dtype=torch.long, device=self.device)
        index = first + shift[:, None] + torch.arange(melgram.SAMPLES, device=self.device)
        frames = heard.gather(1, index).unfold(1, melgram.WINDOW, melgram.STEP)
        spectrum = torch.fft.rfft(frames * self._window)
        power = (spectrum.real.square() + spectrum.imag.square()) @ self._mels
        level_db = 10 * torch.log10(power + melgram.FLOOR_POWER)
        seen_db = level_db[:, melgram.LEAD_FRAMES :]
        shape = _scaled(seen_db - seen_db.amax(dim=(1, 2), keepdim=True), melgram.SHAPE_DB)
        floor_db = level_db[:, : melgram.FLOOR_FRAMES].mean(dim=1, keepdim=True)
        return torch.stack((shape, _scaled(seen_db - floor_db, melgram.RISE_DB)), dim=1)

    def jitter(self, n: int) -> torch.Tensor:
        """How far the trigger may be off, in samples."""
        return torch.randint(-JITTER, JITTER + 1, (n,), device=self.device, generator=self.random)


def _scaled(level_db: torch.Tensor, range_db: tuple[float, float]) -> torch.Tensor:
    low, high = range_db
    return (level_db.clamp(low, high) - low) / (high - low)


def _peak(sound: torch.Tensor) -> torch.Tensor:
    """RMS of the loudest ``PEAK`` samples soon behind the onset, shape (n, 1)."""
    around = sound[:, BEFORE - PEAK : BEFORE + 20 * PEAK]
    return around.unfold(1, PEAK, PEAK).square().mean(dim=2).amax(dim=1, keepdim=True).sqrt()


def _n_wave(hz: torch.Tensor, half_s: torch.Tensor) -> torch.Tensor:
    """Spectrum of a falling ramp from 1 to -1 that lasts 2 ``half_s``, around time zero; its value at 0 Hz is 0."""
    x = 2 * math.pi * hz * half_s
    safe = x.clamp(min=1e-3)
    return 2j * (torch.cos(safe) / safe - torch.sin(safe) / safe**2) * (x > 1e-3)


def _absorption_db_m(hz: torch.Tensor, celsius: torch.Tensor, humidity: torch.Tensor) -> torch.Tensor:
    """Pure-tone absorption of air at one atmosphere, dB/m, shape (n, frequencies)."""
    kelvin = celsius + 273.15
    relative = kelvin / 293.15
    water = humidity * 10 ** (-6.8346 * (273.16 / kelvin) ** 1.261 + 4.6151)
    oxygen_hz = 24 + 4.04e4 * water * (0.02 + water) / (0.391 + water)
    nitrogen_hz = relative**-0.5 * (9 + 280 * water * torch.exp(-4.170 * (relative ** (-1 / 3) - 1)))
    oxygen = 0.01275 * torch.exp(-2239.1 / kelvin) / (oxygen_hz + hz**2 / oxygen_hz)
    nitrogen = 0.1068 * torch.exp(-3352.0 / kelvin) / (nitrogen_hz + hz**2 / nitrogen_hz)
    return 8.686 * hz**2 * (1.84e-11 * relative**0.5 + relative**-2.5 * (oxygen + nitrogen))
