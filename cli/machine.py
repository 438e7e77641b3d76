"""What this program runs on: machine, Python, libraries, and which of their fast paths are in use."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
from importlib import import_module
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as installed
from pathlib import Path
from typing import Any, Final

from verkle.table_modes import VARIABLE, chosen_mode, memory_limit

# Distribution → the module whose file tells whether it is compiled.
LIBRARIES: Final = {
    "py_arkworks_bls12381": "py_arkworks_bls12381",
    "safe-pysha3": "_pysha3",
    "pycryptodome": "Crypto.Hash.keccak",
    "blake3": "blake3",
    "cbor2": "cbor2",
    "coincurve": "coincurve._libsecp256k1",
    "cryptography": "cryptography.hazmat.bindings._rust",
    "typer": "typer",
    "rich": "rich",
}
STORE_LIBRARY: Final = "lmdb"
# Each of these computes for others; without its compiled part everything is correct and slow.
COMPILED: Final = ("py_arkworks_bls12381", "safe-pysha3", "blake3", "cbor2")


def machine() -> dict[str, Any]:
    """The machine: names and numbers, ``None`` where the system does not say. Memory in bytes, frequency
    in MHz, temperature in degrees Celsius."""
    return {
        "system": f"{platform.system()} {platform.release()}",
        "architecture": platform.machine(),
        "bits": 64 if sys.maxsize > 2**32 else 32,
        "cpu": _cpu(),
        "cores": os.cpu_count(),
        "cores_usable": _usable_cores(),
        "frequency_mhz": _number("/sys/devices/system/cpu/cpu0/cpufreq/scaling_cur_freq", 1000),
        "temperature_c": _number("/sys/class/thermal/thermal_zone0/temp", 1000),
        "memory_bytes": _memory(),
        "memory_available_bytes": _meminfo("MemAvailable"),
        "memory_limit_bytes": memory_limit(),
        "swap_used_bytes": _swap_used(),
        "emulated": emulated(),
    }


def emulated() -> bool:
    """Whether a processor of another kind imitates this one: an ARM system that finds an x86 processor."""
    arm = platform.machine().startswith(("arm", "aarch64"))
    return arm and any(line.startswith("vendor_id") for line in _lines("/proc/cpuinfo"))


def governor() -> str | None:
    """Who chooses the processor's frequency (``ondemand``, ``performance``)."""
    return next(iter(_lines("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor")), None)


def load() -> float | None:
    """Processes that wanted a core in the last minute, on average."""
    try:
        return round(os.getloadavg()[0], 2)
    except (AttributeError, OSError):  # Windows
        return None


def throttling() -> int | None:
    """The firmware's word on a Raspberry Pi. Bits 0 to 3: under-voltage, frequency capped, throttled, warm,
    now; 16 to 19: the same, since the start.

    Source: Raspberry Pi documentation, ``vcgencmd get_throttled``.
    """
    said = next(iter(_lines("/sys/devices/platform/soc/soc:firmware/get_throttled")), "")
    program = None if said else shutil.which("vcgencmd")
    if program is not None:
        done = subprocess.run(  # noqa: S603 (a program of the system)
            [program, "get_throttled"], capture_output=True, text=True, check=False, timeout=10
        )
        said = done.stdout.partition("=")[2]
    try:
        return int(said.strip(), 16)
    except ValueError:
        return None


def python() -> dict[str, Any]:
    """The interpreter."""
    return {
        "version": platform.python_version(),
        "implementation": platform.python_implementation(),
        "compiler": platform.python_compiler(),
        "free_threaded": not getattr(sys, "_is_gil_enabled", lambda: True)(),
    }


def libraries() -> dict[str, str | None]:
    """Version of each library, ``None`` where it is not installed."""
    return {name: _version(name) for name in LIBRARIES}


def store_library() -> dict[str, str | None]:
    """Version of the library of stored trees, which ``state`` and ``prove`` need and ``verify`` does not."""
    return {STORE_LIBRARY: _version(STORE_LIBRARY)}


def compiled() -> dict[str, bool]:
    """For each installed library that computes: is its compiled part in use?"""
    return {name: _is_compiled(LIBRARIES[name]) for name in COMPILED if _version(name) is not None}


def tables() -> dict[str, Any]:
    """The mode of the tables of fixed generators, and whether somebody named it."""
    return {"mode": chosen_mode(), "named": bool(os.environ.get(VARIABLE))}


def backends() -> dict[str, str]:
    """Which code does the arithmetic and the hashing."""
    from verkle.field import Fp
    from witness.keccak import KECCAK_BACKEND

    # The compiled class does not know its module: find the library that has it.
    home = next((name for name in LIBRARIES if getattr(sys.modules.get(name), "Scalar", None) is Fp), "?")
    return {"arithmetic": f"{home}.Scalar", "keccak": KECCAK_BACKEND}


def summary() -> str:
    """The machine in one line, for tables and reports of measurements."""
    said = machine()
    cpu = said["cpu"] or said["architecture"]
    return f"{cpu}, {said['cores_usable']} cores, {said['architecture']}, Python {platform.python_version()}"


def _version(name: str) -> str | None:
    try:
        return installed(name)
    except PackageNotFoundError:
        return None


def _is_compiled(module: str) -> bool:
    """Whether the module, or the part of it that computes, comes from a shared library."""
    try:
        found = import_module(module)
    except ImportError:
        return False
    candidates = [found, *(sys.modules.get(f"{module}.{part}") for part in (module, "_blake3"))]
    if module == "cbor2":  # its compiled part has had two names
        candidates += [sys.modules.get(name) for name in ("_cbor2", "cbor2._cbor2")]
    return any(_is_shared_library(getattr(part, "__file__", None)) for part in candidates)


def _is_shared_library(file: str | None) -> bool:
    return file is not None and file.endswith((".so", ".pyd", ".dylib"))


def _cpu() -> str | None:
    """The processor's name. ARM kernels leave it out of cpuinfo; a Raspberry Pi's model says more anyway."""
    try:
        model = Path("/proc/device-tree/model").read_text(encoding="utf-8").strip("\0 \n")
    except (OSError, UnicodeDecodeError):
        model = ""
    if model:
        return model
    for line in _lines("/proc/cpuinfo"):
        name, _, value = line.partition(":")
        if name.strip() in {"model name", "Hardware"}:
            return value.strip()
    return platform.processor() or None


def _usable_cores() -> int | None:
    affinity = getattr(os, "sched_getaffinity", None)  # not on macOS and Windows
    return len(affinity(0)) if affinity is not None else os.cpu_count()


def _memory() -> int | None:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return None


def _meminfo(field: str) -> int | None:
    for line in _lines("/proc/meminfo"):
        if line.startswith(field + ":"):
            return 1024 * int(line.split()[1])
    return None


def _swap_used() -> int | None:
    total, free = _meminfo("SwapTotal"), _meminfo("SwapFree")
    return None if total is None or free is None else total - free


def _number(path: str, divisor: int) -> float | None:
    for line in _lines(path):
        try:
            return round(int(line) / divisor, 1)
        except ValueError:
            return None
    return None


def _lines(path: str) -> list[str]:
    try:
        return Path(path).read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []
