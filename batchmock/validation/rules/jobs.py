"""Rules for requests that list jobs and describe resources."""

from __future__ import annotations

from collections.abc import Callable

from batchmock.validation import texts
from batchmock.validation.rules.rule import Params, Rule, text_if

_SELECTORS = ("jobQueue", "arrayJobId", "multiNodeJobId")


def names_and_max_results(names: str, text: str) -> Callable[[Params], str | None]:
    """Return the rule that a request may name resources or set maxResults, not both."""

    def violated_by(params: Params) -> str | None:
        return text_if(params.get(names) and "maxResults" in params, text)

    return violated_by


def one_selector(params: Params) -> str | None:
    """Refuse a listing that does not name exactly one queue, array job or multi-node job."""
    given = sum(selector in params for selector in _SELECTORS)
    return text_if(given != 1, texts.LIST_JOBS_SELECTOR)


JOB_RULES: tuple[Rule, ...] = (
    Rule(
        ("DescribeComputeEnvironments",),
        "names or a page",
        names_and_max_results(
            "computeEnvironments", "ComputeEnvironments and MaxResults cannot both be set"
        ),
        "captured: github.com/k1LoW/awspec#563",
    ),
    Rule(
        ("DescribeJobQueues",),
        "names or a page",
        names_and_max_results("jobQueues", texts.JOB_QUEUES_CLASH),
        "captured: github.com/k1LoW/awspec#563; text assumed",
    ),
    Rule(
        ("DescribeJobDefinitions",),
        "names or a page",
        names_and_max_results("jobDefinitions", texts.JOB_DEFINITIONS_CLASH),
        "captured: github.com/k1LoW/awspec#563; text assumed",
    ),
    Rule(("ListJobs",), "one selector", one_selector, "documented for ListJobs; text assumed"),
)
