"""
Rules for the volumes of a container.

The functions take a container and its platform.
"""

from __future__ import annotations

from typing import Any

from batchmock.validation.rules.resources import Container
from batchmock.validation.rules.rule import text_if

_KINDS = ("host", "efsVolumeConfiguration", "s3filesVolumeConfiguration")


def _efs_volumes(container: Container) -> list[dict[str, Any]]:
    """Return the EFS configurations among the volumes."""
    return [
        volume["efsVolumeConfiguration"]
        for volume in container.get("volumes", ())
        if "efsVolumeConfiguration" in volume
    ]


def _is_encrypted(efs: dict[str, Any]) -> bool:
    return bool(efs.get("transitEncryption") == "ENABLED")


def _access_point(efs: dict[str, Any]) -> Any:
    return efs.get("authorizationConfig", {}).get("accessPointId")


def _uses_iam(efs: dict[str, Any]) -> bool:
    return bool(efs.get("authorizationConfig", {}).get("iam") == "ENABLED")


def several_kinds(container: Container, platform: str) -> str | None:
    """Refuse a volume of more than one kind."""
    return text_if(
        any(sum(kind in volume for kind in _KINDS) > 1 for volume in container.get("volumes", ())),
        "When the volume parameter is specified, "
        "only one volume configuration type should be used.",
    )


def access_point_unencrypted(container: Container, platform: str) -> str | None:
    """Refuse an EFS access point without encryption in transit."""
    return text_if(
        any(_access_point(efs) and not _is_encrypted(efs) for efs in _efs_volumes(container)),
        "EFS IAM access point requires TransitEncryption to be enabled.",
    )


def iam_unencrypted(container: Container, platform: str) -> str | None:
    """Refuse EFS authorization by IAM without encryption in transit."""
    return text_if(
        any(_uses_iam(efs) and not _is_encrypted(efs) for efs in _efs_volumes(container)),
        "EFS IAM authorization requires TransitEncryption to be enabled.",
    )


def access_point_root(container: Container, platform: str) -> str | None:
    """Refuse a root directory together with an access point, which has its own."""
    return text_if(
        any(
            _access_point(efs) and efs.get("rootDirectory", "/") != "/"
            for efs in _efs_volumes(container)
        ),
        'When using an EFS access point, the root directory must either be set to "/" or omitted',
    )


def s3_files_without_job_role(container: Container, platform: str) -> str | None:
    """Refuse S3 Files volumes in a job without a role."""
    violated = not container.get("jobRoleArn") and any(
        "s3filesVolumeConfiguration" in volume for volume in container.get("volumes", ())
    )
    return text_if(
        violated, "A jobRoleArn/taskRoleArn is required when using s3filesVolumeConfiguration."
    )
