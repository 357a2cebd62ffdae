"""
The table of rules for a pod (`podProperties`) of a job definition.

The functions take a pod and ignore its platform. The rules on names, resources and metadata also apply to pods
in overrides.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from batchmock.validation.rules.job_definitions import eks_metadata as eks_metadata
from batchmock.validation.rules.job_definitions import eks_resources as eks_resources
from batchmock.validation.rules.job_definitions.eks_resources import PodContainer
from batchmock.validation.rules.rule import PREFLIGHT, BlockRule, BlockRules

Pod = dict[str, Any]

#: The default name of a container (documented).
DEFAULT_NAME = "Default"

# Captured: the service refuses 1Gi and accepts 100Mi. Whether it refuses a number without a unit is not known.
_SIZE_LIMIT = re.compile(r"[0-9]+(\.[0-9]+)?(Mi)?")


def pod_problem(pod: Pod, platform: str = "") -> str | None:
    """Return the text for the first rule that the pod of a job definition violates, or None."""
    return POD_RULES.problem(pod, platform)


def pod_override_problem(pod: Pod) -> str | None:
    """Return the text for the first rule that the pod of an override violates, or None."""
    return POD_OVERRIDE_RULES.problem(pod, "")


def all_containers(pod: Pod) -> Iterator[PodContainer]:
    """Return the containers and the init containers."""
    yield from pod.get("containers", ())
    yield from pod.get("initContainers", ())


def repeated_name(pod: Pod, platform: str) -> str | None:
    """Refuse two containers, including init containers, with the same name."""
    seen = set()
    for container in all_containers(pod):
        name = container.get("name", DEFAULT_NAME)
        if name in seen:
            return f"The container name: {name} must be unique in multi-container job."
        seen.add(name)
    return None


def of_each(
    violated_by: Callable[[PodContainer], str | None],
) -> Callable[[Pod, str], str | None]:
    """Turn a rule on a container, init or not, into a rule on the pod."""

    def of_pod(pod: Pod, platform: str) -> str | None:
        return next(filter(None, map(violated_by, all_containers(pod))), None)

    return of_pod


def of_metadata(
    violated_by: Callable[[dict[str, Any]], str | None],
) -> Callable[[Pod, str], str | None]:
    """Turn a rule on metadata into a rule on the pod."""

    def of_pod(pod: Pod, platform: str) -> str | None:
        return violated_by(pod.get("metadata", {}))

    return of_pod


def missing_resources(pod: Pod, platform: str) -> str | None:
    """Refuse containers that do not request CPU and memory; init containers need not (assumed)."""
    return next(filter(None, map(eks_resources.missing_resources, pod["containers"])), None)


def unknown_volume(pod: Pod, platform: str) -> str | None:
    """Refuse a mount of a volume that the pod does not have; AWS's text says that the name is missing."""
    names = {volume["name"] for volume in pod.get("volumes", ())}
    violated = any(
        mount.get("name") not in names
        for container in all_containers(pod)
        for mount in container.get("volumeMounts", ())
    )
    return "The volumeMounts name is required for eksProperties." if violated else None


def size_limit(pod: Pod, platform: str) -> str | None:
    """Refuse an emptyDir size in a unit other than MiB."""
    for volume in pod.get("volumes", ()):
        limit = volume.get("emptyDir", {}).get("sizeLimit")
        if limit is not None and not _SIZE_LIMIT.fullmatch(limit):
            return "Invalid empty dir size limit."
    return None


POD_OVERRIDE_RULES = BlockRules(
    (
        BlockRule(
            "names of containers differ",
            repeated_name,
            PREFLIGHT + "jd-eks-container-name-unique; the default name is documented",
        ),
        BlockRule(
            "quantities of resources",
            of_each(eks_resources.bad_quantity),
            PREFLIGHT + "jd-eks-resource-key-unsupported, jd-eks-cpu-value, jd-eks-memory-unit, "
            "jd-eks-gpu-integer; at least 4Mi is documented",
        ),
        BlockRule(
            "requests fit limits",
            of_each(eks_resources.unequal_sides),
            PREFLIGHT + "jd-eks-cpu-limits-ge-requests, jd-eks-memory-limits-eq-requests, "
            "jd-eks-gpu-limits-eq-requests",
        ),
        BlockRule(
            "labels",
            of_metadata(eks_metadata.bad_labels),
            PREFLIGHT + "jd-eks-label-key-format, jd-eks-label-key-reserved-prefix, "
            "jd-eks-label-value-format",
        ),
        BlockRule(
            "annotations",
            of_metadata(eks_metadata.bad_annotations),
            PREFLIGHT + "jd-eks-annotation-key-reserved-prefix, jd-eks-annotation-value-length; "
            "a bad name is documented",
        ),
    )
)

POD_RULES = BlockRules(
    (
        *POD_OVERRIDE_RULES,
        BlockRule(
            "containers ask for CPU and memory",
            missing_resources,
            PREFLIGHT + "jd-eks-resources-required",
        ),
        BlockRule(
            "mounts name a volume", unknown_volume, PREFLIGHT + "jd-eks-volume-mount-name-exists"
        ),
        BlockRule("sizes of emptyDir", size_limit, PREFLIGHT + "jd-eks-empty-dir-size-limit-unit"),
    )
)
