"""
Convert members of a template to members of a request.

The service model determines the form: names are compared without case, hyphens and underscores, and text and
numbers are converted to the type of the member. A value that does not fit is left unchanged, for Batch to
refuse.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from json import JSONDecodeError, loads
from typing import Any, Final

from batchmock.loading.stand_ins import StandIn, amount_of, well_formed
from batchmock.operations.region import Region


@dataclass(frozen=True)
class Conventions:
    """
    The differences between a template language and the API.

    Attributes:
        dropped: members that only the language knows, e.g. `replacecomputeenvironment`.
        renamed: members that have another name in the language.
        has_blocks: whether a structure can be a list of one (a block of Terraform).
        ignores_unknown: whether members that nobody knows have no effect, instead of being an error.
    """

    dropped: frozenset[str] = frozenset()
    renamed: Mapping[str, str] = field(default_factory=dict)
    has_blocks: bool = False
    ignores_unknown: bool = False


class UnknownMemberError(Exception):
    """A member that exists neither in the template language nor in Batch."""

    def __init__(self, path: str, known: list[str]) -> None:
        super().__init__(path)
        self.path = path
        self.known = known


#: The members of queues that refer to Batch resources, with the type of the resource in ARNs.
_REFERENCES: Final = {
    "computeEnvironment": "compute-environment",
    "schedulingPolicyArn": "scheduling-policy",
}
_LONGEST_NAME: Final = 128


def plain(name: object) -> str:
    """Return the name of a member for comparison: lower case, without underscores and hyphens."""
    return str(name).lower().replace("_", "").replace("-", "")


class Fitter:
    """
    Turns the members of a resource into those of a request.

    Args:
        region: where the resource is created.
        conventions: the conventions of the template language.
    """

    def __init__(self, region: Region, conventions: Conventions) -> None:
        self._region = region
        self._conventions = conventions
        #: The members of queues that refer to Batch resources by made-up names, with these names.
        self.made_up_references: list[tuple[str, str]] = []

    def fitted(self, value: Any, shape: Any, path: str = "", name: str = "") -> Any:
        """
        Convert a value to the form of a shape of the service model.

        Args:
            value: the value in the template.
            shape: botocore's shape.
            path: the path of the value, for errors.
            name: the name of its member.

        Raises:
            UnknownMemberError: a member exists neither in the language nor in the shape.
        """
        kind = shape.type_name
        if kind == "structure":
            return self._structure(value, shape, path)
        if kind == "list":
            return self._list(value, shape, path, name)
        if kind == "map":
            return self._map(value, shape, path)
        if kind == "string" and name in _REFERENCES and _is_made_up(value):
            return self._reference(value, name)
        if kind == "string":
            return well_formed(value, name, self._region) if _is_made_up(value) else _text(value)
        if kind in ("integer", "long"):
            return amount_of(name) if _is_made_up(value) else _whole(value)
        if kind in ("float", "double"):
            return 1 if _is_made_up(value) else _number(value)
        return _boolean(value)

    def _reference(self, value: object, name: str) -> str:
        """Return a reference to a Batch resource that only a deployment knows, and record it."""
        bare = re.sub(r"^arn:.*[:/]", "", str(value))
        made = re.sub(r"[^A-Za-z0-9_-]", "-", bare)[:_LONGEST_NAME]
        self.made_up_references.append((name, made))
        return self._region.arn(_REFERENCES[name], made)

    def _structure(self, value: Any, shape: Any, path: str) -> Any:
        value = self._unwrapped(value)
        if not isinstance(value, Mapping):
            return value
        members = {plain(name): name for name in shape.members}
        fitted = {}
        for sent, item in value.items():
            if item is None or plain(sent) in self._conventions.dropped:
                continue
            at = f"{path}.{sent}" if path else str(sent)
            name = self._name_of(sent, members)
            if name is None:
                if self._conventions.ignores_unknown:
                    continue
                raise UnknownMemberError(at, sorted(shape.members))
            fitted[name] = self.fitted(item, shape.members[name], at, name)
            if shape.name == "ResourceRequirement" and name == "value" and _is_made_up(item):
                fitted[name] = str(amount_of(_type_in(value)))
        return fitted

    def _name_of(self, sent: object, members: Mapping[str, str]) -> str | None:
        key = plain(sent)
        key = self._conventions.renamed.get(key, key)
        # Terraform names repeated blocks in the singular.
        plural = f"{key}s" if self._conventions.has_blocks else key
        return members.get(key) or members.get(plural)

    def _unwrapped(self, value: Any) -> Any:
        if self._conventions.has_blocks and isinstance(value, list) and len(value) == 1:
            return value[0]
        if isinstance(value, str) and value.lstrip().startswith("{"):
            try:
                return loads(value)
            except JSONDecodeError:
                return value
        return value

    def _list(self, value: Any, shape: Any, path: str, name: str) -> Any:
        if _is_made_up(value):
            value = [value]
        if not isinstance(value, (list, tuple)):
            return value
        items = enumerate(item for item in value if item is not None)
        return [self.fitted(item, shape.member, f"{path}[{at}]", name) for at, item in items]

    def _map(self, value: Any, shape: Any, path: str) -> Any:
        if isinstance(value, list) and all(_is_tag(item) for item in value):
            value = {item["Key"]: item["Value"] for item in value}
        if _is_made_up(value):
            # Tags or parameters that only a deployment knows.
            return {}
        if not isinstance(value, Mapping):
            return value
        return {
            str(key): self.fitted(item, shape.value, f"{path}.{key}")
            for key, item in value.items()
            if item is not None
        }


def _type_in(requirement: Mapping[Any, Any]) -> str:
    return next((str(item) for name, item in requirement.items() if plain(name) == "type"), "")


def _is_tag(item: object) -> bool:
    return isinstance(item, Mapping) and set(item) == {"Key", "Value"}


def _is_made_up(value: object) -> bool:
    return isinstance(value, StandIn)


def _text(value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value) if isinstance(value, (int, float)) else value


def _whole(value: Any) -> Any:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, str) and value.strip().removeprefix("-").isdecimal():
        return int(value)
    return value


def _number(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return float(value)
    except ValueError:
        return value


def _boolean(value: Any) -> Any:
    texts = {"true": True, "false": False}
    return texts.get(value.strip().lower(), value) if isinstance(value, str) else value
