"""
Consumable resources: quantities that jobs take when they start, and that can run out.

Source: AWS Batch user guide, "Resource-aware scheduling" (documented).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from batchmock.simulation.jobs.job import Job


class ConsumableResource:
    """
    A limited quantity, such as licences, and how much of it jobs hold.

    A replenishable quantity is in use from STARTING until the job has ended. A non-replenishable one
    leaves the total at STARTING and never returns, so none of it counts as in use (assumed).

    Args:
        arn: the ARN; resources of the same name in two regions are distinct.
        total: the whole quantity.
        replenishable: whether jobs return what they took.
    """

    __slots__ = ("arn", "held", "is_deleted", "jobs", "replenishable", "total")

    def __init__(self, arn: str, total: int, *, replenishable: bool) -> None:
        self.arn = arn
        self.total = total
        #: The quantity that running jobs hold, whether or not they return it.
        self.held = 0
        self.replenishable = replenishable
        self.is_deleted = False
        #: Every job that asks for it, in the order of submission.
        self.jobs: list[Job] = []

    def __repr__(self) -> str:
        return f"<ConsumableResource {self.arn} {self.available} of {self.total}>"

    @property
    def in_use(self) -> int:
        """The quantity that running jobs will return."""
        return self.held if self.replenishable else 0

    @property
    def shown_total(self) -> int:
        """The total, or the quantity in use while that is larger (documented)."""
        return max(self.total, self.in_use)

    @property
    def available(self) -> int:
        """The quantity that a job can take now; 0 if the total was lowered below what is in use."""
        return max(self.total - self.in_use, 0)

    def is_short(self, quantity: int) -> bool:
        """Return whether less than a quantity is available."""
        return self.available < quantity

    def delete(self) -> None:
        """Mark the resource as deleted: no job can take any of it."""
        self.is_deleted = True
        self.total = 0

    def restore(self, total: int, *, replenishable: bool) -> None:
        """Create the resource again under its name, for the jobs that wait for it too (documented)."""
        self.is_deleted = False
        self.total = total
        self.replenishable = replenishable

    def take(self, quantity: int) -> None:
        """Count the quantity that a job takes as it becomes STARTING."""
        self.held += quantity
        if not self.replenishable:
            self.total = max(self.total - quantity, 0)

    def release(self, quantity: int) -> None:
        """Stop counting the quantity of an ended job."""
        self.held -= quantity
