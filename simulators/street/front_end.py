"""The simulated front-end of one node of a block, in step with all others: the same second is the same for all.

    scene time = UTC - the block's start        a pulse of its receiver = a second of UTC, as GPS names it

Whenever it is switched on, its samples are those of that moment, and its pulses name it.
"""

from simulators._gps import gps_s
from simulators.sensors.pcm import Sensor
from simulators.street.listener import Listener


def front_end(heard: Listener, start_s: int, now_s: float) -> Sensor:
    """The front-end of a node; the scene began at ``start_s``, and it is switched on at ``now_s``, both in UTC.

    It is switched on at a whole sample of its clock, so that samples and pulses tell one time.
    """
    node = heard.node
    return Sensor(
        seed=heard.seed,
        rate_hz=node.rate_hz,
        channels=node.channels,
        drift_ppm=node.drift_ppm,
        gnss_start_s=gps_s(start_s),
        powered_s=round((now_s - start_s) * node.true_rate_hz) / node.true_rate_hz,
        jitter_s=node.jitter_s,
        signal=heard,
        troubles={"ppslate": node.late_s * 1e6} if node.late_s else {},
    )
