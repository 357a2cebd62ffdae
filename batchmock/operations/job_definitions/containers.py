"""
Container properties: as the service shows them, with overrides applied, and as they run.

Sources: ContainerProperties and ContainerOverrides (documented); which lists appear empty, and what
is filled in, as captured from DescribeJobDefinitions and DescribeJobs.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from marshal import dumps, loads
from typing import Any, Final

from batchmock.copies import Copier
from batchmock.errors import ServiceError
from batchmock.operations.job_definitions.attempt_details import (
    log_stream_name,
    network_interfaces,
    task_keys,
    with_times,
)
from batchmock.operations.job_definitions.contents import Placeholders, Runs
from batchmock.operations.job_definitions.simulated_containers import (
    simulated_container,
)
from batchmock.operations.member_order import in_model_order
from batchmock.operations.region import Region
from batchmock.simulation.jobs.attempts import Attempt
from batchmock.simulation.jobs.job import Job
from batchmock.validation.rules.resources import (
    below_minimum,
    fargate_pair,
    gpu_on_fargate,
    not_a_number,
)

# Captured.
NO_PARAMETER: Final = "Unable to substitute value. No parameter found for reference {name}"
NOT_ON_FARGATE: Final = "{name} is not applicable for Fargate. Use resource requirements instead."

_WHOLE_REFERENCE: Final = re.compile(r"\ARef::(.*)\Z", re.DOTALL)
_REFERENCE: Final = re.compile(r"Ref::([A-Za-z0-9_-]+)")
_RESOURCES: Final = ("resourceRequirements", "vcpus", "memory")
_ANY_RESOURCE: Final = frozenset(_RESOURCES)
#: The deprecated members, by the resource requirement that replaced each.
_DEPRECATED: Final = {"VCPU": "vcpus", "MEMORY": "memory"}
#: The members that an override replaces as a whole.
_REPLACED: Final = frozenset({*_DEPRECATED.values(), "instanceType"})

#: The lists that the service shows empty by default.
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


_NOTHING: Final[dict[str, Any]] = {}

#: The resource checks that are repeated after overrides.
_CHECKS: Final = (not_a_number, below_minimum)
_CHECKS_ON_FARGATE: Final = (gpu_on_fargate, not_a_number, fargate_pair)

Properties = dict[str, Any]


def shown_properties(properties: Mapping[str, Any], *, fargate: bool) -> Properties:
    """
    Return container properties as DescribeJobDefinitions shows them.

    The service adds empty lists and, on Fargate, the platform version. It drops environment variables
    without a value (captured by Terraform's provider).
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
    Return a copy of the properties with a SubmitJob's containerOverrides applied.

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
        # A requirement given at submit wins over the definition's deprecated field of the same kind.
        for entry in requirements:
            merged.pop(_DEPRECATED.get(entry["type"], ""), None)
    if not _REPLACED.isdisjoint(overrides):
        for name in _DEPRECATED.values():
            if name in overrides and name in properties:
                merged[name] = overrides[name]
        if "instanceType" in overrides:
            merged["instanceType"] = overrides["instanceType"]
    return merged


def _merged_by(key: str, base: list[Any], overrides: list[Any]) -> list[Any]:
    return list({entry[key]: entry for entry in (*base, *overrides)}.values())


def check_resources(properties: Properties, platform: str) -> None:
    """
    Check the resources of a container after overrides against the limits of a job definition.

    Raises:
        ServiceError: a value is too small, not a number, or not a Fargate size (assumed at submit).
    """
    for check in _CHECKS_ON_FARGATE if platform == "FARGATE" else _CHECKS:
        text = check(properties, platform)
        if text is not None:
            raise ServiceError(text, wrapped=True)


def substituted(command: list[str], placeholders: Placeholders) -> list[str]:
    """
    Replace each element `Ref::name` by the parameter's value.

    Raises:
        ServiceError: a reference has no parameter.
    """

    def value(reference: re.Match[str]) -> str:
        if reference[1] not in placeholders.parameters:
            raise ServiceError(NO_PARAMETER.format(name=reference[1]))
        return placeholders.parameters[reference[1]]

    pattern = _REFERENCE if placeholders.anywhere else _WHOLE_REFERENCE
    return [pattern.sub(value, element) for element in command]


class ContainerContents:
    """A single container: `containerProperties`."""

    __slots__ = ("_copiers", "_properties", "_runs", "capability", "definition_name")

    member = "containerProperties"
    override_member = "containerOverrides"
    attempts_member = "attempts"

    def __init__(self, properties: Properties, definition_name: str, capability: str) -> None:
        self._properties = properties
        self.definition_name = definition_name
        self.capability = capability
        self._runs: Runs | None = None
        #: What jobs show, by the names of their run-time keys; jobs with equal requests share it.
        self._copiers: dict[tuple[str, ...], Copier] | None = None

    @property
    def properties(self) -> Properties:
        """The properties as the service shows them."""
        return self._properties

    def overridden(self, overrides: dict[str, Any]) -> ContainerContents:
        """Return the contents with containerOverrides applied."""
        if self.capability == "FARGATE":
            for name in ("vcpus", "memory"):
                if name in overrides:
                    raise ServiceError(NOT_ON_FARGATE.format(name=name))
        changed = OverriddenContainer(self, overrides)
        if not _ANY_RESOURCE.isdisjoint(overrides):
            check_resources(changed.resources, self.capability)
        return changed

    def substituted(self, placeholders: Placeholders) -> ContainerContents:
        """Return the contents with `Ref::name` replaced in the command."""
        command = self.properties["command"]
        if "Ref::" not in "\n".join(command):
            return self
        return OverriddenContainer(self, {"command": substituted(command, placeholders)})

    def environment(self) -> list[dict[str, str]]:
        """Return the environment as the service shows it."""
        entries: list[dict[str, str]] = self.properties["environment"]
        return entries

    def runs(self) -> Runs:
        """Return the container that the simulation runs."""
        if self._runs is None:
            self._runs = Runs(simulated_container(self.properties, self.environment))
        return self._runs

    def job_members(self, region: Region, job: Job, attempt: Attempt | None) -> dict[str, Any]:
        """Return `container`, with its run-time keys from STARTING on."""
        keys = _NOTHING if attempt is None else self._run_time_keys(region, job, attempt)
        names = tuple(keys)
        copier = self._copiers.get(names) if self._copiers is not None else None
        container = (copier or self._copier_with(names)).copy()
        container.update(keys)
        return {"container": container}

    def _copier_with(self, run_time_keys: tuple[str, ...]) -> Copier:
        """Return a copier of the properties, with places for run-time keys, in the order of the model."""
        if self._copiers is None:
            self._copiers = {}
        shown = {"networkInterfaces": [], **self.properties, **dict.fromkeys(run_time_keys)}
        copier = self._copiers[run_time_keys] = Copier(in_model_order("ContainerDetail", shown))
        return copier

    def attempt_detail(self, region: Region, job: Job, attempt: Attempt) -> dict[str, Any]:
        """Return an entry of `attempts`: `container` with ARNs, log stream, exit code and reason."""
        return with_times({"container": self._run_time_keys(region, job, attempt)}, attempt)

    def _run_time_keys(self, region: Region, job: Job, attempt: Attempt) -> dict[str, Any]:
        keys = task_keys(region, attempt)
        if attempt.exit_code is not None:
            keys["exitCode"] = attempt.exit_code
        if attempt.reason is not None:
            keys["reason"] = attempt.reason
        keys["logStreamName"] = log_stream_name(self.definition_name, self.properties, attempt)
        keys["networkInterfaces"] = network_interfaces(job, attempt)
        return keys


class OverriddenContainer(ContainerContents):
    """
    A container with the overrides of a SubmitJob applied.

    The container to run is computed at once, and the shown properties on first use: most jobs are never shown
    in full.
    """

    __slots__ = ("_base", "_overrides", "_packed", "resources")

    def __init__(self, base: ContainerContents, overrides: dict[str, Any]) -> None:
        super().__init__({}, base.definition_name, base.capability)
        self._base = base
        self._overrides = overrides
        #: The overrides, packed: they live as long as the job and are seldom read.
        self._packed: bytes | None = None
        #: The requested resources, as the service shows them.
        self.resources = with_overrides(_part(base.properties), _part(overrides))

    @property
    def properties(self) -> Properties:
        """The properties as the service shows them."""
        if not self._properties:
            overrides = self._overrides if self._packed is None else loads(self._packed)
            self._properties = with_overrides(self._base.properties, overrides)
            self._packed = None
        return self._properties

    def substituted(self, placeholders: Placeholders) -> ContainerContents:
        """Return the contents with `Ref::name` replaced in the command."""
        command = self._command()
        if "Ref::" not in "\n".join(command):
            return self
        overrides = {**self._overrides, "command": substituted(command, placeholders)}
        return OverriddenContainer(self._base, overrides)

    def runs(self) -> Runs:
        """Return the container that the simulation runs."""
        if self._runs is None:
            image = self._base.properties["image"]
            what_runs = {**self.resources, "image": image, "command": self._command()}
            self._runs = Runs(simulated_container(what_runs, self.environment))
            self._packed, self._overrides = dumps(self._overrides), _NOTHING
        return self._runs

    def _command(self) -> list[str]:
        command: list[str] = self._overrides.get("command") or self._base.properties["command"]
        return command


def _part(source: Mapping[str, Any]) -> Properties:
    """Return the members of properties or overrides that request resources."""
    return {name: source[name] for name in _RESOURCES if name in source}
