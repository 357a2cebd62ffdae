"""Intrinsic functions, conditions and pseudo parameters."""

from __future__ import annotations

import ipaddress
import json
import re
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from itertools import islice
from typing import Any, Final

from batchmock.loading.cloudformation.template import OPERATIONS, Template
from batchmock.loading.cloudformation.texts import NO_VALUE, text_of
from batchmock.loading.stand_ins import StandIn, attribute_of, joined_path, reference_to

#: The attributes of Batch resources that change after a deployment.
_CHANGING: Final = {
    "AWS::Batch::ConsumableResource": ("AvailableQuantity", "CreatedAt", "InUseQuantity"),
}

_VARIABLE: Final = re.compile(r"\$\{(!?)([^}]*)\}")
_DYNAMIC: Final = re.compile(r"\{\{resolve:([\w-]+):([^}]*)\}\}")


class Evaluator:
    """
    Evaluates the values of one template.

    Args:
        template: the template.
        parameters: the values of its parameters.
    """

    def __init__(self, template: Template, parameters: Mapping[str, Any]) -> None:
        self._template = template
        self._parameters = parameters
        self._where = ""
        #: The references under evaluation, to detect cycles.
        self._path: list[str] = []
        self._functions: dict[str, Callable[[Any], Any]] = {
            "Ref": self._ref,
            "Condition": self._condition,
            "Fn::And": lambda items: all(self._truth(item) for item in items),
            "Fn::Base64": self._base64,
            "Fn::Cidr": self._cidr,
            "Fn::Equals": self._equals,
            "Fn::FindInMap": self._find_in_map,
            "Fn::GetAZs": self._zones,
            "Fn::GetAtt": self._attribute,
            "Fn::If": self._if,
            "Fn::ImportValue": self._import,
            "Fn::Join": self._join,
            "Fn::Length": self._length,
            "Fn::Not": lambda items: not self._truth(items[0]),
            "Fn::Or": lambda items: any(self._truth(item) for item in items),
            "Fn::Select": self._select,
            "Fn::Split": self._split,
            "Fn::Sub": self._sub,
            "Fn::ToJsonString": lambda item: json.dumps(self._evaluated(item)),
        }

    @property
    def file(self) -> str:
        """The file of the template."""
        return self._template.file

    def value(self, value: Any, where: str) -> Any:
        """
        Return a value with all its functions evaluated.

        Args:
            value: from the template.
            where: the resource or output that contains it, for errors.

        Raises:
            BatchMockError: a reference has no target, or a function has wrong arguments.
        """
        with self._at(where):
            return self._evaluated(value)

    @contextmanager
    def _at(self, where: str) -> Iterator[None]:
        before, self._where = self._where, where
        try:
            yield
        finally:
            self._where = before

    def exists(self, name: str) -> bool:
        """Return whether the condition of a resource holds."""
        condition = self._template.resources[name].get("Condition")
        return self.holds(condition, f"resource {name!r}")

    def holds(self, condition: str | None, where: str) -> bool:
        """Return whether the condition of a resource or output holds; a missing one does."""
        if condition is None:
            return True
        with self._at(where):
            return self._condition(condition)

    def _evaluated(self, value: Any) -> Any:
        if isinstance(value, Mapping):
            return self._object(value)
        if isinstance(value, list):
            items = map(self._evaluated, value)
            return [item for item in items if item is not NO_VALUE]
        return _resolved(value) if isinstance(value, str) else value

    def _object(self, value: Mapping[str, Any]) -> Any:
        if len(value) == 1:
            (name, argument), *_ = value.items()
            function = self._functions.get(name)
            # `Condition` is also a member of IAM policies, where it has an object.
            if function is not None and not (name == "Condition" and not isinstance(argument, str)):
                return self._called(name, function, argument)
            if isinstance(name, str) and name.startswith("Fn::"):
                raise self._error(
                    f"uses {name}, which only CloudFormation can evaluate. Load the processed "
                    "template: aws cloudformation get-template --template-stage Processed"
                )
        items = {name: self._evaluated(item) for name, item in value.items()}
        return {name: item for name, item in items.items() if item is not NO_VALUE}

    def _called(self, name: str, function: Callable[[Any], Any], argument: Any) -> Any:
        try:
            found = function(argument)
        except (TypeError, ValueError, IndexError, KeyError, AttributeError) as error:
            raise self._error(
                f"has a {name} that cannot be evaluated: {json.dumps(argument, default=str)}"
            ) from error
        # CDK joins the parts of a reference to a secret.
        return _resolved(found) if isinstance(found, str) else found

    def _error(self, problem: str) -> Exception:
        return self._template.error(f"{self._where} {problem}.".lstrip())

    # References

    def _ref(self, name: str) -> Any:
        if name in self._parameters:
            return self._parameters[name]
        if name.startswith("AWS::"):
            return self._pseudo(name)
        with self._following(name):
            kind = self._template.type_of(name)
            if kind in OPERATIONS:
                return self._template.arn_of(name, self.value)
            called = self._template.name_of(name, self.value)
            return reference_to(self._template.region, kind, called)

    def _attribute(self, argument: Any) -> Any:
        parts = argument.split(".", 1) if isinstance(argument, str) else argument
        name, attribute = str(parts[0]), str(self._evaluated(parts[1]))
        with self._following(name):
            kind = self._template.type_of(name)
            if kind in OPERATIONS:
                return self._attribute_of_batch(name, kind, attribute)
            called = self._template.name_of(name, self.value)
            return attribute_of(self._template.region, kind, called, attribute)

    def _attribute_of_batch(self, name: str, kind: str, attribute: str) -> str:
        arn = "Arn" if kind.endswith("::SchedulingPolicy") else f"{kind.rpartition('::')[2]}Arn"
        if attribute in (arn, "Arn", "Id"):
            return self._template.arn_of(name, self.value)
        if attribute in _CHANGING.get(kind, ()):
            return StandIn("1")
        raise self._error(
            f"refers to attribute {attribute!r} of resource {name!r}, which {kind} does not have. Use {arn!r}"
        )

    @contextmanager
    def _following(self, name: str) -> Iterator[None]:
        """Follow a reference to a resource that exists."""
        if name not in self._template.resources:
            raise self._error(f"refers to {name!r}, which is neither a parameter nor a resource")
        if not self.exists(name):
            raise self._error(f"refers to resource {name!r}, whose Condition does not hold")
        if name in self._path:
            raise self._error(f"is part of a circle: {' -> '.join([*self._path, name])}")
        self._path.append(name)
        try:
            yield
        finally:
            self._path.pop()

    def _pseudo(self, name: str) -> Any:
        region, stack = self._template.region, self._template.stack
        partition = region.foreign_arn("", "").split(":")[1]
        values = {
            "AWS::AccountId": region.account_id,
            "AWS::NoValue": NO_VALUE,
            "AWS::NotificationARNs": [],
            "AWS::Partition": partition,
            "AWS::Region": region.name,
            "AWS::StackId": region.foreign_arn("cloudformation", f"stack/{stack}/batchmock"),
            "AWS::StackName": stack,
            "AWS::URLSuffix": "amazonaws.com.cn" if partition == "aws-cn" else "amazonaws.com",
        }
        if name not in values:
            raise self._error(f"refers to {name!r}, which is no pseudo parameter")
        return values[name]

    def _import(self, argument: Any) -> Any:
        name = str(self._evaluated(argument))
        exports = self._template.region.exports
        return exports[name] if name in exports else StandIn(name)

    # Conditions

    def _condition(self, name: str) -> bool:
        if name not in self._template.conditions:
            raise self._error(f"refers to condition {name!r}, which the template does not have")
        if f"condition {name}" in self._path:
            raise self._error(f"depends on condition {name!r}, which depends on itself")
        self._path.append(f"condition {name}")
        try:
            return self._truth(self._template.conditions[name])
        finally:
            self._path.pop()

    def _truth(self, value: Any) -> bool:
        return text_of(self._evaluated(value)) == "true"

    def _equals(self, items: Any) -> bool:
        left, right = map(self._evaluated, items)
        return bool(left == right or text_of(left) == text_of(right))

    def _if(self, items: Any) -> Any:
        condition, then, otherwise = items
        return self._evaluated(then if self._condition(condition) else otherwise)

    # Text and lists

    def _join(self, items: Any) -> str:
        delimiter, parts = items
        return text_of(delimiter).join(text_of(part) for part in self._listed(parts))

    def _listed(self, items: Any) -> list[Any]:
        evaluated = self._evaluated(items)
        return evaluated if isinstance(evaluated, list) else [evaluated]

    def _split(self, items: Any) -> list[Any]:
        delimiter, text = items
        found = self._evaluated(text)
        parts = text_of(found).split(text_of(delimiter))
        return list(map(StandIn, parts)) if isinstance(found, StandIn) else parts

    def _length(self, items: Any) -> int:
        evaluated = self._evaluated(items)
        if isinstance(evaluated, StandIn):
            # A made-up list has one item.
            return 1
        if not isinstance(evaluated, list):
            raise TypeError(f"{evaluated!r} is no list")
        return len(evaluated)

    def _select(self, items: Any) -> Any:
        index, choices = self._evaluated(items[0]), self._listed(items[1])
        if len(choices) == 1 and isinstance(choices[0], StandIn) and int(index) > 0:
            # A made-up list has one item, but the template may index further ones.
            return StandIn(f"{choices[0]}-{index}")
        return choices[int(index)]

    def _sub(self, argument: Any) -> Any:
        text, variables = (argument, {}) if isinstance(argument, str) else argument

        def replacement(found: re.Match[str]) -> str:
            is_literal, name = found[1], found[2].strip()
            if is_literal:
                return f"${{{name}}}"
            if name in variables:
                return text_of(self._evaluated(variables[name]))
            if "." in name and name not in self._parameters:
                return text_of(self._attribute(name))
            return text_of(self._ref(name))

        return _VARIABLE.sub(replacement, text)

    def _base64(self, argument: Any) -> str:
        return b64encode(text_of(self._evaluated(argument)).encode()).decode()

    def _find_in_map(self, items: Any) -> Any:
        name, first, second, *more = (self._evaluated(item) for item in items)
        try:
            return self._evaluated(self._template.mappings[name][text_of(first)][text_of(second)])
        except KeyError:
            if more and "DefaultValue" in more[0]:
                return more[0]["DefaultValue"]
            raise

    def _zones(self, argument: Any) -> list[str]:
        region = self._evaluated(argument) or self._template.region.name
        return [f"{region}{letter}" for letter in "abc"]

    def _cidr(self, items: Any) -> list[str]:
        block, count, *bits = (self._evaluated(item) for item in items)
        text = "10.0.0.0/16" if isinstance(block, StandIn) else str(block)
        network = ipaddress.ip_network(text, strict=False)
        prefix = network.max_prefixlen - int(bits[0] if bits else 8)
        networks = network.subnets(new_prefix=prefix)
        return [str(part) for part in islice(networks, int(count))]


def _resolved(text: str) -> Any:
    """Return text with dynamic references replaced by made-up values."""
    if "{{resolve:" not in text:
        return text
    whole = _DYNAMIC.fullmatch(text)
    if whole is not None:
        return StandIn(_reference_name(whole))
    return _DYNAMIC.sub(_reference_name, text)


def _reference_name(found: re.Match[str]) -> str:
    """Return a value for a dynamic reference: its name and key, with hyphens for slashes."""
    service, reference = found.groups()
    if reference.startswith("arn:"):
        # The name follows `secret:` or `parameter/`.
        reference = re.split("[:/]", reference, maxsplit=6)[-1]
    name, *rest = reference.split(":")
    if service == "secretsmanager" and len(rest) > 1 and rest[1]:
        name = f"{name}-{rest[1]}"
    return joined_path(name) or service
