"""The sample clock of an acoustic front-end against UTC: when a sample was taken, and how well that is known.

    second s fell on sample k + f ──▶ gate ──▶ Kalman filter ──┐
                                       └ three that agree: anew ├─▶ the better one ──▶ slewed curve ──▶ UTC of a sample
    sample k had come by UTC t ─────▶ gate ──▶ Kalman filter ──┘

Pure arithmetic: no clock is read here. UTC is whole nanoseconds since 1970 (POSIX), which a float rounds to 256 ns.
"""
