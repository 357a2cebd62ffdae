"""Rules on the target instance types of launch template overrides."""

from __future__ import annotations

from collections.abc import Iterator

from batchmock.validation.rules.compute_resources import ComputeResourceRule, Resources
from batchmock.validation.rules.rule import PREFLIGHT, repeated, text_if


def _targets(resources: Resources) -> Iterator[list[str]]:
    """Return the target instance types of each override."""
    for override in resources.get("launchTemplate", {}).get("overrides", ()):
        yield override["targetInstanceTypes"]


def overlapping_targets(resources: Resources, on_eks: bool) -> str | None:
    """Refuse an instance type that is targeted twice, by itself or with its family."""
    names = [name for targets in _targets(resources) for name in targets]
    with_family = ("." in name and name.partition(".")[0] in names for name in names)
    return text_if(
        repeated(names) or any(with_family),
        "LaunchTemplate.overrides have duplicate targetInstanceTypes",
    )


def unknown_targets(resources: Resources, on_eks: bool) -> str | None:
    """Refuse an override that targets an instance type missing from the resources."""
    types = set(resources.get("instanceTypes", ()))
    for targets in _targets(resources):
        unknown = [name for name in targets if not _covered(name, types)]
        if unknown:
            return (
                f"LaunchTemplate.overrides:[{', '.join(unknown)}] have targetInstanceTypes "
                "that do not exist in computeResource.InstanceTypes."
            )
    return None


def _covered(name: str, types: set[str]) -> bool:
    """Return whether the types include a target or its family (the latter is assumed)."""
    return name in types or name.partition(".")[0] in types


TARGETS_DIFFER = ComputeResourceRule(
    "overrides differ in targets",
    overlapping_targets,
    PREFLIGHT + "ce-*; a type and its family documented for LaunchTemplateSpecificationOverride",
)

LAUNCH_TEMPLATE_RULES: tuple[ComputeResourceRule, ...] = (
    TARGETS_DIFFER,
    ComputeResourceRule(
        "overrides target the resources' types", unknown_targets, PREFLIGHT + "ce-*"
    ),
)
