"""A process that says when it is ready, waits for a line, asks in so many threads at once what to show to a server, and
prints what each was told."""

from __future__ import annotations

import sys
import threading
from concurrent.futures import ThreadPoolExecutor

from halo import create_worker
from halo.ground.settings import Settings
from halo.servers import credentials


def main(server_id: str, workspace_id: str, threads: int) -> None:
    app, together = create_worker(Settings.from_environment()), threading.Barrier(threads)

    def ask() -> str:
        with app.app_context():
            together.wait()
            shown = credentials.authorization(server_id, workspace_id, 1)
            return shown.value if shown else ""

    print("ready", flush=True)
    sys.stdin.readline()
    with ThreadPoolExecutor(threads) as pool:
        asked = [pool.submit(ask) for _ in range(threads)]
        print("\n".join(each.result() for each in asked))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
