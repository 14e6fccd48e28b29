"""Runs setup.sh and destroy.sh with fake programs in place of every one that would touch a cluster or a container."""

import json
import os
import shutil
import subprocess
import sys

import pytest
import yaml

from cluster import ROOT, of_kind, pod, workloads

STAND_IN = ROOT / "deploy/tests/stand_ins/stand_in.py"
OURS = "distributed-video-store"
# The programs of a minimal system. A script must check for any other program before it uses it.
BARE = ["bash", "cat", "dirname", "env", "git", "grep", "mkdir", "mktemp", "od", "rm", "sh", "sort", "tr"]


class World:
    """A machine whose cluster and container engine are fakes."""

    def __init__(self, folder):
        self.folder = folder
        # The scripts write into target/, so they run in a copy of the repository.
        self.store = folder / "store"
        shutil.copytree(ROOT / "deploy", self.store / "deploy", ignore=shutil.ignore_patterns("tests"))
        for script in ("setup.sh", "destroy.sh"):
            shutil.copy2(ROOT / script, self.store)
        self.path = folder / "path"
        self.path.mkdir()
        for program in BARE:
            (self.path / program).symlink_to(shutil.which(program))
        for program in ("minikube", "kubectl", "docker", "curl"):
            (self.path / program).symlink_to(STAND_IN)
        # The fakes run on this interpreter. A launcher in PATH could need programs that this minimal system lacks.
        (self.path / "python3").symlink_to(sys.executable)
        self.write(
            profiles=["minikube"], context=OURS, owner=None, objects={}, applied=0, port="", engine_runs=True,
            images={"another/image:1": "other=label"}, cluster_images=[], pushed=[], sources="a", fails={},
            job=[], job_is="running",
        )

    def read(self):
        return json.loads((self.folder / "world.json").read_text())

    def write(self, **changes):
        file = self.folder / "world.json"
        known = json.loads(file.read_text()) if file.exists() else {}
        file.write_text(json.dumps({**known, **changes}))

    def run(self, script, *arguments):
        (self.folder / "calls").write_text("")
        environment = {
            "PATH": str(self.path),
            "HOME": str(self.folder),
            "STAND_IN_WORLD": str(self.folder),
            "REAL_KUBECTL": shutil.which("kubectl"),
        }
        ran = subprocess.run(
            [str(self.store / script), *arguments], env=environment, capture_output=True, text=True, timeout=60, check=False
        )
        trespasses = self.folder / "trespasses"
        assert not trespasses.exists(), trespasses.read_text()
        return ran

    def calls(self):
        return (self.folder / "calls").read_text().splitlines()

    def applied(self):
        return list(yaml.safe_load_all((self.folder / "applied.yaml").read_text()))


@pytest.fixture
def world(tmp_path):
    return World(tmp_path)


def test_setup_opens_the_store_on_a_minikube_of_its_own(world):
    ran = world.run("setup.sh")
    assert ran.returncode == 0, ran.stderr
    assert "The store is open at http://localhost:8000" in ran.stdout
    (start,) = [call for call in world.calls() if " start " in call]
    assert "--ports=127.0.0.1:8000:30080" in start
    assert "--driver=docker" in start
    assert world.read()["profiles"] == ["minikube", OURS]


def test_setup_makes_the_secrets_and_never_prints_them(world):
    ran = world.run("setup.sh")
    secrets = {name: lines for name, lines in world.read()["objects"].items() if name.startswith("Secret/")}
    assert set(secrets) == {f"Secret/{name}" for name in ("keys", "catalogue-database", "rent-database", "postgres")}
    passwords = secrets["Secret/postgres"]
    assert len(set(passwords.values())) == 3
    for service in ("catalogue", "rent"):
        password = passwords[f"{service.upper()}_PASSWORD"]
        assert len(password) == 48
        assert secrets[f"Secret/{service}-database"] == {"url": f"postgres://{service}:{password}@postgres/{service}"}
        assert password not in ran.stdout + ran.stderr + "".join(world.calls())


def test_setup_makes_every_secret_that_the_manifests_name(world):
    world.run("setup.sh")
    made = world.read()["objects"]
    for workload in workloads(world.applied()):
        spec = pod(workload)["spec"]
        for container in [*spec.get("initContainers", []), *spec["containers"]]:
            for entry in container.get("env", []):
                if reference := entry.get("valueFrom", {}).get("secretKeyRef"):
                    assert reference["key"] in made[f"Secret/{reference['name']}"], reference


def test_the_images_that_are_applied_are_those_that_were_built_and_loaded(world):
    world.run("setup.sh")
    used = {
        container["image"] for workload in workloads(world.applied()) for container in pod(workload)["spec"]["containers"]
    }
    ours = {image for image in used if "postgres" not in image}
    assert len(ours) == 2
    assert ours == set(world.read()["cluster_images"])


def test_the_services_use_the_transport_that_was_chosen(world):
    for transport in ("grpc", "rest"):
        assert world.run("setup.sh", "--transport", transport).returncode == 0
        (store,) = [one for one in of_kind(world.applied(), "ConfigMap") if one["metadata"]["name"].startswith("store-")]
        assert store["data"]["DVS_TRANSPORT"] == transport
        assert store["data"]["DVS_PUBLIC_URL"] == "http://localhost:8000"


def test_a_second_run_changes_only_what_has_changed(world):
    world.run("setup.sh")
    first = world.applied()
    secrets = world.read()["objects"]
    ran = world.run("setup.sh")
    assert ran.returncode == 0, ran.stderr
    assert not [call for call in world.calls() if " start " in call or " load " in call or "create secret" in call]
    assert world.applied() == first
    assert world.read()["objects"] == secrets


def test_changed_sources_are_rolled_out(world):
    world.run("setup.sh")
    first = world.read()["cluster_images"]
    world.write(sources="b")
    assert world.run("setup.sh").returncode == 0
    assert len(set(world.read()["cluster_images"]) - set(first)) == 2


def test_the_port_of_the_first_run_stays(world):
    assert "http://localhost:9000" in world.run("setup.sh", "--port", "9000").stdout
    assert "http://localhost:9000" in world.run("setup.sh").stdout
    ran = world.run("setup.sh", "--port", "9001")
    assert ran.returncode == 2
    assert "was made with port 9000" in ran.stderr


@pytest.mark.parametrize("program", ["minikube", "kubectl", "docker", "curl"])
def test_what_is_missing_is_named_and_nothing_is_begun(world, program):
    (world.path / program).unlink()
    ran = world.run("setup.sh")
    assert ran.returncode == 2
    assert "Missing:" in ran.stderr and program in ran.stderr and "https://" in ran.stderr or program == "curl"
    assert set(world.calls()) <= {"docker info"}


def test_everything_that_is_missing_is_named_at_once(world):
    for program in ("minikube", "kubectl", "docker"):
        (world.path / program).unlink()
    ran = world.run("setup.sh")
    assert all(program in ran.stderr for program in ("minikube", "kubectl", "docker"))


def test_podman_works_in_place_of_docker(world):
    (world.path / "docker").rename(world.path / "podman")
    assert world.run("setup.sh").returncode == 0
    assert [call for call in world.calls() if " start " in call and "--driver=podman" in call]
    assert world.run("destroy.sh").returncode == 0


def test_an_engine_that_does_not_run_is_missing(world):
    world.write(engine_runs=False)
    ran = world.run("setup.sh")
    assert ran.returncode == 2
    assert "a container engine that runs" in ran.stderr


FAILURES = {
    "minikube --profile distributed-video-store start": "starting the Minikube",
    "docker build": "building the image dvs",
    "--target frontend": "building the image frontend",
    "image load": "giving",
    "apply --filename -": "claiming the namespace",
    "create secret generic rent-database": "making the secrets",
    "docker run": "making the secrets",
    "apply --kustomize": "applying the manifests",
    "rollout status deployment/rent": "waiting for deployment/rent",
    "job/demonstration": "loading the demonstration's films",
    "curl": "asking for a film",
}


def test_setup_waits_for_a_slow_demonstration(world):
    world.write(job=["running", "running"])
    ran = world.run("setup.sh")
    assert ran.returncode == 0, ran.stderr
    assert len([call for call in world.calls() if " wait " in call]) == 3


def test_a_failed_demonstration_is_reported_at_once(world):
    world.write(job=["running", "Job has reached the specified backoff limit"])
    ran = world.run("setup.sh")
    assert ran.returncode == 1
    assert "has failed: Job has reached the specified backoff limit" in ran.stderr
    assert "the last words of the job" in ran.stderr
    assert "It stopped while loading the demonstration's films" in ran.stderr
    assert len([call for call in world.calls() if " wait " in call]) == 2


@pytest.mark.parametrize("piece", FAILURES)
def test_a_failure_is_reported_with_what_to_do_and_the_next_run_continues(world, piece):
    world.write(fails={piece: "broken on purpose"})
    ran = world.run("setup.sh")
    assert ran.returncode == 1
    assert "broken on purpose" in ran.stderr
    assert f"It stopped while {FAILURES[piece]}" in ran.stderr
    assert "./destroy.sh takes it away" in ran.stderr
    assert "The store is open" not in ran.stdout
    if "rollout" in piece:
        assert [call for call in world.calls() if call.endswith("get pods")]
    world.write(fails={})
    assert world.run("setup.sh").returncode == 0


def test_a_cluster_that_does_not_answer_is_not_taken_for_an_empty_one(world):
    world.write(fails={"get namespace": "connection refused"})
    ran = world.run("setup.sh")
    assert ran.returncode == 1
    assert "connection refused" in ran.stderr
    assert not [call for call in world.calls() if "apply" in call]


def test_anothers_namespace_is_left_alone(world):
    world.write(owner=["made-by", "another"], context="theirs")
    for script, more in (("setup.sh", ["--registry", "registry.test/store"]), ("destroy.sh", [])):
        ran = world.run(script, "--context", "theirs", *more)
        assert ran.returncode == 2
        assert "left alone" in ran.stderr
        assert not [call for call in world.calls() if "apply" in call or "delete" in call]


def test_another_cluster_pulls_the_images_and_no_minikube_is_touched(world):
    world.write(context="theirs")
    (world.path / "minikube").unlink()
    ran = world.run("setup.sh", "--context", "theirs", "--registry", "registry.test/store")
    assert ran.returncode == 0, ran.stderr
    assert "kubectl --context theirs --namespace distributed-video-store port-forward" in ran.stdout
    # A port of the nodes would be open to everyone who reaches a node of that cluster.
    for service in of_kind(world.applied(), "Service"):
        assert service["spec"].get("type", "ClusterIP") == "ClusterIP", service["metadata"]["name"]
        assert not [port for port in service["spec"]["ports"] if "nodePort" in port]
    pushed = world.read()["pushed"]
    assert len(pushed) == 2 and all(image.startswith("registry.test/store/") for image in pushed)
    assert world.run("destroy.sh", "--context", "theirs").returncode == 0
    assert world.read()["owner"] is None


BAD_OPTIONS = [
    ["--what"], ["--port"], ["--port", "web"], ["--transport", "pigeon"], ["--context", "theirs"],
    ["--registry", "registry.test"], ["--context", "theirs", "--registry", "registry.test", "--port", "80"],
]


@pytest.mark.parametrize("options", BAD_OPTIONS, ids=" ".join)
def test_options_that_make_no_sense_are_refused_before_anything_is_done(world, options):
    ran = world.run("setup.sh", *options)
    assert ran.returncode == 2
    assert ran.stderr.strip()
    assert world.calls() == []


@pytest.mark.parametrize("script", ["setup.sh", "destroy.sh"])
def test_help_is_given_without_doing_anything(world, script):
    ran = world.run(script, "--help")
    assert ran.returncode == 0 and "--context" in ran.stdout
    assert world.calls() == []


def test_destroy_takes_away_what_setup_made_and_nothing_else(world):
    before = world.read()
    world.run("setup.sh")
    ran = world.run("destroy.sh")
    assert ran.returncode == 0, ran.stderr
    after = world.read()
    for kept in ("profiles", "images", "objects", "cluster_images"):
        assert after[kept] == before[kept], kept
    assert not (world.store / "target/deploy").exists()


def test_destroy_without_setup_finds_nothing_and_says_so(world):
    ran = world.run("destroy.sh")
    assert ran.returncode == 0
    assert "There is none." in ran.stdout
    assert not [call for call in world.calls() if " delete" in call or " rm " in call]


def test_a_destroy_that_fails_says_where_and_can_be_run_again(world):
    world.run("setup.sh")
    world.write(fails={"image rm": "broken on purpose"})
    ran = world.run("destroy.sh")
    assert ran.returncode == 1
    assert "It stopped while deleting the images" in ran.stderr
    world.write(fails={})
    assert world.run("destroy.sh").returncode == 0
    assert world.read()["images"] == {"another/image:1": "other=label"}


def test_the_fakes_refuse_calls_outside_the_stores_own_cluster(world):
    environment = {**os.environ, "STAND_IN_WORLD": str(world.folder)}
    for call in (["minikube", "delete"], ["minikube", "--profile", "minikube", "delete"], ["kubectl", "get", "pods"],
                 ["kubectl", "--context", OURS, "--namespace", "default", "get", "pods"], ["docker", "system", "prune"]):
        ran = subprocess.run([world.path / call[0], *call[1:]], env=environment, capture_output=True, text=True, check=False)
        assert ran.returncode != 0 and "trespass" in ran.stderr
    (world.folder / "trespasses").unlink()


@pytest.mark.parametrize("script", sorted(
    str(path.relative_to(ROOT)) for path in [*ROOT.glob("*.sh"), *ROOT.glob("scripts/*.sh"), *ROOT.glob("deploy/**/*.sh")]
))
def test_shellcheck_finds_nothing(script):
    # shellcheck does not see calls of a function whose name is in a variable (SC2317).
    ran = subprocess.run(["shellcheck", "-x", "--exclude=SC2317", script], cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout
