"""
EC2 instance types: the vCPUs, memory and GPUs of the common ones.

Source: the sizes that the EC2 User Guide and the product pages of EC2 publish (documented); which
families `optimal`, `default_x86_64` and `default_arm64` include: ComputeResource.instanceTypes
(documented). The table has the families whose sizes are certain. A type that it lacks holds any job
(assumed), so that an unknown type never keeps a job from running.

Memory is the memory that jobs can have: what an instance registers with Amazon ECS, less what AWS Batch
reserves. Source: AWS Batch user guide, "Compute resource memory management" (documented: an m4.large of 8,192
MiB registers some 7,985, and AWS Batch reserves 32). Some other types were measured; that the rest registers
the proportion of an m4.large is assumed.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Final, NamedTuple


class InstanceType(NamedTuple):
    """One EC2 instance type."""

    name: str
    vcpus: int
    memory_mib: int
    gpus: int = 0


#: MiB registered of each 8,192, and MiB reserved of the registered memory.
_REGISTERED: Final = 7985
_RESERVED_MIB: Final = 32

#: MiB registered by types for which this is known. Measured, and published on
#: sentiatechblog.com/cost-efficiency-while-using-the-containers. m6i.large: the most with which
#: two tasks of 3,954 MiB do not fit (github.com/thewca/worldcubeassociation.org#9974).
_MEASURED: Final[dict[str, dict[str, int]]] = {
    "c3": {"large": 3765, "xlarge": 7480, "2xlarge": 15040, "4xlarge": 30145, "8xlarge": 60385},
    "c4": {"large": 3765, "xlarge": 7480, "2xlarge": 15040, "4xlarge": 30145, "8xlarge": 60385},
    "m3": {"medium": 3765, "large": 7480, "xlarge": 15040, "2xlarge": 30160},
    "m4": {
        "xlarge": 16048,
        "2xlarge": 32176,
        "4xlarge": 64417,
        "10xlarge": 161185,
        "16xlarge": 257953,
    },
    "m6i": {"large": 7907},
    "r3": {
        "large": 15299,
        "xlarge": 30680,
        "2xlarge": 61442,
        "4xlarge": 122950,
        "8xlarge": 245996,
    },
    "r4": {
        "large": 15292,
        "xlarge": 30664,
        "2xlarge": 61408,
        "4xlarge": 122881,
        "8xlarge": 245857,
        "16xlarge": 491809,
    },
    "t2": {
        "micro": 993,
        "small": 2001,
        "medium": 3952,
        "large": 7984,
        "xlarge": 16048,
        "2xlarge": 32176,
    },
}

#: The families of each bundle.
BUNDLES: Final = {
    "default_arm64": ("m6g", "c6g", "r6g", "c7g"),
    "default_x86_64": ("m6i", "c6i", "r6i", "c7i"),
    "optimal": ("m6i", "c6i", "r6i", "c7i"),
}

_TO_24: Final = (2, 4, 8, 12, 16, 24)
_TO_32: Final = (*_TO_24, 32)
_TO_48: Final = (*_TO_32, 48)
_GRAVITON: Final = ("medium", "large", "xlarge", *(f"{n}xlarge" for n in (2, 4, 8, 12, 16)))


def _x86(*multiples: int) -> tuple[str, ...]:
    return ("large", "xlarge", *(f"{multiple}xlarge" for multiple in multiples))


#: Families with the same memory per vCPU in all sizes: that memory in GiB, and the sizes.
_EVEN: Final[dict[str, tuple[float, tuple[str, ...]]]] = {
    "a1": (2, ("medium", "large", "xlarge", "2xlarge", "4xlarge")),
    "c5a": (2, _x86(*_TO_24)),
    "c5ad": (2, _x86(*_TO_24)),
    "c6a": (2, _x86(*_TO_48)),
    "c6g": (2, _GRAVITON),
    "c6gd": (2, _GRAVITON),
    "c6i": (2, _x86(*_TO_32)),
    "c6id": (2, _x86(*_TO_32)),
    "c7a": (2, ("medium", *_x86(*_TO_48))),
    "c7g": (2, _GRAVITON),
    "c7gd": (2, _GRAVITON),
    "c7i": (2, _x86(*_TO_24, 48)),
    "i3": (7.625, _x86(2, 4, 8, 16)),
    "m4": (4, _x86(2, 4, 10, 16)),
    "m5": (4, _x86(*_TO_24)),
    "m5a": (4, _x86(*_TO_24)),
    "m5ad": (4, _x86(*_TO_24)),
    "m5d": (4, _x86(*_TO_24)),
    "m5n": (4, _x86(*_TO_24)),
    "m6a": (4, _x86(*_TO_48)),
    "m6g": (4, _GRAVITON),
    "m6gd": (4, _GRAVITON),
    "m6i": (4, _x86(*_TO_32)),
    "m6id": (4, _x86(*_TO_32)),
    "m7a": (4, ("medium", *_x86(*_TO_48))),
    "m7g": (4, _GRAVITON),
    "m7gd": (4, _GRAVITON),
    "m7i": (4, _x86(*_TO_24, 48)),
    "r3": (7.625, _x86(2, 4, 8)),
    "r4": (7.625, _x86(2, 4, 8, 16)),
    "r5": (8, _x86(*_TO_24)),
    "r5a": (8, _x86(*_TO_24)),
    "r5d": (8, _x86(*_TO_24)),
    "r5n": (8, _x86(*_TO_24)),
    "r6a": (8, _x86(*_TO_48)),
    "r6g": (8, _GRAVITON),
    "r6gd": (8, _GRAVITON),
    "r6i": (8, _x86(*_TO_32)),
    "r6id": (8, _x86(*_TO_32)),
    "r7a": (8, ("medium", *_x86(*_TO_48))),
    "r7g": (8, _GRAVITON),
    "r7gd": (8, _GRAVITON),
    "r7i": (8, _x86(*_TO_24, 48)),
}

#: All other families by size: vCPUs, memory in GiB, GPUs.
_SINGLE: Final[dict[str, dict[str, tuple[int, float, int]]]] = {
    "c3": {
        "large": (2, 3.75, 0),
        "xlarge": (4, 7.5, 0),
        "2xlarge": (8, 15, 0),
        "4xlarge": (16, 30, 0),
        "8xlarge": (32, 60, 0),
    },
    "c4": {
        "large": (2, 3.75, 0),
        "xlarge": (4, 7.5, 0),
        "2xlarge": (8, 15, 0),
        "4xlarge": (16, 30, 0),
        "8xlarge": (36, 60, 0),
    },
    "c5": {
        "large": (2, 4, 0),
        "xlarge": (4, 8, 0),
        "2xlarge": (8, 16, 0),
        "4xlarge": (16, 32, 0),
        "9xlarge": (36, 72, 0),
        "12xlarge": (48, 96, 0),
        "18xlarge": (72, 144, 0),
        "24xlarge": (96, 192, 0),
    },
    "c5n": {
        "large": (2, 5.25, 0),
        "xlarge": (4, 10.5, 0),
        "2xlarge": (8, 21, 0),
        "4xlarge": (16, 42, 0),
        "9xlarge": (36, 96, 0),
        "18xlarge": (72, 192, 0),
    },
    "d2": {
        "xlarge": (4, 30.5, 0),
        "2xlarge": (8, 61, 0),
        "4xlarge": (16, 122, 0),
        "8xlarge": (36, 244, 0),
    },
    "g3": {"4xlarge": (16, 122, 1), "8xlarge": (32, 244, 2), "16xlarge": (64, 488, 4)},
    "g3s": {"xlarge": (4, 30.5, 1)},
    "g4dn": {
        "xlarge": (4, 16, 1),
        "2xlarge": (8, 32, 1),
        "4xlarge": (16, 64, 1),
        "8xlarge": (32, 128, 1),
        "12xlarge": (48, 192, 4),
        "16xlarge": (64, 256, 1),
        "metal": (96, 384, 8),
    },
    "g5": {
        "xlarge": (4, 16, 1),
        "2xlarge": (8, 32, 1),
        "4xlarge": (16, 64, 1),
        "8xlarge": (32, 128, 1),
        "12xlarge": (48, 192, 4),
        "16xlarge": (64, 256, 1),
        "24xlarge": (96, 384, 4),
        "48xlarge": (192, 768, 8),
    },
    "g6": {
        "xlarge": (4, 16, 1),
        "2xlarge": (8, 32, 1),
        "4xlarge": (16, 64, 1),
        "8xlarge": (32, 128, 1),
        "12xlarge": (48, 192, 4),
        "16xlarge": (64, 256, 1),
        "24xlarge": (96, 384, 4),
        "48xlarge": (192, 768, 8),
    },
    "i3en": {
        "large": (2, 16, 0),
        "xlarge": (4, 32, 0),
        "2xlarge": (8, 64, 0),
        "3xlarge": (12, 96, 0),
        "6xlarge": (24, 192, 0),
        "12xlarge": (48, 384, 0),
        "24xlarge": (96, 768, 0),
    },
    "inf1": {
        "xlarge": (4, 8, 0),
        "2xlarge": (8, 16, 0),
        "6xlarge": (24, 48, 0),
        "24xlarge": (96, 192, 0),
    },
    "m3": {
        "medium": (1, 3.75, 0),
        "large": (2, 7.5, 0),
        "xlarge": (4, 15, 0),
        "2xlarge": (8, 30, 0),
    },
    "p2": {"xlarge": (4, 61, 1), "8xlarge": (32, 488, 8), "16xlarge": (64, 732, 16)},
    "p3": {"2xlarge": (8, 61, 1), "8xlarge": (32, 244, 4), "16xlarge": (64, 488, 8)},
    "p3dn": {"24xlarge": (96, 768, 8)},
    "p4d": {"24xlarge": (96, 1152, 8)},
    "p4de": {"24xlarge": (96, 1152, 8)},
    "p5": {"48xlarge": (192, 2048, 8)},
    "t2": {
        "nano": (1, 0.5, 0),
        "micro": (1, 1, 0),
        "small": (1, 2, 0),
        "medium": (2, 4, 0),
        "large": (2, 8, 0),
        "xlarge": (4, 16, 0),
        "2xlarge": (8, 32, 0),
    },
    "trn1": {"2xlarge": (8, 32, 0), "32xlarge": (128, 512, 0)},
    "x1": {"16xlarge": (64, 976, 0), "32xlarge": (128, 1952, 0)},
}
_BURSTING: Final = {
    "nano": (2, 0.5, 0),
    "micro": (2, 1, 0),
    "small": (2, 2, 0),
    "medium": (2, 4, 0),
    "large": (2, 8, 0),
    "xlarge": (4, 16, 0),
    "2xlarge": (8, 32, 0),
}
#: The size that a family's metal size equals.
_METAL: Final = {
    "c5": "24xlarge",
    "c5n": "18xlarge",
    "c6a": "48xlarge",
    "c6g": "16xlarge",
    "c6i": "32xlarge",
    "c7g": "16xlarge",
    "m5": "24xlarge",
    "m6a": "48xlarge",
    "m6g": "16xlarge",
    "m6i": "32xlarge",
    "m7g": "16xlarge",
    "r5": "24xlarge",
    "r6a": "48xlarge",
    "r6g": "16xlarge",
    "r6i": "32xlarge",
    "r7g": "16xlarge",
}


def _vcpus_of(size: str) -> int:
    named = {"medium": 1, "large": 2, "xlarge": 4}
    return named[size] if size in named else 4 * int(size.removesuffix("xlarge"))


def _offered_mib(family: str, size: str, gib: float) -> int:
    """Return the memory that jobs can have of a type with so many GiB."""
    registered = _MEASURED.get(family, {}).get(size)
    return (int(gib * _REGISTERED / 8) if registered is None else registered) - _RESERVED_MIB


@lru_cache(maxsize=1)
def _families() -> dict[str, dict[str, InstanceType]]:
    """Return the types of each family by size; built when first needed."""
    sizes: dict[str, dict[str, tuple[int, float, int]]] = {
        family: {
            size: (_vcpus_of(size), gib_for_each * _vcpus_of(size), 0) for size in family_sizes
        }
        for family, (gib_for_each, family_sizes) in _EVEN.items()
    }
    sizes.update(_SINGLE)
    sizes.update(dict.fromkeys(("t3", "t3a", "t4g"), _BURSTING))
    for family, size in _METAL.items():
        sizes[family] = {**sizes[family], "metal": sizes[family][size]}
    return {
        family: {
            size: InstanceType(f"{family}.{size}", vcpus, _offered_mib(family, size, gib), gpus)
            for size, (vcpus, gib, gpus) in family_sizes.items()
        }
        for family, family_sizes in sizes.items()
    }


def allows(names: Iterable[str], instance_type: str) -> bool:
    """Return whether `instanceTypes` allow a type. Bundles change over time, so they allow any type."""
    family = instance_type.partition(".")[0]
    return any(name in BUNDLES or name in (instance_type, family) for name in names)


def expand(names: Iterable[str]) -> tuple[InstanceType, ...] | None:
    """
    Return the types that `instanceTypes` allow: types, families and bundles.

    Returns:
        The distinct types, in the order of the names; None if the table lacks one of the names, so that
        nothing is known of what fits.
    """
    found: dict[InstanceType, None] = {}
    for name in names:
        for expanded in BUNDLES.get(name, (name,)):
            family, _, size = expanded.partition(".")
            types = _families().get(family, {})
            if not types or (size and size not in types):
                return None
            found.update(dict.fromkeys([types[size]] if size else types.values()))
    return tuple(found)
