"""Rules for requests about jobs: submitting (but for overrides), listing, and DescribeX calls."""

from __future__ import annotations

from collections.abc import Callable

from batchmock.validation import texts
from batchmock.validation.rules.rule import Params, Rule, text_if

_SELECTORS = ("jobQueue", "arrayJobId", "multiNodeJobId")


def dependencies(params: Params) -> str | None:
    """
    Refuse a dependency on nothing, and one that only an array job can have.

    SEQUENTIAL beside a jobId is let through on any job: users write it for a plain dependency.
    Array properties without a size make no array job: clients send them empty (assumed).
    """
    is_array = "size" in params.get("arrayProperties", ())
    for dependency in params["dependsOn"]:
        kind, has_job = dependency.get("type"), "jobId" in dependency
        if not has_job and kind is None:
            return texts.DEPENDENCY_WITHOUT_JOB
        if not has_job and kind == "N_TO_N":
            return texts.N_TO_N_WITHOUT_JOB
        if not is_array and (kind == "N_TO_N" or not has_job):
            return texts.DEPENDENCY_NEEDS_ARRAY.format(type=kind)
    return None


def names_and_max_results(names: str, text: str) -> Callable[[Params], str | None]:
    """Give the rule that a call names resources or asks for a page, not both."""

    def violated_by(params: Params) -> str | None:
        return text_if(params.get(names) and "maxResults" in params, text)

    return violated_by


def one_selector(params: Params) -> str | None:
    """Refuse a listing of none or of several of a queue, an array job and a multi-node job."""
    given = sum(selector in params for selector in _SELECTORS)
    return text_if(given != 1, texts.LIST_JOBS_SELECTOR)


def filters_are_complete(params: Params) -> str | None:
    """Refuse a filter without a name, or without a value to look for."""
    for item in params.get("filters", ()):
        if "name" not in item:
            return texts.FILTER_WITHOUT_NAME
        if not item.get("values"):
            return texts.FILTER_WITHOUT_VALUES.format(name=item["name"])
    return None


JOB_RULES: tuple[Rule, ...] = (
    Rule(
        ("SubmitJob",),
        "dependencies",
        dependencies,
        "documented for dependsOn; texts assumed",
        needs="dependsOn",
    ),
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
    Rule(
        ("ListJobs", "ListServiceJobs", "ListJobsByConsumableResource", "ListConsumableResources"),
        "filters have a name and values",
        filters_are_complete,
        "assumed",
    ),
)
