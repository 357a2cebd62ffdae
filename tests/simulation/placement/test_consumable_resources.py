"""Quantities of a consumable resource."""

from __future__ import annotations

import pytest

from batchmock.simulation.placement.consumable_resources import ConsumableResource


def test_what_is_replenishable_comes_back() -> None:
    """A taken quantity is in use until it is released, and the total stays."""
    resource = ConsumableResource("arn", 5, replenishable=True)
    resource.take(3)
    assert (resource.total, resource.in_use, resource.available) == (5, 3, 2)
    resource.release(3)
    assert (resource.total, resource.in_use, resource.available) == (5, 0, 5)


def test_the_rest_does_not() -> None:
    """A taken non-replenishable quantity leaves the total, and releasing it changes nothing."""
    resource = ConsumableResource("arn", 5, replenishable=False)
    resource.take(3)
    resource.release(3)
    assert (resource.total, resource.in_use, resource.available) == (2, 0, 2)


@pytest.mark.parametrize(("quantity", "is_short"), [(0, False), (2, False), (3, True)])
def test_is_short(quantity: int, is_short: bool) -> None:
    """A job can take exactly what is available, and no more."""
    assert ConsumableResource("arn", 2, replenishable=True).is_short(quantity) is is_short


def test_a_total_below_what_is_in_use() -> None:
    """The available quantity is never negative."""
    resource = ConsumableResource("arn", 5, replenishable=True)
    resource.take(4)
    resource.total = 1
    assert (resource.available, resource.shown_total) == (0, 4)
    resource.release(4)
    assert (resource.available, resource.shown_total) == (1, 1)


def test_repr() -> None:
    """The repr shows the available quantity and the total."""
    resource = ConsumableResource("arn", 5, replenishable=True)
    resource.take(1)
    assert repr(resource) == "<ConsumableResource arn 4 of 5>"
