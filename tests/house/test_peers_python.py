"""The environment of the Python peers: what is said when it cannot be had, and that it is not made twice."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture
def env(project: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.delenv("STATELESS_PEERS_PYTHON", raising=False)
    spec = importlib.util.spec_from_file_location(
        "peers_python_env", project / "benchmarks" / "peers" / "python_env.py"
    )
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_pins_are_exact(env: ModuleType) -> None:
    names = {pin.split("==")[0] for pin in env.requirements() if "==" in pin}
    assert names == {"ethereum-execution", "py-evm"}
    assert all(pin.partition("==")[2] for pin in env.requirements())


def test_no_python(env: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(env, "VERSIONS", ("2.6",))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(env.EnvironmentMissing) as caught:
        env.interpreter(tmp_path)
    assert caught.value.code == "PYTHON_ABSENT"
    assert "STATELESS_PEERS_PYTHON" in caught.value.next_step


@pytest.mark.parametrize("name", ["absent", "false"])
def test_a_named_python_without_them(
    env: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str
) -> None:
    (tmp_path / "false").write_text("#!/bin/sh\necho no such module >&2\nexit 1\n")
    (tmp_path / "false").chmod(0o755)
    monkeypatch.setenv("STATELESS_PEERS_PYTHON", str(tmp_path / name))
    with pytest.raises(env.EnvironmentMissing) as caught:
        env.interpreter(tmp_path)
    assert caught.value.code == "PEERS_PYTHON_UNFIT"


def _python(folder: Path, pip_says: str, code: int) -> Path:
    """A python whose environments have this pip."""
    fake = folder / "fake-python"
    inner = f"#!/bin/sh\n[ \"$2\" = pip ] || exit 0\necho '{pip_says}' >&2\nexit {code}\n"
    (folder / "inner").write_text(inner)
    (folder / "inner").chmod(0o755)
    fake.write_text(f'#!/bin/sh\nmkdir -p "$3/bin"\ncp {folder}/inner "$3/bin/python"\n')
    fake.chmod(0o755)
    return fake


def test_no_index(env: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(env, "find_python", lambda: _python(tmp_path, "no such host", 1))
    with pytest.raises(env.EnvironmentMissing) as caught:
        env.interpreter(tmp_path / "cache")
    assert caught.value.code == "PACKAGES_UNAVAILABLE"
    assert "no such host" in caught.value.message
    assert list((tmp_path / "cache").iterdir()) == []


def test_made_once(env: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(env, "find_python", lambda: _python(tmp_path, "", 0))
    made = env.interpreter(tmp_path / "cache")
    monkeypatch.setattr(env, "find_python", lambda: pytest.fail("made a second time"))
    assert env.interpreter(tmp_path / "cache") == made
    assert made.is_file()
    assert sys.executable != str(made)
