"""
The vCPUs, memory and GPUs of a container, in `resourceRequirements` or the legacy members.

The functions take a container and its platform (`EC2` or `FARGATE`).
"""

from __future__ import annotations

import re
from typing import Any

from batchmock.validation import texts
from batchmock.validation.constraints import constraints
from batchmock.validation.rules.rule import text_if

Container = dict[str, Any]

_WHOLE_NUMBER = re.compile(r"-?[0-9]{1,18}")
_DECIMAL_NUMBER = re.compile(r"-?[0-9]{1,18}(\.[0-9]+)?")
_LEGACY = (("VCPU", "vcpus"), ("MEMORY", "memory"))
_DUPLICATES = "Cannot provide duplicates in resourceRequirements."


def _fargate_table() -> frozenset[tuple[float, float]]:
    """Return the pairs of vCPU and MiB that Fargate offers."""
    table = constraints()["ResourceRequirement.value"]["x-fargate"]["table"]
    return frozenset(
        (float(vcpu), float(memory)) for vcpu, memories in table.items() for memory in memories
    )


FARGATE_PAIRS = _fargate_table()


def requirement(container: Container, kind: str) -> str | None:
    """Return the value of the resource requirement of a type, or None."""
    for item in container.get("resourceRequirements", ()):
        if item["type"] == kind:
            return str(item["value"])
    return None


def missing_requirements(container: Container, wider: Container) -> list[dict[str, str]]:
    """Return the vCPUs and the memory that a container lacks and another one requests."""
    amounts = {
        kind: requested(wider, kind, legacy)
        for kind, legacy in _LEGACY
        if requested(container, kind, legacy) is None
    }
    return [{"value": value, "type": kind} for kind, value in amounts.items() if value is not None]


def requested(container: Container, kind: str, legacy: str) -> str | None:
    """Return the requested amount of a resource, in either form."""
    value = requirement(container, kind)
    return str(container[legacy]) if value is None and legacy in container else value


def legacy_and_requirement(container: Container, platform: str) -> str | None:
    """Refuse a resource that is requested in both forms."""
    for kind, legacy in _LEGACY:
        if legacy in container and requirement(container, kind) is not None:
            return (
                f"Cannot use both ECS containerProperties {legacy} and resourceRequirement {kind}."
            )
    return None


def duplicate_requirements(container: Container, platform: str = "") -> str | None:
    """Refuse two resource requirements of the same type."""
    items = container.get("resourceRequirements", ())
    return _DUPLICATES if len({item["type"] for item in items}) < len(items) else None


def legacy_on_fargate(container: Container, platform: str) -> str | None:
    """Refuse `vcpus` and `memory` on Fargate, which accepts only resource requirements."""
    for _, legacy in _LEGACY:
        if platform == "FARGATE" and legacy in container:
            return texts.LEGACY_ON_FARGATE.format(field=legacy)
    return None


def gpu_on_fargate(container: Container, platform: str) -> str | None:
    """Refuse GPUs on Fargate."""
    gpu = requirement(container, "GPU")
    return text_if(platform == "FARGATE" and gpu is not None, "GPU is not applicable for Fargate.")


def not_a_number(container: Container, platform: str) -> str | None:
    """Refuse a value that is not a number; only vCPUs on Fargate can be fractional."""
    for item in container.get("resourceRequirements", ()):
        kind, value = item["type"], item["value"]
        fraction_allowed = platform == "FARGATE" and kind == "VCPU"
        number = _DECIMAL_NUMBER if fraction_allowed else _WHOLE_NUMBER
        if number.fullmatch(value) is None or (kind == "GPU" and int(value) < 1):
            return (
                f"Value {value} for type {kind} in resourceRequirement is not valid. "
                "Please provide a numeric value."
            )
    return None


def below_minimum(container: Container, platform: str) -> str | None:
    """Refuse less than one vCPU or 4 MiB on EC2; Fargate has its table instead."""
    if platform == "FARGATE":
        return None
    asked = {item["type"]: item["value"] for item in container.get("resourceRequirements", ())}
    vcpu, memory = int(asked.get("VCPU", 1)), int(asked.get("MEMORY", 4))
    if vcpu < 1:
        return f"vCPU must be at least 1, got {vcpu}."
    if memory < 4:
        return f"Memory must be at least 4 Mib, got {memory} Mib."
    return None


def vcpu_missing(container: Container, platform: str) -> str | None:
    """Refuse a container that requests no vCPUs."""
    return text_if(requested(container, "VCPU", "vcpus") is None, "vCPU is required.")


def memory_missing(container: Container, platform: str) -> str | None:
    """Refuse a container that requests no memory."""
    return text_if(requested(container, "MEMORY", "memory") is None, texts.MEMORY_REQUIRED)


def below_windows_minimum(container: Container, platform: str) -> str | None:
    """Refuse less than one vCPU for a Windows container."""
    vcpu = requested(container, "VCPU", "vcpus") or "1"
    return text_if(
        is_windows(container) and float(vcpu) < 1,
        f"vCPU must be at least 1 for Windows Job definition, got {vcpu}.",
    )


def fargate_pair(container: Container, platform: str) -> str | None:
    """Refuse a combination of vCPUs and memory that Fargate does not offer; the text shows two decimals."""
    if platform != "FARGATE":
        return None
    vcpu = float(requested(container, "VCPU", "vcpus") or 0)
    memory = int(requested(container, "MEMORY", "memory") or 0)
    return text_if(
        (vcpu, memory) not in FARGATE_PAIRS,
        f"Fargate resource requirements ({vcpu:.2f} vCPU, {memory} MiB) not valid.",
    )


def is_windows(container: Container) -> bool:
    """Return whether the container runs on Windows."""
    family = container.get("runtimePlatform", {}).get("operatingSystemFamily", "LINUX")
    return bool(family != "LINUX")
