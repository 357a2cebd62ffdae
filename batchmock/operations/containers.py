"""
Container properties: as the service shows them, with overrides laid over them, and as they run.

Sources: ContainerProperties and ContainerOverrides (documented); which lists appear empty, and what
is filled in, as captured from DescribeJobDefinitions and DescribeJobs.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from batchmock.operations.copies import copy_of
from batchmock.simulation.job import Container

#: Lists that the service shows empty when they were not given.
LISTS: Final = (
    "command",
    "volumes",
    "environment",
    "mountPoints",
    "ulimits",
    "resourceRequirements",
    "secrets",
)

LATEST_PLATFORM: Final = {"platformVersion": "LATEST"}

Properties = dict[str, Any]


def shown_properties(properties: Mapping[str, Any], *, fargate: bool) -> Properties:
    """
    Give container properties as DescribeJobDefinitions shows them.

    Empty lists are filled in, and the platform version on Fargate; environment variables without a
    value are dropped, as Terraform's provider found (captured).
    """
    shown: Properties = {"image": properties["image"]}
    for name in LISTS:
        shown[name] = properties.get(name, [])
    for name, value in properties.items():
        shown[name] = value
    shown["environment"] = [entry for entry in shown["environment"] if entry.get("value")]
    shown["resourceRequirements"] = _requirements(shown["resourceRequirements"])
    if "logConfiguration" in shown:
        shown["logConfiguration"] = {
            "logDriver": None,
            "options": {},
            "secretOptions": [],
            **shown["logConfiguration"],
        }
    if "linuxParameters" in shown:
        shown["linuxParameters"] = _linux_parameters(shown["linuxParameters"])
    if fargate:
        shown.setdefault("fargatePlatformConfiguration", dict(LATEST_PLATFORM))
    return shown


def _requirements(requirements: list[dict[str, str]]) -> list[dict[str, str]]:
    return [{"value": entry["value"], "type": entry["type"]} for entry in requirements]


def _linux_parameters(parameters: Mapping[str, Any]) -> Properties:
    return {
        **parameters,
        "devices": [{"permissions": [], **device} for device in parameters.get("devices", [])],
        "tmpfs": [{"mountOptions": [], **mount} for mount in parameters.get("tmpfs", [])],
    }


def with_overrides(properties: Properties, overrides: Mapping[str, Any]) -> Properties:
    """
    Give properties with a SubmitJob's containerOverrides laid over them; both stay as they are.

    The command is replaced, environment merged by name, resource requirements replaced by type; the
    deprecated `vcpus` and `memory` replace only the definition's own deprecated fields and leave
    `resourceRequirements` alone (ContainerOverrides, documented).
    """
    merged = dict(properties)
    if overrides.get("command"):
        merged["command"] = overrides["command"]
    if overrides.get("environment"):
        merged["environment"] = _merged_by(
            "name", properties["environment"], overrides["environment"]
        )
    if overrides.get("resourceRequirements"):
        requirements = _requirements(overrides["resourceRequirements"])
        merged["resourceRequirements"] = _merged_by(
            "type", properties["resourceRequirements"], requirements
        )
        _drop_overridden_legacy_fields(merged, requirements)
    for name in ("vcpus", "memory", "instanceType"):
        if name in overrides and (name in properties or name == "instanceType"):
            merged[name] = overrides[name]
    return merged


def _merged_by(key: str, base: list[Any], overrides: list[Any]) -> list[Any]:
    entries = {entry[key]: entry for entry in base}
    entries.update((entry[key], entry) for entry in overrides)
    return list(entries.values())


def _drop_overridden_legacy_fields(merged: Properties, requirements: list[dict[str, str]]) -> None:
    """A requirement given at submit wins over the definition's deprecated field of the same kind."""
    given = {entry["type"] for entry in requirements}
    if "VCPU" in given:
        merged.pop("vcpus", None)
    if "MEMORY" in given:
        merged.pop("memory", None)


def simulated_container(properties: Mapping[str, Any]) -> Container:
    """Give what the simulation needs of shown container properties."""
    required = {entry["type"]: entry["value"] for entry in properties["resourceRequirements"]}
    return Container(
        image=properties["image"],
        command=tuple(properties["command"]),
        environment={entry["name"]: entry.get("value", "") for entry in properties["environment"]},
        vcpus=float(required.get("VCPU", properties.get("vcpus", 1))),
        memory_mib=int(required.get("MEMORY", properties.get("memory", 0))),
        gpus=int(required.get("GPU", 0)),
    )


def shown_container(properties: Properties) -> Properties:
    """Give container properties as DescribeJobs shows them: a copy, with `networkInterfaces`."""
    shown: Properties = copy_of(properties)
    shown["networkInterfaces"] = []
    return shown
