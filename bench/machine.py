"""On which machine, with which versions, and how busy was it? And what does a call cost there?"""

from __future__ import annotations

import json
import os
import platform
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

PACKAGES = ("duckdb", "numpy", "pyarrow", "scipy", "scikit-learn", "fairlearn", "evidently", "aequitas", "pandas")


def facts() -> dict[str, Any]:
    """Processor, cores, memory, versions, and the load of the last minute."""
    cpu = next((x.split(":")[1].strip() for x in _lines("/proc/cpuinfo") if x.startswith("model name")), "unknown")
    memory = next((int(x.split()[1]) for x in _lines("/proc/meminfo") if x.startswith("MemTotal")), 0)
    return {
        "processor": cpu,
        "cores": os.cpu_count(),
        "memory_gb": round(memory / 2**20),
        "python": platform.python_version(),
        "load": os.getloadavg()[0],
        **{name: version(name) for name in PACKAGES},
    }


def _lines(path: str) -> list[str]:
    return Path(path).read_text().splitlines() if Path(path).exists() else []


def cost(call: Callable[[], object]) -> dict[str, float]:
    """Seconds on the wall and of processor time, and the process's peak memory until now, in MB."""
    before, start = _cpu(), time.perf_counter()
    call()
    wall = time.perf_counter() - start
    return {"wall": wall, "cpu": _cpu() - before, "rss": peak()}


def peak() -> float:
    """This process's peak memory until now, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def medians(call: Callable[[], object], times: int = 5) -> dict[str, float]:
    """The median seconds of some calls, on the wall and of processor time."""
    made = [cost(call) for _ in range(times)]
    return {clock: median(each[clock] for each in made) for clock in ("wall", "cpu")}


def age() -> float:
    """Seconds since this process was made, so with its imports; to a hundredth. Linux only."""
    # Field 22 of proc_pid_stat(5), counted from behind the command's name, which may hold spaces.
    begun = int(Path("/proc/self/stat").read_text().rpartition(")")[2].split()[19]) / os.sysconf("SC_CLK_TCK")
    return time.clock_gettime(time.CLOCK_BOOTTIME) - begun


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def alone(module: str, *arguments: str) -> dict[str, Any]:
    """What `python -m module` prints as its last line, as JSON, with the whole process's wall time and peak memory."""
    start = time.perf_counter()
    # The peak of all children only grows, so each is asked for its own.
    done = subprocess.run([sys.executable, "-m", module, *arguments], capture_output=True, text=True, check=True)
    told: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return {**told, "process": time.perf_counter() - start}
