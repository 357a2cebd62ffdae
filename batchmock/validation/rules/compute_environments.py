"""
Rules for CreateComputeEnvironment and UpdateComputeEnvironment: the environment as a whole.

Rules on its `computeResources` are in `compute_resources` and `launch_templates`. Nonexistent roles and subnets
are not errors in the request: the environment becomes INVALID later.
"""

from __future__ import annotations

from batchmock.validation.rules import compute_resources, launch_templates
from batchmock.validation.rules.rule import PREFLIGHT, Params, Rule, text_if

_CREATE = ("CreateComputeEnvironment",)
_UPDATE = ("UpdateComputeEnvironment",)
_EKS_RESOURCES = ("EC2", "SPOT")


def compute_resources_missing(params: Params) -> str | None:
    """Refuse a managed environment without resources."""
    return text_if(
        params["type"] == "MANAGED" and not params.get("computeResources"),
        "computeResources must be provided for a MANAGED compute environment",
    )


def unmanaged_vcpus(params: Params) -> str | None:
    """Refuse unmanaged vCPUs in a managed environment."""
    return text_if(
        params["type"] == "MANAGED" and "unmanagedvCpus" in params,
        "unmanagedvCpus is not applicable for managed Compute Environments",
    )


def unmanaged_fargate(params: Params) -> str | None:
    """Refuse an unmanaged environment on Fargate."""
    kind = params.get("computeResources", {}).get("type", "")
    return text_if(
        params["type"] == "UNMANAGED" and kind in compute_resources.FARGATE,
        "Cannot create an UNMANAGED Fargate Compute Environment.",
    )


def service_role_missing(params: Params) -> str | None:
    """Refuse an unmanaged environment without a service role."""
    violated = params["type"] == "UNMANAGED" and not params.get("serviceRole")
    return text_if(violated, "ServiceRole is required.")


def service_linked_role(params: Params) -> str | None:
    """Refuse the service-linked role in an unmanaged environment."""
    return text_if(
        params["type"] == "UNMANAGED" and "AWSServiceRoleForBatch" in params.get("serviceRole", ""),
        "Service Linked Role cannot be used with UNMANAGED Compute Environment",
    )


def eks_compute_type(params: Params) -> str | None:
    """Refuse anything but EC2 and Spot on EKS."""
    kind = params.get("computeResources", {}).get("type", "EC2")
    return text_if(
        "eksConfiguration" in params and kind not in _EKS_RESOURCES,
        "Supported compute types for EKS compute environments are [EC2, SPOT]",
    )


def eks_allocation_strategy(params: Params) -> str | None:
    """Refuse an EKS environment that leaves its allocation strategy open."""
    return text_if(
        params["type"] == "MANAGED"
        and "eksConfiguration" in params
        and "allocationStrategy" not in params.get("computeResources", {}),
        "allocationStrategy is required for EKS Compute Environments.",
    )


def nothing_to_change(params: Params) -> str | None:
    """Refuse an update that only names the environment."""
    return text_if(
        params.keys() <= {"computeEnvironment"},
        "One of [state | compute-resources | service-role | unmanaged-vcpus] is required.",
    )


def empty_compute_resources(params: Params) -> str | None:
    """Refuse an update with empty resources."""
    return text_if(
        params.get("computeResources") == {},
        "At least one compute-resources attribute must be specified",
    )


COMPUTE_ENVIRONMENT_RULES: tuple[Rule, ...] = (
    Rule(
        _CREATE,
        "managed environments have resources",
        compute_resources_missing,
        PREFLIGHT + "ce-*",
    ),
    Rule(
        _CREATE,
        "managed environments have no unmanaged vCPUs",
        unmanaged_vcpus,
        PREFLIGHT + "ce-*",
    ),
    Rule(_CREATE, "Fargate is managed", unmanaged_fargate, PREFLIGHT + "ce-*"),
    Rule(
        _CREATE,
        "unmanaged environments have a role",
        service_role_missing,
        PREFLIGHT + "ce-*",
    ),
    Rule(
        _CREATE,
        "unmanaged environments have a role of their own",
        service_linked_role,
        PREFLIGHT + "ce-*",
    ),
    Rule(_CREATE, "EKS runs on EC2", eks_compute_type, PREFLIGHT + "ce-eks-*"),
    Rule(_CREATE, "EKS has a strategy", eks_allocation_strategy, PREFLIGHT + "ce-eks-*"),
    *(
        Rule(_CREATE, row.name, row.of_request, row.source)
        for row in (
            *compute_resources.COMPUTE_RESOURCE_RULES,
            *launch_templates.LAUNCH_TEMPLATE_RULES,
        )
    ),
    Rule(
        _UPDATE,
        "an update changes something",
        nothing_to_change,
        "captured: github.com/hashicorp/terraform-provider-aws#43969",
        wrapped=False,
    ),
    Rule(
        _UPDATE,
        "resources say something",
        empty_compute_resources,
        "captured: github.com/hashicorp/terraform-provider-aws#19205",
    ),
    *(
        Rule(_UPDATE, row.name, row.of_update, f"{row.source}; on an update by analogy")
        for row in (
            compute_resources.VCPUS_IN_ORDER,
            compute_resources.DESIRED_VCPUS_WITHIN,
            compute_resources.KNOWN_TYPES,
            launch_templates.TARGETS_DIFFER,
        )
    ),
)
