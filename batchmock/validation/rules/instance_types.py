"""
The syntax of names of EC2 instance types, families and bundles.

The types available in a region are not known, so every well-formed name is accepted.
"""

from __future__ import annotations

import re

BUNDLES = frozenset({"optimal", "default_x86_64", "default_arm64"})

_FAMILY = r"[a-z]+-?[0-9]+[a-z0-9-]*"
_TYPE_OR_FAMILY = re.compile(rf"{_FAMILY}(\.[a-z0-9-]+)?")
# A g among the attributes after the generation means Graviton: m6g, c6gn, x2gd, im4gn; a1 is older.
_ARM_FAMILY = re.compile(r"a1|[a-z]+[0-9]+[a-z]*g[a-z]*")


def is_instance_type(name: str) -> bool:
    """Return whether the name could be an instance type, a family or a bundle."""
    return name in BUNDLES or _TYPE_OR_FAMILY.fullmatch(name) is not None


def is_arm(name: str) -> bool:
    """Return whether the name denotes arm-based instances."""
    family = name.partition(".")[0]
    return name == "default_arm64" or _ARM_FAMILY.fullmatch(family) is not None
