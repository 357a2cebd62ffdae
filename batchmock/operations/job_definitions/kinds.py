"""Which kind of contents a job definition, or a range of nodes, has."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from batchmock.operations.job_definitions.containers import ContainerContents, shown_properties
from batchmock.operations.job_definitions.contents import Contents
from batchmock.operations.job_definitions.ecs_tasks import EcsContents
from batchmock.operations.job_definitions.eks_pods import EksContents


def member_contents(source: Mapping[str, Any], name: str, capability: str) -> Contents:
    """Give the contents that a job definition has in the member of its kind."""
    if "ecsProperties" in source:
        return EcsContents.registered(source["ecsProperties"], name, capability)
    if "eksProperties" in source:
        return EksContents.registered(source["eksProperties"], name)
    fargate = capability == "FARGATE"
    shown = shown_properties(source["containerProperties"], fargate=fargate)
    return ContainerContents(shown, name, capability)
