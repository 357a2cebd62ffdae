"""Addresses and references in Terraform: `module.batch["dev"].aws_batch_job_queue.main[0]`."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

#: A name with the key of an instance, if it has one. A key in quotes can contain dots and brackets.
_STEP: Final = re.compile(r'([^.\[\]"]+)((?:\[(?:"(?:[^"\\]|\\.)*"|[^\]"]*)\])*)\.?')


class Step(NamedTuple):
    """A name in an address, and the key of its instance as written: `["dev"]`, `[0]`, or nothing."""

    name: str
    key: str = ""


class Address(NamedTuple):
    """The address of a resource: the instances of modules that contain it, its type, and its instance."""

    modules: tuple[Step, ...]
    kind: str
    instance: Step


def steps_of(text: str) -> list[Step]:
    """Return the steps of an address or a reference."""
    return [Step(name, key) for name, key in _STEP.findall(text)]


def address_of(text: str) -> Address:
    """Return the parts of the address of a managed resource."""
    steps = steps_of(text)
    modules = []
    while len(steps) > 1 and steps[0].name == "module":
        modules.append(steps[1])
        steps = steps[2:]
    if len(steps) != 2:
        raise ValueError(f"{text!r} is no address of a resource")
    return Address(tuple(modules), steps[0].name, steps[1])
