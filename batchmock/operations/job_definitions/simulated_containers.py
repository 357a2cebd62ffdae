"""Containers as the simulation runs them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from batchmock.simulation.jobs.job import Container

#: Variables of such names are shown and not passed to the container (captured: raster-foundry#2525).
RESERVED_NAMES: Final = "AWS_BATCH"


class Environment(Mapping[str, str]):
    """
    The environment of a container by name, built on first use because most are never read.

    Args:
        entries: returns `[{"name": ..., "value": ...}, ...]`, the same on each call.
    """

    __slots__ = ("_by_name", "_entries")

    def __init__(self, entries: Callable[[], list[dict[str, str]]]) -> None:
        self._entries = entries
        self._by_name: dict[str, str] | None = None

    @property
    def _looked_at(self) -> dict[str, str]:
        if self._by_name is None:
            self._by_name = {
                entry["name"]: entry.get("value", "")
                for entry in self._entries()
                if not entry["name"].startswith(RESERVED_NAMES)
            }
        return self._by_name

    def __getitem__(self, name: str) -> str:
        return self._looked_at[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._looked_at)

    def __len__(self) -> int:
        return len(self._looked_at)


def simulated_container(
    properties: Mapping[str, Any], entries: Callable[[], list[dict[str, str]]]
) -> Container:
    """Return the container that the simulation runs; `entries` returns its environment."""
    required = {entry["type"]: entry["value"] for entry in properties["resourceRequirements"]}
    return Container(
        image=properties["image"],
        command=tuple(properties["command"]),
        environment=Environment(entries),
        vcpus=float(required.get("VCPU", properties.get("vcpus", 1))),
        memory_mib=int(required.get("MEMORY", properties.get("memory", 0))),
        gpus=int(required.get("GPU", 0)),
        is_windows=is_windows(properties),
    )


def is_windows(properties: Mapping[str, Any]) -> bool:
    """Return whether a container, or a task of several containers, runs on Windows."""
    family: str = properties.get("runtimePlatform", {}).get("operatingSystemFamily", "")
    return family.startswith("WINDOWS")
