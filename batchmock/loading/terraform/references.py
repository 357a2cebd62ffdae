"""
The resources that an expression of a plan's configuration can refer to.

A plan lists the references of an expression, but not the expression: `this[each.key].arn` has the references
`this` and `each.key`, and `var.spot ? a.arn : b.arn` has those of both resources. Several results mean that the
plan does not record which one is meant.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from batchmock.loading.terraform.addresses import Address, Step, address_of, steps_of

#: The references to the key of the block in which they are. `each.value` is the key of a set.
_OWN_KEYS: Final = frozenset({"each.key", "each.value", "count.index"})


class Scope(NamedTuple):
    """
    The place of an expression.

    Attributes:
        modules: the module instances that contain it.
        key: the key of the resource or module whose block it is in.
        for_each: the references of the block's `for_each`, which `each.value` stands for.
    """

    modules: tuple[Step, ...]
    key: str = ""
    for_each: Sequence[str] = ()


class References:
    """
    Finds the resources that expressions refer to.

    Args:
        configuration: the root module of the configuration.
        addresses: the addresses of the resources to find.
        kinds: their types.
    """

    def __init__(
        self, configuration: Mapping[str, Any], addresses: Iterable[str], kinds: Iterable[str]
    ) -> None:
        self._configuration = configuration
        self._addresses: dict[str, Address] = {text: address_of(text) for text in addresses}
        self._kinds = frozenset(kinds)

    def configured(self, address: str) -> Mapping[str, Any]:
        """Return the configuration of a resource; empty if the plan has none."""
        modules, kind, (name, _) = self._addresses[address]
        for configured in self._module(modules).get("resources", ()):
            if (configured["type"], configured["name"]) == (kind, name):
                found: Mapping[str, Any] = configured
                return found
        return {}

    def found_by(self, address: str, expression: Any) -> list[str]:
        """Return the addresses that an expression in the block of a resource can refer to."""
        modules, _, (_, key) = self._addresses[address]
        scope = Scope(modules, key, _for_each_of(self.configured(address)))
        return list(dict.fromkeys(self._resources(references_of(expression), scope)))

    def _resources(self, references: Sequence[str], scope: Scope) -> Iterator[str]:
        longest = list(_longest(references))
        is_own = not _OWN_KEYS.isdisjoint(longest)
        for reference in longest:
            first, *rest = steps_of(reference)
            if first.name in self._kinds and rest:
                yield from self._instances(first.name, rest[0], scope, is_own)
            elif first.name == "module" and rest:
                yield from self._outputs(rest, scope, is_own)
            elif first.name == "var" and rest:
                yield from self._argument(rest[0].name, scope)
            elif reference.startswith("each.value") and scope.for_each:
                without = scope._replace(for_each=())
                yield from self._resources((*scope.for_each, "each.key"), without)

    def _instances(self, kind: str, step: Step, scope: Scope, is_own: bool) -> Iterator[str]:
        found = {
            text: address.instance.key
            for text, address in self._addresses.items()
            if (address.modules, address.kind, address.instance.name)
            == (scope.modules, kind, step.name)
        }
        wanted = _wanted(step.key, scope.key if is_own else "", found.values())
        yield from (text for text, key in found.items() if wanted in (None, key))

    def _outputs(self, rest: Sequence[Step], scope: Scope, is_own: bool) -> Iterator[str]:
        """Yield the resources in the outputs of a module; a reference by `each.key` names no output."""
        called = rest[0]
        content = self._call(scope.modules, called.name).get("module", {})
        outputs = content.get("outputs", {})
        names = [rest[1].name] if len(rest) > 1 else list(outputs)
        depth = len(scope.modules)
        instances = {
            address.modules[depth]: None
            for address in self._addresses.values()
            if address.modules[:depth] == scope.modules
            and len(address.modules) > depth
            and address.modules[depth].name == called.name
        }
        keys = [instance.key for instance in instances]
        wanted = _wanted(called.key, scope.key if is_own else "", keys)
        for instance in instances:
            if wanted in (None, instance.key):
                inside = Scope((*scope.modules, instance))
                for name in names:
                    expression = outputs.get(name, {}).get("expression")
                    yield from self._resources(references_of(expression), inside)

    def _argument(self, variable: str, scope: Scope) -> Iterator[str]:
        """Yield the resources in what a module's caller passes for a variable."""
        if not scope.modules:
            return
        *outer, (name, key) = scope.modules
        call = self._call(outer, name)
        outside = Scope(tuple(outer), key, _for_each_of(call))
        expression = call.get("expressions", {}).get(variable)
        yield from self._resources(references_of(expression), outside)

    def _module(self, path: Sequence[Step]) -> Mapping[str, Any]:
        module: Mapping[str, Any] = self._configuration
        for step in path:
            module = module.get("module_calls", {}).get(step.name, {}).get("module", {})
        return module

    def _call(self, path: Sequence[Step], name: str) -> Mapping[str, Any]:
        call: Mapping[str, Any] = self._module(path).get("module_calls", {}).get(name, {})
        return call


def references_of(expression: Any) -> Sequence[str]:
    """Return the references of an expression."""
    if isinstance(expression, Mapping):
        references: Sequence[str] = expression.get("references", ())
        return references
    return ()


def _longest(references: Sequence[str]) -> Iterator[str]:
    """Yield the references, without the shorter forms of itself that a plan lists after each."""
    before = ""
    for reference in references:
        if not before.startswith((f"{reference}.", f"{reference}[")):
            yield reference
        before = reference


def _for_each_of(block: Mapping[str, Any]) -> Sequence[str]:
    return references_of(block.get("for_each_expression"))


def _wanted(written: str, own: str, keys: Iterable[str]) -> str | None:
    """Return the key that a reference selects: the written one, or the block's own; None for any."""
    if written:
        return written
    return own if own and own in keys else None
