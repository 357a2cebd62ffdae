"""Builders of what `terraform show -json` prints."""

from __future__ import annotations

import json
from typing import Any

CONTAINER = {
    "image": "report:7",
    "command": ["report"],
    "resourceRequirements": [
        {"type": "VCPU", "value": "1"},
        {"type": "MEMORY", "value": "2048"},
    ],
}
ENVIRONMENT: dict[str, Any] = {
    "compute_environment_name": "spot",
    "compute_environment_name_prefix": "",
    "type": "MANAGED",
    "state": "ENABLED",
    "service_role": "arn:aws:iam::999999999999:role/batch",
    "compute_resources": [
        {
            "type": "SPOT",
            "allocation_strategy": "SPOT_PRICE_CAPACITY_OPTIMIZED",
            "max_vcpus": 64,
            "min_vcpus": 0,
            "instance_type": ["m5"],
            "instance_role": "arn:aws:iam::999999999999:instance-profile/ecs",
            "subnets": ["subnet-1"],
            "security_group_ids": ["sg-1"],
            "ec2_key_pair": "",
            "launch_template": [],
            "tags": None,
        }
    ],
    "eks_configuration": [],
    "update_policy": [],
    "tags": {"stage": "test"},
    "tags_all": {"stage": "test"},
}
DEFINITION: dict[str, Any] = {
    "name": "report",
    "type": "container",
    "container_properties": json.dumps(CONTAINER),
    "deregister_on_new_revision": True,
    "parameters": None,
    "platform_capabilities": ["EC2"],
    "retry_strategy": [
        {
            "attempts": 2,
            "evaluate_on_exit": [
                {
                    "action": "RETRY",
                    "on_exit_code": "",
                    "on_reason": "",
                    "on_status_reason": "Host EC2*",
                }
            ],
        }
    ],
    "timeout": [{"attempt_duration_seconds": 3600}],
    "eks_properties": [],
}


def resource(kind: str, name: str, values: dict[str, Any], module: str = "") -> dict[str, Any]:
    """Return a resource of a plan or a state, as `resource("job_queue", 'main["a"]', ...)`."""
    address = f"{module}aws_batch_{kind}.{name}"
    bare, _, _ = name.partition("[")
    return {
        "address": address,
        "mode": "managed",
        "type": f"aws_batch_{kind}",
        "name": bare,
        "values": values,
    }


def state(*resources: dict[str, Any]) -> dict[str, Any]:
    """Return the output of `terraform show -json` for a state."""
    return {
        "format_version": "1.0",
        "terraform_version": "1.9.0",
        "values": {"root_module": {"resources": list(resources)}},
    }


def plan(
    resources: list[dict[str, Any]],
    unknown: dict[str, Any],
    configuration: dict[str, Any],
) -> dict[str, Any]:
    """Return the output of `terraform show -json` for a plan, with unknown values by address."""
    changes = [
        {"address": address, "change": {"after_unknown": after}}
        for address, after in unknown.items()
    ]
    return {
        "format_version": "1.2",
        "terraform_version": "1.9.0",
        "planned_values": {"root_module": {"resources": resources}},
        "resource_changes": changes,
        "configuration": {"root_module": configuration},
    }


def queue(**values: Any) -> dict[str, Any]:
    """Return a queue."""
    return resource(
        "job_queue", "main", {"name": "main", "priority": 1, "state": "ENABLED", **values}
    )


def configured_queue(*references: str) -> dict[str, Any]:
    """Return the configuration of the queue, whose environment has a reference."""
    order = [
        {"compute_environment": {"references": list(references)}, "order": {"constant_value": 1}}
    ]
    return {
        "type": "aws_batch_job_queue",
        "name": "main",
        "expressions": {"compute_environment_order": order},
    }


ENVIRONMENT_UNKNOWN = {"compute_environment_order": [{"compute_environment": True}], "arn": True}
