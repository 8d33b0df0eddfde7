"""How long to wait before trying again: exponential, full jitter, capped.

    wait = chance · min(cap, base · 2^failures)        chance uniform in 0 … 1

Full jitter keeps a city's nodes from coming back all at once after an outage.
"""

import math

MAX_DOUBLINGS = 30  # above any cap in use; unbounded, a night of failures overflows a float


def backoff_s(failures: int, chance: float, *, base_s: float, cap_s: float) -> float:
    """Seconds to wait after so many ``failures`` on end; ``chance`` is drawn by the caller, 0 to 1."""
    return chance * min(cap_s, math.ldexp(base_s, min(failures, MAX_DOUBLINGS)))
