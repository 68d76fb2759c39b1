"""Bring .venv to what a lock file pins: `bootstrap.py run` (to serve) or `bootstrap.py dev` (to test and lint too).

Runs on the system's Python before anything is installed, so it uses the standard library only. A stamp file in the
virtual environment remembers which lock it holds: a second run with the same lock does nothing.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

NEEDED = (3, 11)
ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
LOCKS = {"run": ["requirements.txt"], "dev": ["requirements-dev.txt", "requirements-parts.txt"]}


def main(purpose):
    if sys.version_info < NEEDED:
        use_newer_python()
    wanted = {name: digest(name) for name in LOCKS[purpose]}
    held = read_stamp()
    missing = [name for name in wanted if held.get(name) != wanted[name]]
    if not missing:
        return
    python = make_environment()
    name_commands()
    for name in missing:
        if install(python, name, optional=name == "requirements-parts.txt"):
            held[name] = wanted[name]
    if purpose == "dev":
        held["requirements.txt"] = digest("requirements.txt")
    write_stamp(held)


def use_newer_python():
    for minor in range(19, NEEDED[1] - 1, -1):
        newer = shutil.which(f"python3.{minor}")
        if newer:
            os.execv(newer, [newer, *sys.argv])
    found = ".".join(map(str, sys.version_info[:3]))
    sys.exit(f"halo: needs Python 3.11 or newer; `{sys.executable}` is {found}. Try: make PYTHON=/path/to/python3.11")


def digest(name):
    return hashlib.sha256((ROOT / name).read_bytes()).hexdigest()


def read_stamp():
    """What the environment holds, lock file by lock file; empty when its Python is gone."""
    stamp = VENV / "halo-locks"
    if not stamp.exists() or not interpreter().exists():
        return {}
    return dict(line.split() for line in stamp.read_text().splitlines())


def write_stamp(held):
    (VENV / "halo-locks").write_text("".join(f"{name} {value}\n" for name, value in sorted(held.items())))


def interpreter():
    return VENV / "bin" / "python"


def make_environment():
    if interpreter().exists():
        return interpreter()
    print("halo: creating .venv", file=sys.stderr, flush=True)
    made = subprocess.run([sys.executable, "-m", "venv", "--clear", str(VENV)], check=False)
    if made.returncode:
        sys.exit("halo: Python's venv module does not work here. On Debian and Ubuntu: apt-get install python3-venv")
    return interpreter()


def name_commands():
    """Make `flask routes` ours: Flask prefers the environment's entry points to commands of the app."""
    (packages,) = (VENV / "lib").glob("python3*/site-packages")
    about = packages / "halo-0.dist-info"
    about.mkdir(exist_ok=True)
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: halo\nVersion: 0\n")
    (about / "entry_points.txt").write_text("[flask.commands]\nroutes = halo.cli:routes\n")
    (packages / "halo.pth").write_text(f"{ROOT}\n")


def install(python, lock, optional):
    """Whether pip could; a lock that may fail is tried again next time, for the failure may have been the network's."""
    print(f"halo: installing {lock} (once)", file=sys.stderr, flush=True)
    command = [str(python), "-m", "pip", "install", "-qq", "--require-hashes", "--only-binary=:all:"]
    done = subprocess.run([*command, "-r", str(ROOT / lock)], check=False)
    if done.returncode and not optional:
        sys.exit(f"halo: pip could not install {lock}; its message stands above")
    return not done.returncode


if __name__ == "__main__":
    main(sys.argv[1])
