"""The manifests are valid by Kubernetes' published schemas, and follow the rules of this project."""

import re

import kubernetes_validate
import pytest
import yaml

from cluster import (
    FOLDERS, KUBERNETES, NAME, OVERLAYS, ROOT, bytes_of, containers, flows, of_kind, pod, render, selects, workloads,
)

# The versions that docs/operations/kubernetes.md names.
VERSIONS = ["1.30", "1.33", "1.37"]
MOST_MEMORY = 512 * 2**20
MINIKUBE = [*render("overlays/minikube"), *render("demonstration")]
EVERY = [(folder, workload) for folder in FOLDERS for workload in workloads(render(folder))]
NAMES = [f"{folder}: {workload['metadata']['name']}" for folder, workload in EVERY]

each_workload = pytest.mark.parametrize("workload", [workload for _, workload in EVERY], ids=NAMES)
each_overlay = pytest.mark.parametrize("overlay", OVERLAYS)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("folder", FOLDERS)
def test_every_object_is_strictly_valid(folder, version):
    for thing in render(folder):
        kubernetes_validate.validate(thing, version, strict=True)


def test_the_validation_sees_what_is_misspelt():
    (deployment, *_) = of_kind(render("overlays/minikube"), "Deployment")
    misspelt = {**deployment, "spec": {**deployment["spec"], "replica": 1}}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(misspelt, VERSIONS[-1], strict=True)


def test_the_documentation_names_the_versions():
    text = (ROOT / "docs/operations/kubernetes.md").read_text()
    assert all(version in text for version in VERSIONS)


@pytest.mark.parametrize("folder", FOLDERS)
def test_everything_is_in_the_stores_namespace(folder):
    for thing in of_kind(render(folder), *{thing["kind"] for thing in render(folder)} - {"Namespace"}):
        assert thing["metadata"]["namespace"] == "distributed-video-store", thing["metadata"]["name"]


@each_overlay
def test_the_four_modules_are_four_deployments(overlay):
    names = {deployment["metadata"]["name"] for deployment in of_kind(render(f"overlays/{overlay}"), "Deployment")}
    assert names == {"frontend", "gateway", "catalogue", "rent"}


@each_workload
def test_pods_have_no_token_and_an_account_of_their_own(workload):
    spec = pod(workload)["spec"]
    assert spec["automountServiceAccountToken"] is False
    assert spec["serviceAccountName"] == workload["metadata"]["name"]


@each_workload
def test_containers_run_unprivileged(workload):
    security = pod(workload)["spec"]["securityContext"]
    assert security["runAsNonRoot"] is True
    assert security["runAsUser"] > 0
    assert security["seccompProfile"]["type"] == "RuntimeDefault"
    for container in containers(workload):
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }


@each_workload
def test_containers_ask_for_memory_and_have_a_limit(workload):
    for container in containers(workload):
        resources = container["resources"]
        assert bytes_of(resources["requests"]["memory"]) <= bytes_of(resources["limits"]["memory"])
        assert resources["requests"]["cpu"]


@each_workload
def test_servers_have_three_probes_and_a_pre_stop_hook(workload):
    if workload["kind"] == "Job":
        assert workload["spec"]["activeDeadlineSeconds"] and workload["spec"]["backoffLimit"] < 10
        return
    how = {"catalogue": "grpc", "rent": "grpc", "gateway": "httpGet", "frontend": "httpGet", "postgres": "exec"}
    for container in containers(workload, first=False):
        for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
            assert how[container["name"]] in container[probe], probe
        assert "preStop" in container["lifecycle"]


@each_workload
def test_probes_ask_ports_that_the_container_has(workload):
    for container in containers(workload):
        known = {port["name"] for port in container.get("ports", [])}
        known |= {port["containerPort"] for port in container.get("ports", [])}
        for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
            for how in ("grpc", "httpGet"):
                if how in container.get(probe, {}):
                    assert container[probe][how]["port"] in known


@each_workload
def test_a_pod_is_given_the_time_it_takes_to_leave(workload):
    if workload["kind"] != "Deployment":
        return
    (container,) = containers(workload, first=False)
    linger = int(config(render("overlays/minikube"))["DVS_LINGER"])
    # Running calls may use their whole deadline, which is ten seconds.
    needed = container["lifecycle"]["preStop"]["sleep"]["seconds"] + linger + 10
    assert pod(workload)["spec"]["terminationGracePeriodSeconds"] > needed


@each_workload
def test_images_have_a_version(workload):
    for container in containers(workload):
        name, _, tag = container["image"].rpartition(":")
        assert name and re.fullmatch(r"\d+\.\d+(\.\d+)?(-[a-z0-9.]+)?", tag), container["image"]


def test_the_base_images_have_a_version():
    dockerfile = (ROOT / "deploy/docker/Dockerfile").read_text()
    bases = re.findall(r"^ARG [A-Z]+_IMAGE=(\S+)$", dockerfile, re.MULTILINE)
    assert len(bases) == 3
    for base in bases:
        assert re.search(r":\d+\.\d+\.\d+-", base), base


def test_the_dockerfile_knows_every_crate():
    dockerfile = (ROOT / "deploy/docker/Dockerfile").read_text()
    manifests = sorted(path.relative_to(ROOT) for path in [*ROOT.glob("crates/*/Cargo.toml"), ROOT / "e2e/Cargo.toml"])
    assert sorted(re.findall(r"^COPY (\S+/Cargo\.toml)", dockerfile, re.MULTILINE)) == [str(path) for path in manifests]


@pytest.mark.parametrize("folder", FOLDERS)
def test_the_ports_of_services_are_ports_of_their_pods(folder):
    objects = render(folder)
    for service in of_kind(objects, "Service"):
        selector = {"matchLabels": service["spec"]["selector"]}
        behind = [workload for workload in workloads(objects) if selects(selector, pod(workload)["metadata"]["labels"])]
        assert len(behind) == 1, service["metadata"]["name"]
        ports = {port["name"] for container in containers(behind[0]) for port in container.get("ports", [])}
        assert {port["targetPort"] for port in service["spec"]["ports"]} <= ports


@each_overlay
def test_clients_can_look_up_every_member(overlay):
    services = {service["metadata"]["name"]: service["spec"] for service in of_kind(render(f"overlays/{overlay}"), "Service")}
    for name in ("catalogue", "rent"):
        assert services[name]["clusterIP"] == "None"
        (port,) = services[name]["ports"]
        assert config(render(f"overlays/{overlay}"))[f"DVS_{name.upper()}"] == f"dns:///{name}:{port['port']}"


@pytest.mark.parametrize("folder", FOLDERS)
def test_the_program_knows_each_variable(folder):
    options = "".join(path.read_text() for path in (ROOT / "crates/dvs/src/config").glob("*.rs"))
    known = set(re.findall(r'env = "(\w+)"', options))
    used = {name for data in of_kind(render(folder), "ConfigMap") for name in data["data"] if name != "databases.sh"}
    for workload in workloads(render(folder)):
        for container in containers(workload):
            if "/dvs:" in container["image"]:
                used |= {entry["name"] for entry in container.get("env", [])}
    assert used and used <= known, used - known


@pytest.mark.parametrize("folder", FOLDERS)
def test_secrets_are_named_and_never_here(folder):
    assert not of_kind(render(folder), "Secret")
    for workload in workloads(render(folder)):
        for container in containers(workload):
            for entry in container.get("env", []):
                secret = re.search(r"KEY|TOKEN|PASSWORD|DATABASE_URL", entry["name"])
                assert not secret or "secretKeyRef" in entry["valueFrom"], entry["name"]


CALLS = {
    ("frontend", "gateway", 8000),
    ("gateway", "catalogue", 50051),
    ("gateway", "rent", 50052),
    ("rent", "catalogue", 50051),
}


ON_MINIKUBE = {("catalogue", "postgres", 5432), ("rent", "postgres", 5432), ("demonstration", "catalogue", 50051)}


@pytest.mark.parametrize("side", ["egress", "ingress"])
@pytest.mark.parametrize(
    ("objects", "calls"),
    [(MINIKUBE, CALLS | ON_MINIKUBE), (render("overlays/production"), CALLS)],
    ids=["minikube", "production"],
)
def test_policies_allow_only_the_calls_of_the_architecture(objects, calls, side):
    # Any address may call the frontend.
    assert {flow for flow in flows(objects, side) if flow[1] != "frontend"} == calls


@each_overlay
def test_metrics_have_a_port_of_their_own_that_prometheus_alone_reaches(overlay):
    objects = render(f"overlays/{overlay}")
    exposed = {port["targetPort"] for service in of_kind(objects, "Service") for port in service["spec"]["ports"]}
    assert "metrics" not in exposed
    for name in ("gateway", "catalogue", "rent"):
        (workload,) = [one for one in workloads(objects) if one["metadata"]["name"] == name]
        (container,) = containers(workload, first=False)
        (port,) = [one["containerPort"] for one in container["ports"] if one["name"] == "metrics"]
        (listen,) = [one["value"] for one in container["env"] if one["name"] == "DVS_METRICS_LISTEN"]
        assert pod(workload)["metadata"]["annotations"]["prometheus.io/port"] == str(port)
        assert listen == f"0.0.0.0:{port}"
    allowing = [
        policy["metadata"]["name"]
        for policy in of_kind(objects, "NetworkPolicy")
        for rule in policy["spec"].get("ingress", [])
        if any(one["port"] == 9100 for one in rule.get("ports", []))
    ]
    assert allowing == ["watching"]


@each_overlay
def test_customers_reach_the_frontend_and_nothing_else(overlay):
    objects = render(f"overlays/{overlay}")
    open_to_all = [
        policy["metadata"]["name"]
        for policy in of_kind(objects, "NetworkPolicy")
        if any("from" not in rule for rule in policy["spec"].get("ingress", []))
    ]
    assert open_to_all == ["frontend"]
    outside = [service for service in of_kind(objects, "Service") if service["spec"].get("type", "ClusterIP") != "ClusterIP"]
    assert [service["metadata"]["name"] for service in outside] == (["frontend"] if overlay == "minikube" else [])


def test_the_demonstration_outlasts_what_it_waits_for():
    (job,) = of_kind(render("demonstration"), "Job")
    (container,) = containers(job)
    waits = int(container["args"][container["args"].index("--wait") + 1])
    migrations = max(
        int(first["args"][first["args"].index("--wait") + 1])
        for workload in workloads(MINIKUBE)
        for first in pod(workload)["spec"].get("initContainers", [])
    )
    assert migrations < waits < job["spec"]["activeDeadlineSeconds"]


@each_overlay
def test_a_pod_knows_its_role_and_keeps_its_files_in_a_folder_of_its_own(overlay):
    objects = render(f"overlays/{overlay}")
    assert config(objects)["DVS_DATA_DIR"].startswith("/data/")
    for name in ("gateway", "catalogue", "rent"):
        (deployment,) = [one for one in of_kind(objects, "Deployment") if one["metadata"]["name"] == name]
        (container,) = containers(deployment, first=False)
        assert {"name": "DVS_ROLE", "value": name} in container["env"]
        assert "/data" in {mount["mountPath"] for mount in container["volumeMounts"]}


def test_the_minikube_overlay_is_small():
    asked = sum(
        # Kubernetes reserves the larger of two: the largest request of an init container, or the sum of the others.
        max(
            sum(memory(container) for container in containers(workload, first=False)),
            *(memory(container) for container in containers(workload)),
        )
        for workload in workloads(MINIKUBE)
    )
    assert 0 < asked < MOST_MEMORY


@pytest.mark.parametrize("service", ["catalogue", "rent"])
@each_overlay
def test_the_database_is_brought_up_to_date_first(overlay, service):
    (deployment,) = [one for one in workloads(render(f"overlays/{overlay}")) if one["metadata"]["name"] == service]
    (first,) = pod(deployment)["spec"]["initContainers"]
    assert first["args"][:3] == ["migrate", "--role", service]


def test_production_survives_the_loss_of_a_node_and_a_crowd():
    objects = render("overlays/production")
    for deployment in of_kind(objects, "Deployment"):
        name = deployment["metadata"]["name"]
        (scaler,) = [one for one in of_kind(objects, "HorizontalPodAutoscaler") if one["spec"]["scaleTargetRef"]["name"] == name]
        assert scaler["spec"]["minReplicas"] >= 2
        (budget,) = [one for one in of_kind(objects, "PodDisruptionBudget") if one["spec"]["selector"]["matchLabels"][NAME] == name]
        assert budget["spec"]["maxUnavailable"] == 1
        spread = pod(deployment)["spec"]["topologySpreadConstraints"]
        assert {rule["topologyKey"] for rule in spread} == {"kubernetes.io/hostname", "topology.kubernetes.io/zone"}


def test_production_is_reached_by_tls_alone():
    (ingress,) = of_kind(render("overlays/production"), "Ingress")
    hosts = {rule["host"] for rule in ingress["spec"]["rules"]}
    assert hosts == {host for tls in ingress["spec"]["tls"] for host in tls["hosts"]}
    assert config(render("overlays/production"))["DVS_PUBLIC_URL"] in {f"https://{host}" for host in hosts}


def test_the_frontend_sends_the_headers_that_the_gateway_sends():
    gateway = (ROOT / "crates/gateway/src/request.rs").read_text()
    # A backslash at a line's end continues a string literal of Rust in the next line.
    gateway = re.sub(r"\\\n\s*", "", gateway)
    headers = re.findall(r'^add_header \S+ "(.*)" always;$', (ROOT / "deploy/docker/headers.conf").read_text(), re.MULTILINE)
    assert len(headers) == 6
    for value in headers:
        assert f'"{value}"' in gateway, value


def test_compose_runs_the_same_images_and_roles():
    services = yaml.safe_load((ROOT / "deploy/docker/compose.yaml").read_text())["services"]
    (postgres,) = [one for one in workloads(MINIKUBE) if one["metadata"]["name"] == "postgres"]
    assert services["postgres"]["image"] == containers(postgres)[0]["image"]
    for name in ("gateway", "catalogue", "rent"):
        command = services[name]["command"]
        assert command[:3] == ["serve", "--role", name]
        assert "--metrics-listen" in command, name
    for name, service in services.items():
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert service["mem_limit"], name


def memory(container):
    return bytes_of(container["resources"]["requests"]["memory"])


def config(objects):
    (store,) = [one for one in of_kind(objects, "ConfigMap") if one["metadata"]["name"].startswith("store-")]
    return store["data"]
