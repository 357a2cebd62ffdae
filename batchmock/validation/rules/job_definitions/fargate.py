"""
Members of a container for one platform only: Fargate, EC2 or Windows.

The functions take a container and its platform.
"""

from __future__ import annotations

from batchmock.validation.rules.resources import Container, is_windows
from batchmock.validation.rules.rule import text_if

_LOG_DRIVERS = ("awslogs", "splunk", "awsfirelens")
# maxSwap comes before swappiness: for a request with both the error names maxSwap (captured).
_NOT_ON_FARGATE = ("devices", "sharedMemorySize", "tmpfs", "maxSwap", "swappiness")
# The first two texts have no "is", the third has one (captured).
_NOT_ON_EC2 = {
    "networkConfiguration": "networkConfiguration not applicable for EC2.",
    "fargatePlatformConfiguration": "fargatePlatformConfiguration not applicable for EC2.",
    "runtimePlatform": "runtimePlatform is not applicable for EC2.",
}


def execution_role_missing(container: Container, platform: str) -> str | None:
    """Refuse a Fargate container without an execution role."""
    missing = platform == "FARGATE" and not container.get("executionRoleArn")
    return text_if(missing, "executionRoleArn is required for Fargate jobs.")


def privileged(container: Container, platform: str) -> str | None:
    """Refuse privileged containers on Fargate; the quotation marks of the text are curly."""
    return text_if(
        platform == "FARGATE" and container.get("privileged"),
        "Fargate requires that the \N{LEFT SINGLE QUOTATION MARK}privileged"
        "\N{RIGHT SINGLE QUOTATION MARK} setting be \N{LEFT SINGLE QUOTATION MARK}false"
        "\N{RIGHT SINGLE QUOTATION MARK} at the container level.",
    )


def ulimits(container: Container, platform: str) -> str | None:
    """Refuse ulimits on Fargate."""
    violated = platform == "FARGATE" and container.get("ulimits")
    return text_if(violated, "ulimits is not applicable for Fargate.")


def linux_parameters(container: Container, platform: str) -> str | None:
    """Refuse Linux parameters that Fargate does not accept; AWS's text says linuxParameter."""
    given = container.get("linuxParameters", {}) if platform == "FARGATE" else {}
    for field in _NOT_ON_FARGATE:
        if given.get(field) not in (None, []):
            return f"linuxParameter.{field} is not allowed for Fargate."
    return None


def host_volume(container: Container, platform: str) -> str | None:
    """Refuse host volumes on Fargate."""
    violated = platform == "FARGATE" and any(
        volume.get("host", {}).get("sourcePath") for volume in container.get("volumes", ())
    )
    return text_if(violated, "host.sourcePath should not be set for volumes in Fargate.")


def log_driver(container: Container, platform: str) -> str | None:
    """Refuse log drivers that Fargate does not have."""
    driver = container.get("logConfiguration", {}).get("logDriver", "awslogs")
    violated = platform == "FARGATE" and driver not in _LOG_DRIVERS
    return text_if(violated, f"Log driver for Fargate is not valid: {driver}")


def efs_platform_version(container: Container, platform: str) -> str | None:
    """Refuse EFS volumes on Fargate platform versions before 1.4.0."""
    version = container.get("fargatePlatformConfiguration", {}).get("platformVersion", "LATEST")
    violated = platform == "FARGATE" and uses_efs(container) and _before_1_4(version)
    return text_if(
        violated,
        f"EFS is supported for Fargate platform versions 1.4.0 or later, provided {version}",
    )


def _before_1_4(version: str) -> bool:
    """Return whether a platform version is a number below 1.4."""
    numbers = version.split(".")
    if not all(number.isdecimal() for number in numbers):
        return False
    return [int(number) for number in numbers] < [1, 4]


def uses_efs(container: Container) -> bool:
    """Return whether a volume of the container is an EFS file system."""
    return any("efsVolumeConfiguration" in volume for volume in container.get("volumes", ()))


def not_on_ec2(container: Container, platform: str) -> str | None:
    """Refuse members for Fargate only."""
    for field, text in _NOT_ON_EC2.items():
        if platform == "EC2" and container.get(field):
            return text
    return None


def windows_on_arm(container: Container, platform: str) -> str | None:
    """Refuse Windows on ARM64."""
    architecture = container.get("runtimePlatform", {}).get("cpuArchitecture")
    return text_if(
        is_windows(container) and architecture == "ARM64",
        "Windows supported only by X86_64 cpuArchitecture",
    )


def readonly_on_windows(container: Container, platform: str) -> str | None:
    """Refuse `readonlyRootFilesystem` for a Windows container, even if it is false."""
    return text_if(
        is_windows(container) and "readonlyRootFilesystem" in container,
        "ReadonlyRootFilesystem parameter is not supported for Windows containers",
    )
