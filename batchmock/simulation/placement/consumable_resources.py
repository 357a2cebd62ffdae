"""
Consumable resources: quantities that jobs need before they start, and that run out.

Source: Resource-aware scheduling in the AWS Batch user guide (documented).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from batchmock.simulation.jobs.job import Job


class ConsumableResource:
    """
    So much of something, licences for example, and how much of it jobs have at present.

    A replenishable quantity is in use from STARTING until the job has ended. Any other leaves the total
    at STARTING and never comes back, so that none of it is in use (assumed).

    Args:
        arn: its ARN; two resources of one name in different regions are two.
        total: the whole quantity.
        replenishable: whether a job gives back what it took.
    """

    __slots__ = ("arn", "held", "is_deleted", "jobs", "replenishable", "total")

    def __init__(self, arn: str, total: int, *, replenishable: bool) -> None:
        self.arn = arn
        self.total = total
        #: What running jobs have taken, given back or not when they end.
        self.held = 0
        self.replenishable = replenishable
        self.is_deleted = False
        #: Every job that asks for it, in the order of submission.
        self.jobs: list[Job] = []

    def __repr__(self) -> str:
        return f"<ConsumableResource {self.arn} {self.available} of {self.total}>"

    @property
    def in_use(self) -> int:
        """How much running jobs will give back."""
        return self.held if self.replenishable else 0

    @property
    def shown_total(self) -> int:
        """The total, or as long as more is in use, that (documented: it comes down as jobs finish)."""
        return max(self.total, self.in_use)

    @property
    def available(self) -> int:
        """How much a job could take now; 0 when the total was lowered below what is in use."""
        return max(self.total - self.in_use, 0)

    def is_short(self, quantity: int) -> bool:
        """Whether there is less than a job needs."""
        return self.available < quantity

    def delete(self) -> None:
        """Be there no more: nobody gets anything of it again."""
        self.is_deleted = True
        self.total = 0

    def restore(self, total: int, *, replenishable: bool) -> None:
        """Exist again under the same name: jobs that wait for it can have it (documented)."""
        self.is_deleted = False
        self.total = total
        self.replenishable = replenishable

    def take(self, quantity: int) -> None:
        """Count what a job takes as it becomes STARTING."""
        self.held += quantity
        if not self.replenishable:
            self.total = max(self.total - quantity, 0)

    def give(self, quantity: int) -> None:
        """Count what a job had, once it has ended."""
        self.held -= quantity
