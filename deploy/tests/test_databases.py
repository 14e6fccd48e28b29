"""A pod's init container waits for the database of its service, and migrates it."""

import subprocess

import pytest

from postgres import free_port, server
from store import DVS


def migrate(role, port, database, wait):
    url = f"postgres://{role}:{role}@127.0.0.1:{port}/{database}"
    return subprocess.Popen(
        [DVS, "migrate", "--role", role, "--wait", str(wait), "--database-url", url],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )


def end(process):
    out, error = process.communicate(timeout=120)
    return process.returncode, out + error


@pytest.mark.parametrize("role", ["catalogue", "rent"])
def test_two_pods_wait_for_a_database_that_starts_and_both_find_it_up_to_date(tmp_path, role):
    port = free_port()
    both = [migrate(role, port, role, wait=100) for _ in range(2)]
    # Both have tried to connect while no server was running.
    assert all("waiting for the database" in process.stderr.readline() for process in both)
    with server(tmp_path, port):
        for process in both:
            code, said = end(process)
            assert code == 0, said
        code, said = end(migrate(role, port, role, wait=0))
        assert (code, said) == (0, "The database is up to date.\n")


def test_a_database_that_never_starts_is_reported(tmp_path):
    code, said = end(migrate("rent", free_port(), "rent", wait=1))
    assert code == 1
    assert "the PostgreSQL database cannot be reached" in said


def test_a_service_cannot_open_the_database_of_another(tmp_path):
    port = free_port()
    with server(tmp_path, port):
        code, said = end(migrate("catalogue", port, "rent", wait=0))
    assert code == 1
    assert "permission denied" in said
