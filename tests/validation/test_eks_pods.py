"""RegisterJobDefinition with eksProperties: pods."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from batchmock.validation.rules.job_definitions.eks_pods import pod_override_problem, pod_problem

from .examples import EKS_PROPERTIES, POD_CONTAINER, RICH_POD, register, without

Text = Callable[[str, dict[str, Any]], str | None]

RESERVED = "cannot contain terms from the following [kubernetes.io, k8s.io, batch.amazonaws.com]."
LIMITS = {"cpu": "1", "memory": "1024Mi"}


def pod(**members: Any) -> dict[str, Any]:
    """Return a request whose pod has these members."""
    return register(eksProperties={"podProperties": {"containers": [POD_CONTAINER], **members}})


def containers(*members: dict[str, Any]) -> dict[str, Any]:
    """Return a request whose containers have these members."""
    return pod(containers=[{**POD_CONTAINER, **of_one} for of_one in members])


def asking(
    limits: dict[str, str] | None = None, requests: dict[str, str] | None = None
) -> dict[str, Any]:
    """Return a request whose container has these limits and requests."""
    sides = {"limits": limits, "requests": requests}
    return containers({"resources": {name: side for name, side in sides.items() if side}})


def limits(**quantities: str) -> dict[str, Any]:
    """Return a request whose container has modified limits."""
    return asking({**LIMITS, **quantities})


def initial(**members: Any) -> dict[str, Any]:
    """Return a request with an init container."""
    return pod(initContainers=[{"name": "fetch", "image": "busybox", **members}])


def labels(**named: str) -> dict[str, Any]:
    """Return a request with labels."""
    return pod(metadata={"labels": named})


def annotations(**named: str) -> dict[str, Any]:
    """Return a request with annotations."""
    return pod(metadata={"annotations": named})


def namespace(name: str) -> dict[str, Any]:
    """Return a request with a namespace."""
    return pod(metadata={"namespace": name})


def size(limit: str) -> dict[str, Any]:
    """Return a request with a volume of this size."""
    return pod(volumes=[{"name": "scratch", "emptyDir": {"sizeLimit": limit}}])


def mounts(*mounted: dict[str, str]) -> dict[str, Any]:
    """Return a request whose container mounts these next to one volume."""
    return pod(
        containers=[{**POD_CONTAINER, "volumeMounts": list(mounted)}],
        volumes=[{"name": "scratch", "emptyDir": {}}],
    )


def profile(**members: str) -> dict[str, Any]:
    """Return a security context with a seccomp profile."""
    return {"securityContext": {"seccompProfile": members}}


VALID = {
    "minimal": register(eksProperties=EKS_PROPERTIES),
    "rich": register(eksProperties={"podProperties": RICH_POD}),
    "requests alone": asking(requests=LIMITS),
    "one on each side": asking({"cpu": "1"}, {"memory": "4Mi"}),
    "equal numbers": asking({**LIMITS, "cpu": "1.0"}, {**LIMITS, "memory": "01024Mi"}),
    "a quarter": limits(cpu="0.25"),
    "a quarter with zeros": limits(cpu="1.250"),
    "ten containers": containers(*({"name": str(n)} for n in range(10))),
    "one default name": containers({"name": "main"}, {}),
    "init container without resources": initial(),
    "init container with some": initial(resources={"limits": {"memory": "8Mi"}}),
    "longest label": labels(team="a" * 63, other="A.b_c-1"),
    "longest annotation": annotations(team="x" * 255),
    "longest prefix": pod(metadata={"labels": {f"{'a' * 253}/{'b' * 63}": ""}}),
    "mounted": mounts({"name": "scratch", "mountPath": "/scratch"}),
    "size without a unit": size("100"),
    "any profile": containers(profile(type="Unconfined")),
    "security context without a profile": containers({"securityContext": {"runAsUser": 1}}),
    "namespace of 63": namespace("a" * 63),
}

SHAPE = [
    (register(eksProperties={}), "Containers must be provided for Batch on EKS jobs."),
    (
        register(eksProperties={"podProperties": {}}),
        "Containers must be provided for Batch on EKS jobs.",
    ),
    (pod(containers=[]), "Containers must be provided for Batch on EKS jobs."),
    (
        containers(*({"name": str(n)} for n in range(11))),
        "eksProperties.podProperties.containers can have at most 10 items, got 11.",
    ),
    (
        pod(initContainers=[{"name": str(n), "image": "busybox"} for n in range(11)]),
        "eksProperties.podProperties.initContainers can have at most 10 items, got 11.",
    ),
    (
        pod(containers=[without(POD_CONTAINER, "image")]),
        "eksProperties.podProperties.containers[0].image is required.",
    ),
    (
        containers({"name": "main"}, {"name": "main"}),
        "The container name: main must be unique in multi-container job.",
    ),
    (containers({}, {}), "The container name: Default must be unique in multi-container job."),
    (
        pod(
            containers=[{**POD_CONTAINER, "name": "fetch"}],
            initContainers=[{"name": "fetch", "image": "busybox"}],
        ),
        "The container name: fetch must be unique in multi-container job.",
    ),
    (pod(dnsPolicy="None"), "Unsupported DNS policy value."),
    (containers({"imagePullPolicy": "Sometimes"}), "Unsupported image pull policy value."),
    (initial(imagePullPolicy=""), "Unsupported image pull policy value."),
    (
        containers({"env": [{"name": "AWS_BATCH_X", "value": "x"}]}),
        None,
    ),
    (
        pod(volumes=[{"name": "scratch", "emptyDir": {"medium": "Disk"}}]),
        "Invalid Volume mount. Allowed values - Memory or null.",
    ),
    *(
        (size(limit), "Invalid empty dir size limit.")
        for limit in ("1Gi", "100M", "0.5Ki", "lots", "-1")
    ),
    (
        mounts({"name": "scratch"}, {"name": "other"}),
        "The volumeMounts name is required for eksProperties.",
    ),
    (mounts({"mountPath": "/data"}), "The volumeMounts name is required for eksProperties."),
    (
        initial(volumeMounts=[{"name": "scratch"}]),
        "The volumeMounts name is required for eksProperties.",
    ),
    (
        containers(profile(type="Localhost")),
        None,
    ),
    (
        pod(**profile(type="Localhost")),
        None,
    ),
    (
        initial(**profile(type="Unconfined", localhostProfile="x.json")),
        None,
    ),
    (
        containers({"securityContext": {"runAsUser": -1}}),
        "eksProperties.podProperties.containers[0].securityContext.runAsUser "
        "must be between 0 and 2147483647, got -1.",
    ),
]

RESOURCES = [
    (
        pod(containers=[{"image": "busybox"}]),
        "You must provide a container for eksProperties.",
    ),
    (asking(), "You must provide a container for eksProperties."),
    (asking({"cpu": "1"}), "cpu and memory resources must be provided."),
    (asking({"memory": "4Mi"}), "cpu and memory resources must be provided."),
    (
        asking({"nvidia.com/gpu": "1"}, {"cpu": "1"}),
        "cpu and memory resources must be provided.",
    ),
    (
        asking({**LIMITS, "ephemeral-storage": "1Gi"}),
        "ephemeral-storage is not a supported type for resources.",
    ),
    (initial(resources={"limits": {"disk": "1"}}), "disk is not a supported type for resources."),
    *(
        (
            limits(cpu=value),
            f"Value {value} for type cpu in resources is not valid. "
            "Provide a valid number and unit.",
        )
        for value in ("100m", "one", "-1", "1.", "1e3")
    ),
    *(
        (
            limits(cpu=value),
            f"Value {value} for type cpu in resources is not valid. "
            "Provide a valid number as input.",
        )
        for value in ("0.3", "0", "0.2500001")
    ),
    *(
        (limits(memory=value), f"Value {value} for type memory is not valid.")
        for value in ("2Gi", "1024", "1.5Mi", "3Mi", "Mi", "4Mi ")
    ),
    (
        asking(requests={**LIMITS, "memory": "2048M"}),
        "Value 2048M for type memory is not valid.",
    ),
    *(
        (
            asking({**LIMITS, "nvidia.com/gpu": value}),
            f"Value {value} for type nvidia.com/gpu in resources is not valid. "
            "Provide a valid number as input.",
        )
        for value in ("0.5", "all", "-1")
    ),
    (
        asking(LIMITS, {"cpu": "1.25"}),
        "cpu request must be <= to cpu limit if both are provided.",
    ),
    (
        asking(LIMITS, {"memory": "512Mi"}),
        "memory request must be equal to memory limit if both are provided.",
    ),
    (
        asking({**LIMITS, "nvidia.com/gpu": "2"}, {"nvidia.com/gpu": "1"}),
        "gpu request must be equal to gpu limit if both are provided.",
    ),
    (
        initial(resources={"limits": {"memory": "8Mi"}, "requests": {"memory": "4Mi"}}),
        "memory request must be equal to memory limit if both are provided.",
    ),
]

METADATA = [
    *(
        (
            pod(metadata={"labels": {key: "A"}}),
            f"The name {name} of the pod label key does not match a valid pattern.",
        )
        for key, name in (
            ("-team", "-team"),
            ("", ""),
            ("a" * 64, "a" * 64),
            ("example.com/team-", "team-"),
            ("example.com/", ""),
        )
    ),
    *(
        (
            pod(metadata={"labels": {f"{prefix}/team": "A"}}),
            f"The prefix {prefix} of the pod label key {RESERVED}",
        )
        for prefix in ("kubernetes.io", "k8s.io", "batch.amazonaws.com", "app.kubernetes.io")
    ),
    *(
        (
            pod(metadata={"labels": {f"{prefix}/team": "A"}}),
            f"The prefix {prefix} of the pod label key does not match a valid pattern.",
        )
        for prefix in ("Example.com", "", "a" * 254, "a/b", "a..b")
    ),
    *(
        (labels(team=value), f"The pod label value {value} does not match a valid pattern.")
        for value in ("a" * 64, "a b", "-a", "a\n")
    ),
    (
        pod(metadata={"annotations": {"batch.amazonaws.com/why": ""}}),
        f"The prefix batch.amazonaws.com of the pod annotation key {RESERVED}",
    ),
    (
        pod(metadata={"annotations": {"why?": ""}}),
        "The name why? of the pod annotation key does not match a valid pattern.",
    ),
    (
        pod(metadata={"annotations": {"/why": ""}}),
        "The prefix  of the pod annotation key does not match a valid pattern.",
    ),
    (
        annotations(why="x" * 256),
        f"Metadata annotation value {'x' * 256} cannot be longer than 255 characters.",
    ),
    (
        namespace("default"),
        "kubernetesNamespace cannot be the default Kubernetes namespace.",
    ),
    (
        namespace("kube-system"),
        "kubernetesNamespace cannot be a reserved Kubernetes system namespace.",
    ),
    (namespace("Render"), "kubernetesNamespace must be a valid Kubernetes namespace."),
    (namespace(""), "kubernetesNamespace must be a valid Kubernetes namespace."),
    (namespace("a" * 64), "kubernetesNamespace must less than or equal to 63 characters."),
]


@pytest.mark.parametrize("name", VALID)
def test_accepted(refused_text: Text, name: str) -> None:
    """A pod that follows every rule is accepted."""
    assert refused_text("RegisterJobDefinition", VALID[name]) is None


@pytest.mark.parametrize(("request_params", "text"), [*SHAPE, *RESOURCES, *METADATA])
def test_refused(refused_text: Text, request_params: dict[str, Any], text: str | None) -> None:
    """A pod is accepted (None) or refused with the message of the rule that it breaks."""
    assert refused_text("RegisterJobDefinition", request_params) == text


def test_pods_of_any_block() -> None:
    """The rules for a pod can be applied to a pod of any block and to an override."""
    assert pod_problem(RICH_POD) is None
    assert pod_problem({"containers": [{"image": "busybox"}]}) is not None
    assert pod_override_problem({"containers": [{"image": "busybox"}]}) is None
    assert pod_override_problem({}) is None
