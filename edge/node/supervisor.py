"""Where threads live. A job that dies is started again, for ever, and never faster than a named minimum.

The supervisor never waits on what it supervises, but for a bounded time at the end. It holds the only
``except Exception`` of the code: everything else catches what it can name.
"""

import logging
import random
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from drivers._backoff import backoff_s
from drivers._stop import Stop

log = logging.getLogger(__name__)

RESTART_MIN_S = 1.0  # no job is started twice within this
RESTART_SPREAD_S = 1.0  # plus a chance wait that grows from here
RESTART_CAP_S = 30.0
STEADY_S = 60.0  # a job that lived this long begins its backoff anew


@dataclass(frozen=True, slots=True)
class Job:
    """A thread's body and its name; ``run`` returns when its stop is set, and raises when something is broken."""

    name: str
    run: Callable[[Stop], None]


@dataclass(frozen=True, slots=True)
class JobState:
    """How a job fares: its restarts, and the error that caused the last."""

    restarts: int = 0
    last_error: str = ""


class Supervisor:
    """Runs jobs that stop together."""

    def __init__(self, jobs: Iterable[Job], *, restart_min_s: float = RESTART_MIN_S) -> None:
        self._jobs = tuple(jobs)
        self._restart_min_s = restart_min_s
        self._stop = Stop.open()
        self._threads: list[threading.Thread] = []
        self._states = {job.name: JobState() for job in self._jobs}

    def start(self) -> None:
        """One thread a job."""
        for job in self._jobs:
            thread = threading.Thread(target=self._keep, args=(job,), name=job.name, daemon=True)
            self._threads.append(thread)
            thread.start()

    def states(self) -> dict[str, JobState]:
        """A snapshot of all jobs."""
        return dict(self._states)

    def stop(self, timeout_s: float) -> list[str]:
        """Stops all jobs, and waits at most ``timeout_s``. Returns the names of those that still run then."""
        self._stop.set()
        deadline_s = time.monotonic() + timeout_s
        for thread in self._threads:
            thread.join(max(0.0, deadline_s - time.monotonic()))
        late = [thread.name for thread in self._threads if thread.is_alive()]
        if not late:
            self._stop.close()
        return late

    def _keep(self, job: Job) -> None:
        failures = 0
        while not self._stop.is_set():
            begun_s = time.monotonic()
            self._once(job)
            failures = 0 if time.monotonic() - begun_s > STEADY_S else failures + 1
            chance_s = backoff_s(failures, random.random(), base_s=RESTART_SPREAD_S, cap_s=RESTART_CAP_S)
            self._stop.wait(self._restart_min_s + (chance_s if failures > 1 else 0))

    def _once(self, job: Job) -> None:
        try:
            job.run(self._stop)
            error = "ended by itself"
        except Exception as broken:  # the one place: whatever broke, the job goes on
            log.exception("%s broke", job.name, exc_info=broken)
            error = f"{type(broken).__name__}: {broken}"
        if not self._stop.is_set():
            before = self._states[job.name]
            self._states[job.name] = JobState(before.restarts + 1, error)
            log.warning("%s is started again (%d): %s", job.name, before.restarts + 1, error)
