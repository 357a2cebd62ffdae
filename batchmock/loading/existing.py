"""Requests that recreate what exists, also where AWS Batch would refuse to create it today."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from batchmock.loading.creations import Creation

_DISABLED: Final = "DISABLED"
#: New environments cannot have these image types without an `imageIdOverride`; older ones keep them.
_RETIRED_IMAGES: Final = "AL2"


def recreated(creation: Creation) -> Iterator[Creation]:
    """Yield the requests that lead to an existing resource as the request for it shows it."""
    if creation.operation != "CreateComputeEnvironment":
        yield creation
        return
    request = dict(creation.request)
    is_disabled = str(request.get("state")).upper() == _DISABLED
    if is_disabled:
        request["state"] = "ENABLED"
    resources = request.get("computeResources")
    kept: dict[str, Any] = {}
    if isinstance(resources, dict) and _has_retired_image(resources):
        request["computeResources"] = dict(resources)
        kept["ec2Configuration"] = request["computeResources"].pop("ec2Configuration")
    yield creation._replace(request=request, kept_resources=kept)
    if is_disabled:
        name = request.get("computeEnvironmentName")
        update = {"computeEnvironment": name, "state": _DISABLED}
        yield Creation("UpdateComputeEnvironment", update, creation.origin)


def _has_retired_image(resources: dict[str, Any]) -> bool:
    return any(
        isinstance(item, dict) and _RETIRED_IMAGES in str(item.get("imageType")).split("_")
        for item in resources.get("ec2Configuration") or ()
    )
