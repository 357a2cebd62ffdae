"""Images whose tag can move between two attempts of a job."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any


def moving_images(definition: Mapping[str, Any]) -> Iterator[str]:
    """Yield a message for each image without a tag or digest, or with the tag `latest`."""
    for image in dict.fromkeys(_images(definition)):
        tag = image.rpartition("/")[2].partition(":")[2]
        if "@" not in image and tag in ("", "latest"):
            yield (
                f"image {image!r} can change between two attempts. Use a tag that does not move, or a digest."
            )


def _images(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        image = value.get("image")
        if isinstance(image, str):
            yield image
        for item in value.values():
            yield from _images(item)
    elif isinstance(value, list):
        for item in value:
            yield from _images(item)
