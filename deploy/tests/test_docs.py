"""Runs the commands of docs/operations/kubernetes.md, exactly as they are written, against fake programs."""

import re
import shutil
import subprocess

import pytest

from cluster import ROOT
from test_scripts import OURS, World

PAGE = (ROOT / "docs/operations/kubernetes.md").read_text()
BLOCKS = re.findall(r"^```sh\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
# The functions that the page defines first; every other block uses them.
(PRELUDE,) = [block for block in BLOCKS if block.startswith("k() {")]
# Programs that the page's commands need, besides those that the scripts need.
TOOLS = ["base64", "head", "uniq"]


@pytest.fixture
def world(tmp_path):
    return documented(follower(tmp_path))


@pytest.fixture
def before_setup(tmp_path):
    return follower(tmp_path)


def follower(folder):
    world = World(folder)
    for program in TOOLS:
        (world.path / program).symlink_to(shutil.which(program))
    # The page sends hundreds of requests in a loop; three are enough for the test.
    seq = world.path / "seq"
    seq.write_text("#!/bin/sh\necho 1 2 3\n")
    seq.chmod(0o755)
    return world


def documented(world):
    """The cluster as setup.sh leaves it, with a backup beside it."""
    for database in ("catalogue", "rent"):
        (world.store / f"{database}.dump").write_text(database)
    world.write(port="8000", applied=1, scale={"gateway": 1, "catalogue": 1, "rent": 1}, killed=[], forwards={}, metrics=[])
    return world


def run(world, block):
    (world.folder / "calls").write_text("")
    script = f"set -euo pipefail\n{PRELUDE}\n{block}"
    environment = {"PATH": str(world.path), "HOME": str(world.folder), "STAND_IN_WORLD": str(world.folder), "REAL_KUBECTL": shutil.which("kubectl")}
    ran = subprocess.run(
        ["bash", "-c", script], env=environment, cwd=world.store, capture_output=True, text=True, timeout=100, check=False,
        start_new_session=True,
    )
    trespasses = world.folder / "trespasses"
    assert not trespasses.exists(), trespasses.read_text()
    assert ran.returncode == 0, f"{block}\n{ran.stderr}"
    return ran.stdout


def block_with(piece):
    (block,) = [block for block in BLOCKS if piece in block]
    return block


AFTER = [block for block in BLOCKS if block != PRELUDE and "./setup.sh" not in block]
WITH_SETUP = [block for block in BLOCKS if "./setup.sh" in block]


@pytest.mark.parametrize("block", AFTER, ids=[block.strip().splitlines()[0][:60] for block in AFTER])
def test_every_command_runs_as_it_is_written(world, block):
    run(world, block)


@pytest.mark.parametrize("block", WITH_SETUP, ids=[block.strip().splitlines()[0][:60] for block in WITH_SETUP])
def test_every_command_beside_setup_runs_as_it_is_written(before_setup, block):
    before_setup.write(port="8000")
    assert "setup" in block and WITH_SETUP
    run(before_setup, block)


def test_the_calls_are_seen_to_spread_over_different_pods(world):
    run(world, block_with("--replicas 3\n"))
    asked = world.read()["metrics"]
    assert asked == ["catalogue-1", "catalogue-2", "catalogue-3"]
    assert not world.read()["forwards"], "a port-forward was left"


def test_one_pod_is_killed_and_not_all(world):
    world.write(scale={"gateway": 2, "catalogue": 2, "rent": 2})
    run(world, block_with("--grace-period=0"))
    assert world.read()["killed"] == ["rent-1"]


def test_nothing_is_restored_while_a_pod_still_writes(world):
    run(world, block_with("pg_restore"))
    calls = [call for call in world.calls() if " scale " in call or " wait " in call or "pg_restore" in call]
    kinds = [next(kind for kind in ("--replicas 0", "--for=delete", "pg_restore", "--replicas 1") if kind in call) for call in calls]
    assert kinds == ["--replicas 0", "--for=delete", "pg_restore", "pg_restore", "--replicas 1"]


def test_the_image_that_makes_the_keys_was_built_and_pushed_before(world):
    run(world, block_with("docker run"))
    calls = world.calls()
    (makes_keys,) = [call for call in calls if call.startswith("docker run")]
    image = makes_keys.split()[-2]
    before = calls[: calls.index(makes_keys)]
    assert any(call.startswith("docker build") and f"--tag {image} " in call for call in before)
    assert f"docker push {image}" in before
    production = (ROOT / "deploy/kubernetes/overlays/production/kustomization.yaml").read_text()
    name, tag = image.rsplit(":", 1)
    assert f"newName: {name}\n    newTag: {tag}" in production


def test_a_command_that_the_page_does_not_know_would_be_seen(world):
    with pytest.raises(AssertionError, match="trespass"):
        run(world, "k drain node-1")
    assert OURS in (world.folder / "trespasses").read_text()
