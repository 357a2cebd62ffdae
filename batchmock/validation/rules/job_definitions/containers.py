"""
The table of rules for a container anywhere in a job definition.

`container_problem` applies the table to one container.
"""

from __future__ import annotations

import re

from batchmock.validation import texts
from batchmock.validation.rules import resources
from batchmock.validation.rules.job_definitions import fargate as fargate
from batchmock.validation.rules.job_definitions import volumes as volumes
from batchmock.validation.rules.resources import Container
from batchmock.validation.rules.rule import PREFLIGHT, BlockRule, BlockRules, text_if

_USER = r"^([a-z0-9_][a-z0-9_-]{0,30})$"
_NAME_OR_ID = r"[a-z0-9_][a-z0-9_-]{0,30}"
_USER_PATTERN = re.compile(f"{_NAME_OR_ID}(:{_NAME_OR_ID})?")
# The list of known options is assumed; the refusal of others is captured.
_AWSLOGS_OPTIONS = frozenset(
    {
        "awslogs-create-group",
        "awslogs-datetime-format",
        "awslogs-group",
        "awslogs-multiline-pattern",
        "awslogs-region",
        "awslogs-stream-prefix",
        "max-buffer-size",
        "mode",
    }
)


def secrets_without_execution_role(container: Container, platform: str) -> str | None:
    """Refuse secrets without an execution role to read them."""
    secrets = container.get("secrets") or container.get("logConfiguration", {}).get("secretOptions")
    return text_if(
        secrets and not container.get("executionRoleArn"),
        "executionRoleArn cannot be empty when using secrets or secretOptions",
    )


def max_swap_without_swappiness(container: Container, platform: str) -> str | None:
    """Refuse maxSwap alone, although the documentation names a default for swappiness."""
    given = container.get("linuxParameters", {})
    return text_if(
        "maxSwap" in given and "swappiness" not in given,
        "When container specified swap memory, swappiness value is required.",
    )


def unknown_awslogs_option(container: Container, platform: str) -> str | None:
    """Refuse unknown options of the awslogs driver."""
    configuration = container.get("logConfiguration", {})
    if configuration.get("logDriver") != "awslogs":
        return None
    for option in configuration.get("options", ()):
        if option not in _AWSLOGS_OPTIONS:
            return f"Log driver awslogs disallows options: {option}"
    return None


def user_name(container: Container, platform: str) -> str | None:
    """Refuse a malformed user: a name or number, optionally followed by a colon and a group."""
    user = container.get("user")
    if not user or _USER_PATTERN.fullmatch(user):
        return None
    return texts.USER_PATTERN.format(value=user, pattern=_USER)


def container_problem(container: Container, platform: str) -> str | None:
    """Return the text for the first rule that the container violates, or None."""
    return CONTAINER_RULES.problem(container, platform)


CONTAINER_RULES = BlockRules(
    (
        BlockRule(
            "a resource is asked for once",
            resources.legacy_and_requirement,
            PREFLIGHT + "jd-legacy-and-resource-requirements",
            needs="resourceRequirements",
        ),
        BlockRule(
            "resource requirements differ in type",
            resources.duplicate_requirements,
            PREFLIGHT + "jd-resource-requirements-duplicate-type",
            needs="resourceRequirements",
        ),
        BlockRule(
            "Fargate takes resource requirements only",
            resources.legacy_on_fargate,
            "captured at SubmitJob: github.com/insitro/redun#95; here by analogy",
            platform="FARGATE",
        ),
        BlockRule(
            "no GPU on Fargate",
            resources.gpu_on_fargate,
            PREFLIGHT + "jd-*",
            needs="resourceRequirements",
            platform="FARGATE",
        ),
        BlockRule(
            "resource requirements are numbers",
            resources.not_a_number,
            "captured: github.com/kestra-io/plugin-aws#504; the tail for GPU is assumed",
            needs="resourceRequirements",
        ),
        BlockRule(
            "at least 1 vCPU and 4 MiB",
            resources.below_minimum,
            PREFLIGHT + "jd-resource-requirements-vcpu-min, jd-memory-minimum",
            needs="resourceRequirements",
        ),
        BlockRule(
            "vCPUs are required",
            resources.vcpu_missing,
            PREFLIGHT + "jd-resource-requirements-required",
        ),
        BlockRule(
            "memory is required", resources.memory_missing, "documented as required; text assumed"
        ),
        BlockRule(
            "at least 1 vCPU on Windows",
            resources.below_windows_minimum,
            PREFLIGHT + "jd-runtime-platform-windows-vcpu-min",
            needs="runtimePlatform",
        ),
        BlockRule(
            "Fargate offers a table of pairs",
            resources.fargate_pair,
            PREFLIGHT + "fargate-cpu-memory",
            platform="FARGATE",
        ),
        BlockRule(
            "Fargate needs an execution role",
            fargate.execution_role_missing,
            PREFLIGHT + "fargate-execution-role",
            platform="FARGATE",
        ),
        BlockRule(
            "not privileged on Fargate",
            fargate.privileged,
            PREFLIGHT + "jd-fargate-privileged",
            needs="privileged",
            platform="FARGATE",
        ),
        BlockRule(
            "no ulimits on Fargate",
            fargate.ulimits,
            PREFLIGHT + "jd-fargate-*",
            needs="ulimits",
            platform="FARGATE",
        ),
        BlockRule(
            "few Linux parameters on Fargate",
            fargate.linux_parameters,
            PREFLIGHT + "jd-fargate-*; swappiness alone by analogy",
            needs="linuxParameters",
            platform="FARGATE",
        ),
        BlockRule(
            "no host volumes on Fargate",
            fargate.host_volume,
            PREFLIGHT + "jd-fargate-*",
            needs="volumes",
            platform="FARGATE",
        ),
        BlockRule(
            "log drivers of Fargate",
            fargate.log_driver,
            PREFLIGHT + "jd-fargate-log-driver",
            needs="logConfiguration",
            platform="FARGATE",
        ),
        BlockRule(
            "EFS needs Fargate 1.4.0",
            fargate.efs_platform_version,
            PREFLIGHT + "jd-fargate-*",
            needs="volumes",
            platform="FARGATE",
        ),
        BlockRule(
            "Fargate's own members are not for EC2",
            fargate.not_on_ec2,
            PREFLIGHT + "jd-*",
            platform="EC2",
        ),
        BlockRule(
            "Windows runs on X86_64",
            fargate.windows_on_arm,
            PREFLIGHT + "jd-runtime-platform-*",
            needs="runtimePlatform",
        ),
        BlockRule(
            "Windows has no readonlyRootFilesystem",
            fargate.readonly_on_windows,
            "captured: github.com/aws/aws-cdk#29140",
            needs="readonlyRootFilesystem",
        ),
        BlockRule(
            "secrets need an execution role",
            secrets_without_execution_role,
            PREFLIGHT + "jd-*",
        ),
        BlockRule(
            "maxSwap needs swappiness",
            max_swap_without_swappiness,
            PREFLIGHT + "jd-*",
            needs="linuxParameters",
        ),
        BlockRule(
            "a volume is of one kind",
            volumes.several_kinds,
            PREFLIGHT + "jd-volume-config-exclusive",
            needs="volumes",
        ),
        BlockRule(
            "access points are encrypted",
            volumes.access_point_unencrypted,
            PREFLIGHT + "jd-*",
            needs="volumes",
        ),
        BlockRule(
            "IAM authorization is encrypted",
            volumes.iam_unencrypted,
            PREFLIGHT + "jd-*",
            needs="volumes",
        ),
        BlockRule(
            "access points bring their root",
            volumes.access_point_root,
            PREFLIGHT + "jd-*",
            needs="volumes",
        ),
        BlockRule(
            "S3 Files needs a job role",
            volumes.s3_files_without_job_role,
            PREFLIGHT + "jd-*",
            needs="volumes",
        ),
        BlockRule(
            "options of awslogs",
            unknown_awslogs_option,
            PREFLIGHT + "jd-log-awslogs-unknown-option",
            needs="logConfiguration",
        ),
        BlockRule(
            "user",
            user_name,
            "captured by third parties; a group after a colon: github.com/miniwdl-ext/miniwdl-aws",
            needs="user",
        ),
    )
)
