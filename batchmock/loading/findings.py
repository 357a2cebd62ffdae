"""Findings of `check()`, and the rules that report them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from batchmock.arguments import checked_items, checked_text
from batchmock.errors import BatchMockError

#: The rules: the mistake that each reports, and the AWS page that it is based on.
RULES: Final[Mapping[str, tuple[str, str]]] = {
    "no-queue": (
        "No queue of the file can run the job definition.",
        "AWS Batch User Guide, Jobs stuck in RUNNABLE status",
    ),
    "unreachable-retry-rule": (
        "A rule of evaluateOnExit never decides, because of the rules before it or of `attempts`.",
        "AWS Batch User Guide, Automated job retries",
    ),
    "spot-not-retried": (
        "A job is not retried when it loses its Spot Instance or its task on Fargate Spot.",
        "AWS Batch User Guide, Automated job retries",
    ),
    "no-timeout": (
        "Attempts of the job definition have no timeout, so one that hangs runs until it is terminated.",
        "AWS Batch User Guide, Job timeouts",
    ),
    "long-retries": (
        "All attempts together can run for longer than the bound (by default 14 days).",
        "AWS Batch User Guide, Job timeouts",
    ),
    "moving-tag": (
        "An image has no tag or `latest`, so that retries can run another image than the first attempt.",
        "Amazon ECR User Guide, Preventing image tags from being overwritten",
    ),
}


class CheckFinding(NamedTuple):
    """
    A probable mistake in a file that AWS Batch accepts.

    It has the id of the rule, the name of the resource in the file, the file, a message, and the AWS page that
    the rule is based on.
    """

    rule: str
    resource: str
    file: str
    message: str
    source: str

    def __str__(self) -> str:
        return f"{self.file}: {self.resource}: {self.message} [{self.rule}]"


class Waivers:
    """
    The findings to ignore.

    Args:
        waived: ids of rules, or `rule:resource` for one resource, as a test or command passes them.
        of_file: those that the file itself has, in the same form.
        file: the file.

    Raises:
        BatchMockError: there is no such rule.
    """

    def __init__(self, waived: Iterable[str], of_file: Iterable[str] = (), file: str = "") -> None:
        given = frozenset(_texts(waived))
        written = frozenset(of_file)
        self._waived = given | written
        for text in sorted(self._waived):
            rule = text.partition(":")[0]
            if rule not in RULES:
                where = "" if text in given else f"{file} waives {text!r}, and "
                raise BatchMockError(
                    f"batchmock: {where}there is no rule {rule!r} to waive. "
                    f"The rules are {', '.join(RULES)}."
                )

    def cover(self, finding: CheckFinding) -> bool:
        """Return whether a finding is waived."""
        return not self._waived.isdisjoint({finding.rule, f"{finding.rule}:{finding.resource}"})


def _texts(waived: Iterable[str]) -> tuple[str, ...]:
    """
    Return the rules that a test waives.

    Raises:
        BatchMockError: the argument is not a list of texts.
    """
    advice = 'Pass a list of rules: check(waive=["no-timeout", "moving-tag:Report"]).'
    if isinstance(waived, (set, frozenset)):
        waived = sorted(waived, key=str)
    items = checked_items(waived, "check(waive=)", advice)
    return tuple(checked_text(item, "a rule in check(waive=)", advice) for item in items)
