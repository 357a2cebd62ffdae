"""
The resources of the containers of a pod: `cpu`, `memory` and `nvidia.com/gpu`.

For containers in job definitions and in overrides, which may name only some resources.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

PodContainer = dict[str, Any]

_NUMBER = re.compile(r"[0-9]{1,18}(\.[0-9]{1,18})?")
_WHOLE_NUMBER = re.compile(r"[0-9]{1,18}")
_MEBIBYTES = re.compile(r"([0-9]{1,18})Mi")
_CPU_STEP = Decimal("0.25")
_MIN_MEBIBYTES = 4
_GPU = "nvidia.com/gpu"


def quantities(container: PodContainer) -> Iterator[tuple[str, str]]:
    """Return each resource of the container with its quantity, limits first."""
    asked = container.get("resources", {})
    for side in ("limits", "requests"):
        yield from asked.get(side, {}).items()


def bad_quantity(container: PodContainer) -> str | None:
    """Refuse unknown resources and malformed quantities."""
    for name, quantity in quantities(container):
        problem = _PROBLEMS.get(name)
        if problem is None:
            return f"{name} is not a supported type for resources."
        text = problem(quantity)
        if text is not None:
            return text
    return None


def _cpu_problem(quantity: str) -> str | None:
    """Return the text for a quantity of CPU; milli-CPUs have their own text."""
    if not _NUMBER.fullmatch(quantity):
        return f"Value {quantity} for type cpu in resources is not valid. {_UNIT}"
    number = Decimal(quantity)
    if number <= 0 or number % _CPU_STEP:
        return f"Value {quantity} for type cpu in resources is not valid. {_INPUT}"
    return None


def _memory_problem(quantity: str) -> str | None:
    matched = _MEBIBYTES.fullmatch(quantity)
    if matched is None or int(matched[1]) < _MIN_MEBIBYTES:
        return f"Value {quantity} for type memory is not valid."
    return None


def _gpu_problem(quantity: str) -> str | None:
    if not _WHOLE_NUMBER.fullmatch(quantity):
        return f"Value {quantity} for type {_GPU} in resources is not valid. {_INPUT}"
    return None


_UNIT = "Provide a valid number and unit."
_INPUT = "Provide a valid number as input."
_PROBLEMS = {"cpu": _cpu_problem, "memory": _memory_problem, _GPU: _gpu_problem}


def unequal_sides(container: PodContainer) -> str | None:
    """Refuse a request that does not match its limit; `bad_quantity` has checked the quantities."""
    asked = container.get("resources", {})
    limits, requests = asked.get("limits", {}), asked.get("requests", {})
    both = limits.keys() & requests.keys()
    if "cpu" in both and Decimal(requests["cpu"]) > Decimal(limits["cpu"]):
        return "cpu request must be <= to cpu limit if both are provided."
    for name, shown in (("memory", "memory"), (_GPU, "gpu")):
        if name in both and _number(requests[name]) != _number(limits[name]):
            return f"{shown} request must be equal to {shown} limit if both are provided."
    return None


def _number(quantity: str) -> int:
    return int(quantity.removesuffix("Mi"))


def missing_resources(container: PodContainer) -> str | None:
    """Refuse a container without both CPU and memory, in requests or limits."""
    if not container.get("resources"):
        return "You must provide a container for eksProperties."
    if not {"cpu", "memory"} <= dict(quantities(container)).keys():
        return "cpu and memory resources must be provided."
    return None
