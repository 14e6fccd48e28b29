"""Runs a PostgreSQL server on this machine, with the databases that the script of the overlay `single` creates."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import time

from cluster import ROOT

READY_SECONDS = 60


def free_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


def until(is_ready):
    """Waits until `is_ready` returns true; an OSError, such as a refused connection, means not yet."""
    end = time.monotonic() + READY_SECONDS
    while True:
        with contextlib.suppress(OSError):
            if is_ready():
                return
        if time.monotonic() > end:
            raise TimeoutError
        time.sleep(0.1)


@contextlib.contextmanager
def server(folder, port, options=()):
    """Runs while its context lasts; gives the server's process id. Each service's password is its name."""
    found = subprocess.run([ROOT / "scripts/find.sh", "postgres"], capture_output=True, text=True, check=True)
    programs = found.stdout.strip()
    # PostgreSQL refuses to run as root.
    own = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", "--"] if os.getuid() == 0 else []
    data = folder / "postgres"
    data.mkdir(mode=0o700)
    if own:
        shutil.chown(data, "postgres", "postgres")
        # Only their owner can enter pytest's folders, and the server runs as another user.
        for above in (folder, folder.parent, folder.parent.parent):
            above.chmod(0o755)
    initialise = [f"{programs}/initdb", "-U", "postgres", "--auth=trust", "-E", "UTF8", "--locale=C", "-D", data]
    subprocess.run([*own, *initialise], check=True, capture_output=True, cwd="/")
    serve = [f"{programs}/postgres", "-D", data, "-p", str(port), "-c", "listen_addresses=127.0.0.1",
             "-c", "unix_socket_directories=", *options]
    with (folder / "postgres.log").open("w") as log:
        running = subprocess.Popen([*own, *serve], stderr=log, cwd="/")
    try:
        ask = [f"{programs}/pg_isready", "-q", "-h", "127.0.0.1", "-p", str(port)]
        until(lambda: subprocess.run(ask, check=False).returncode == 0)
        environment = {
            **os.environ, "PATH": f"{programs}:{os.environ['PATH']}", "PGHOST": "127.0.0.1", "PGPORT": str(port),
            "POSTGRES_USER": "postgres", "CATALOGUE_PASSWORD": "catalogue", "RENT_PASSWORD": "rent",
        }
        script = ROOT / "deploy/kubernetes/overlays/single/databases.sh"
        subprocess.run(["sh", script], env=environment, check=True, capture_output=True)
        yield running.pid
    finally:
        # On SIGINT, PostgreSQL closes its connections and shuts down cleanly (fast shutdown).
        running.send_signal(signal.SIGINT)
        running.wait(timeout=READY_SECONDS)
