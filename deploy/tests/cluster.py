"""Renders the manifests with kubectl, and answers the tests' questions about them."""

import functools
import subprocess
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
KUBERNETES = ROOT / "deploy/kubernetes"
OVERLAYS = ["single", "minikube", "production"]
# setup.sh applies the demonstration's job together with the first two.
FOLDERS = [*(f"overlays/{overlay}" for overlay in OVERLAYS), "demonstration"]
NAME = "app.kubernetes.io/name"


@functools.cache
def render(folder):
    """The objects that kubectl renders from a folder of deploy/kubernetes."""
    command = ["kubectl", "kustomize", str(KUBERNETES / folder)]
    rendered = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60)
    return list(yaml.safe_load_all(rendered.stdout))


def of_kind(objects, *kinds):
    return [thing for thing in objects if thing["kind"] in kinds]


def workloads(objects):
    return of_kind(objects, "Deployment", "StatefulSet", "Job")


def pod(workload):
    return workload["spec"]["template"]


def containers(workload, first=True):
    spec = pod(workload)["spec"]
    return [*(spec.get("initContainers", []) if first else []), *spec["containers"]]


def bytes_of(quantity):
    units = {"Ki": 2**10, "Mi": 2**20, "Gi": 2**30}
    return int(quantity[:-2]) * units[quantity[-2:]]


def selects(selector, labels):
    """Whether a label selector matches these labels."""
    if any(labels.get(key) != value for key, value in selector.get("matchLabels", {}).items()):
        return False
    for rule in selector.get("matchExpressions", []):
        assert rule["operator"] == "In", rule
        if labels.get(rule["key"]) not in rule["values"]:
            return False
    return True


def flows(objects, side):
    """Which pod may open a connection to which port of which other pod, by the policies of one side: the egress of the
    calling pod, or the ingress of the called pod. A cluster requires both."""
    policies = [policy["spec"] for policy in of_kind(objects, "NetworkPolicy")]
    pods = {workload["metadata"]["name"]: pod(workload)["metadata"]["labels"] for workload in workloads(objects)}
    ports = {
        workload["metadata"]["name"]: {
            port["containerPort"] for container in containers(workload) for port in container.get("ports", [])
        }
        for workload in workloads(objects)
    }

    def allowed(direction, peers, own, other, port):
        held = [
            policy
            for policy in policies
            if direction.capitalize() in policy["policyTypes"] and selects(policy["podSelector"], own)
        ]
        if not held:
            return True
        return any(
            any(entry["port"] == port for entry in rule["ports"])
            and (peers not in rule or any("podSelector" in peer and selects(peer["podSelector"], other) for peer in rule[peers]))
            for policy in held
            for rule in policy.get(direction, [])
        )

    return {
        (source, target, port)
        for source, from_labels in pods.items()
        for target, to_labels in pods.items()
        for port in ports[target]
        if source != target
        and (
            allowed("egress", "to", from_labels, to_labels, port)
            if side == "egress"
            else allowed("ingress", "from", to_labels, from_labels, port)
        )
    }
