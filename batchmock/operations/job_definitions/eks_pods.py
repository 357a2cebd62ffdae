"""
Pods on Amazon EKS: `eksProperties` as shown, with overrides applied, and as they run.

Sources: EksPodProperties, EksPropertiesOverride, EksPodPropertiesDetail and EksAttemptDetail
(documented); a job definition's lists, and a finished attempt, as captured from DescribeJobs in 2023.
That capture shows neither a default name nor requests copied from limits, which are both documented:
they apply to the pod and are not shown.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from hashlib import blake2b
from typing import Any, Final, cast

from batchmock.copies import copy_of
from batchmock.errors import ServiceError
from batchmock.operations.job_definitions.attempt_details import with_exit
from batchmock.operations.job_definitions.containers import substituted
from batchmock.operations.job_definitions.contents import Placeholders, Runs
from batchmock.operations.job_definitions.simulated_containers import Environment
from batchmock.operations.member_order import in_model_order
from batchmock.operations.region import Region
from batchmock.simulation.identifiers import uuid_text
from batchmock.simulation.jobs.attempts import Attempt
from batchmock.simulation.jobs.job import Container, ContainerRun, Job, TaskContainer
from batchmock.simulation.jobs.tasks import first_essential
from batchmock.validation.rules.job_definitions.eks_pods import DEFAULT_NAME

# Documented: an override names a container of the job definition. The text is assumed.
UNKNOWN_CONTAINER: Final = "Container {name} in eksPropertiesOverride is not in the job definition."

#: The lists of a container that the service shows empty by default (captured).
LISTS: Final = ("command", "args", "env", "volumeMounts")

#: Both kinds of containers, init containers first, as they run.
KINDS: Final = ("initContainers", "containers")

#: The members in which `Ref::name` is replaced. Documented for the command, inferred for arguments.
_SUBSTITUTED: Final = ("command", "args")

Properties = dict[str, Any]


def shown_pod(pod: Mapping[str, Any]) -> Properties:
    """Return `podProperties` as DescribeJobDefinitions shows them."""
    shown = {**pod, "volumes": pod.get("volumes", [])}
    for kind in KINDS:
        if kind in pod:
            shown[kind] = [_shown_container(item) for item in pod[kind]]
    return shown


def _shown_container(container: Mapping[str, Any]) -> Properties:
    return {"image": container["image"], **{name: [] for name in LISTS}, **container}


class EksContents:
    """A pod: `eksProperties`."""

    __slots__ = ("_runs", "definition_name", "properties")

    member = "eksProperties"
    override_member = "eksPropertiesOverride"
    attempts_member = "eksAttempts"
    capability = "EKS"

    def __init__(self, properties: Properties, definition_name: str) -> None:
        self.properties = properties
        self.definition_name = definition_name
        self._runs: Runs | None = None

    @classmethod
    def registered(cls, properties: Mapping[str, Any], definition_name: str) -> EksContents:
        """Return the contents of a validated `eksProperties`."""
        pod = shown_pod(properties["podProperties"])
        return cls({**properties, "podProperties": pod}, definition_name)

    @property
    def _pod(self) -> Properties:
        pod: Properties = self.properties["podProperties"]
        return pod

    def _with(self, pod: Properties) -> EksContents:
        return EksContents({**self.properties, "podProperties": pod}, self.definition_name)

    def _with_each(self, change: Callable[[Properties], Properties]) -> EksContents:
        """Return the contents with a function applied to every container, init containers included."""
        changed: Properties = {
            kind: [change(item) for item in self._pod[kind]] for kind in KINDS if kind in self._pod
        }
        return self._with({**self._pod, **changed})

    def overridden(self, overrides: dict[str, Any]) -> EksContents:
        """Return the contents with eksPropertiesOverride applied to containers and metadata."""
        given = overrides.get("podProperties", {})
        pod = dict(self._pod)
        for kind in KINDS:
            if given.get(kind):
                pod[kind] = _overridden_containers(pod.get(kind, []), given[kind])
        if given.get("metadata"):
            pod["metadata"] = _merged_metadata(pod.get("metadata", {}), given["metadata"])
        return self._with(pod)

    def substituted(self, placeholders: Placeholders) -> EksContents:
        """Return the contents with `Ref::name` replaced; `$(NAME)` is left to Kubernetes."""
        if not any(
            "Ref::" in element
            for kind in KINDS
            for item in self._pod.get(kind, ())
            for name in _SUBSTITUTED
            for element in item[name]
        ):
            return self
        return self._with_each(
            lambda item: {
                **item,
                **{name: substituted(item[name], placeholders) for name in _SUBSTITUTED},
            }
        )

    def runs(self) -> Runs:
        """Return the containers, init containers first, and the first regular one with the pod's size."""
        if self._runs is None:
            containers = tuple(
                _simulated(item, init=kind == "initContainers")
                for kind in KINDS
                for item in self._pod.get(kind, ())
            )
            self._runs = Runs(_of_whole_pod(containers), containers)
        return self._runs

    def job_members(self, region: Region, job: Job, attempt: Attempt | None) -> dict[str, Any]:
        """Return `eksProperties`, with pod and node from RUNNING on (documented) and exits at the end."""
        properties: Properties = copy_of(self.properties)
        pod = properties["podProperties"]
        if attempt is None:
            return {"eksProperties": properties}
        if attempt.started_at_ms is not None or attempt.stopped_at_ms is not None:
            pod.update(_pod_keys(region, attempt))
        for kind, runs in self._ended(attempt).items():
            for container, run in zip(pod[kind], runs, strict=True):
                _with_exit(container, run)
        return {"eksProperties": properties}

    def attempt_detail(self, region: Region, job: Job, attempt: Attempt) -> dict[str, Any]:
        """Return a finished attempt as an entry of `eksAttempts`; its times are whole seconds (captured)."""
        entry: dict[str, Any] = {
            kind: [
                _ended_container(container, run, attempt, kind)
                for container, run in zip(self._pod[kind], runs, strict=True)
            ]
            for kind, runs in self._ended(attempt).items()
        }
        entry.update(_pod_keys(region, attempt))
        entry.update(_cluster_keys(region, attempt, self._pod))
        for name, at_ms in (
            ("startedAt", attempt.started_at_ms),
            ("stoppedAt", attempt.stopped_at_ms),
        ):
            if at_ms is not None:
                entry[name] = at_ms // 1000 * 1000
        if attempt.status_reason is not None:
            entry["statusReason"] = attempt.status_reason
        return cast("Properties", in_model_order("EksAttemptDetail", entry))

    def _ended(self, attempt: Attempt) -> dict[str, list[ContainerRun]]:
        """Return how the containers of an attempt ended, by kind; nothing before it ends."""
        runs, ended = list(attempt.runs), {}
        for kind in KINDS:
            count = len(self._pod.get(kind, ()))
            if runs and count:
                ended[kind], runs = runs[:count], runs[count:]
        return ended


def _overridden_containers(
    containers: list[Properties], overrides: list[Mapping[str, Any]]
) -> list[Properties]:
    """Apply overrides to the containers that they name; a nameless override applies to a single container."""
    containers = list(containers)
    names = [item.get("name", DEFAULT_NAME) for item in containers]
    for override in overrides:
        name = override.get("name", names[0] if len(names) == 1 else DEFAULT_NAME)
        if name not in names:
            raise ServiceError(UNKNOWN_CONTAINER.format(name=name))
        index = names.index(name)
        containers[index] = _overridden(containers[index], override)
    return containers


def _overridden(container: Properties, override: Mapping[str, Any]) -> Properties:
    """
    Return a container with an override applied: it replaces image, command and arguments.

    Environment variables are merged by name; a resource replaces both its limit and its request
    (inferred from `resourceRequirements`, which replace those of their type).
    """
    merged = dict(container)
    for name in ("image", "command", "args"):
        if override.get(name):
            merged[name] = override[name]
    if override.get("env"):
        entries = {entry["name"]: entry for entry in (*container["env"], *override["env"])}
        merged["env"] = list(entries.values())
    if override.get("resources"):
        merged["resources"] = _merged_resources(
            container.get("resources", {}), override["resources"]
        )
    return merged


def _merged_resources(base: Mapping[str, Any], override: Mapping[str, Any]) -> Properties:
    given = {name for side in override.values() for name in side}
    merged = {}
    for side in ("limits", "requests"):
        kept = {name: value for name, value in base.get(side, {}).items() if name not in given}
        quantities = {**kept, **override.get(side, {})}
        if quantities:
            merged[side] = quantities
    return merged


def _merged_metadata(base: Mapping[str, Any], override: Mapping[str, Any]) -> Properties:
    """Return metadata with an override applied: maps are merged by key (assumed)."""
    merged = {**base, **override}
    for name in ("labels", "annotations"):
        if name in merged:
            merged[name] = {**base.get(name, {}), **override.get(name, {})}
    return merged


def _simulated(container: Properties, *, init: bool) -> TaskContainer:
    asked = container.get("resources", {})
    # Requests default to the limits (documented).
    quantities = {**asked.get("limits", {}), **asked.get("requests", {})}
    return TaskContainer(
        container.get("name", DEFAULT_NAME),
        Container(
            image=container["image"],
            command=(*container["command"], *container["args"]),
            environment=Environment(lambda: container["env"]),
            vcpus=float(quantities.get("cpu", 0)),
            memory_mib=int(quantities.get("memory", "0Mi").removesuffix("Mi")),
            gpus=int(quantities.get("nvidia.com/gpu", 0)),
        ),
        init=init,
    )


def _of_whole_pod(containers: tuple[TaskContainer, ...]) -> Container:
    """
    Return the first container with the size of the whole pod, which is the job's.

    Source: Kubernetes, "Init Containers", resource sharing: the larger of the sum of the containers
    and the largest init container.
    """
    init = [item.container for item in containers if item.init]
    others = [item.container for item in containers if not item.init]
    return first_essential(containers).container._replace(
        vcpus=max(sum(item.vcpus for item in others), *(item.vcpus for item in init), 0.0),
        memory_mib=max(sum(item.memory_mib for item in others), *(i.memory_mib for i in init), 0),
        gpus=max(sum(item.gpus for item in others), *(item.gpus for item in init), 0),
    )


def _pod_keys(region: Region, attempt: Attempt) -> dict[str, str]:
    """
    Return the names of the pod and its node.

    Source: AWS Batch user guide, "Amazon EKS jobs" (`aws-batch.` and a name-based UUID); node names
    outside us-east-1 captured.
    """
    address = attempt.private_ip.replace(".", "-")
    domain = "ec2.internal" if region.name == "us-east-1" else f"{region.name}.compute.internal"
    return {
        "podName": f"aws-batch.{uuid_text(attempt.task_id, '3')}",
        "nodeName": f"ip-{address}.{domain}",
    }


def _cluster_keys(region: Region, attempt: Attempt, pod: Properties) -> dict[str, str]:
    """Return cluster and namespace of the pod; its own namespace overrides the environment's."""
    configuration = region.eks_configurations[attempt.environment.cluster]
    keys = {
        "eksClusterArn": configuration["eksClusterArn"],
        "podNamespace": configuration["kubernetesNamespace"],
    }
    if "namespace" in pod.get("metadata", {}):
        keys["podNamespace"] = pod["metadata"]["namespace"]
    return keys


def _ended_container(
    container: Properties, run: ContainerRun, attempt: Attempt, kind: str
) -> dict[str, Any]:
    """Return how a container of an attempt ended; a containerd ID is assumed."""
    entry: dict[str, Any] = {"name": container["name"]} if "name" in container else {}
    if run.exit_code is not None:
        digits = blake2b(f"{attempt.task_id} {kind} {run.name}".encode(), digest_size=32)
        entry["containerID"] = f"containerd://{digits.hexdigest()}"
    return _with_exit(entry, run)


def _with_exit(keys: dict[str, Any], run: ContainerRun) -> dict[str, Any]:
    return with_exit(keys, run.exit_code, run.reason)
