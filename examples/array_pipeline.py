"""Process the shards of a day in parallel, join the results, and retry bad shards."""

import boto3

from submit_once import submit_once

MOST_IDS = 100


def start(day, shards):
    """Submit an array job over the shards and a job that joins them, and return both ids."""
    shard_id = submit_once(
        jobName=f"shards-{day}",
        jobQueue="work",
        jobDefinition="shard",
        arrayProperties={"size": shards},
        retryStrategy={
            "attempts": 3,
            "evaluateOnExit": [
                {"onStatusReason": "Host EC2*", "action": "RETRY"},
                {"onReason": "*", "action": "EXIT"},
            ],
        },
    )
    join_id = submit_once(
        jobName=f"join-{day}",
        jobQueue="work",
        jobDefinition="join",
        dependsOn=[{"jobId": shard_id}],
    )
    return shard_id, join_id


def bad_shards(shard_id):
    """Return the exit code of each shard that FAILED, by index; None if it has none."""
    batch = boto3.client("batch")
    pages = batch.get_paginator("list_jobs").paginate(arrayJobId=shard_id, jobStatus="FAILED")
    ids = [summary["jobId"] for page in pages for summary in page["jobSummaryList"]]
    bad = {}
    for first in range(0, len(ids), MOST_IDS):
        for job in batch.describe_jobs(jobs=ids[first : first + MOST_IDS])["jobs"]:
            bad[job["arrayProperties"]["index"]] = job["container"].get("exitCode")
    return bad


def retry_bad_shards(day, shard_id):
    """Submit one job for each bad shard, and return the job ids."""
    return [
        submit_once(
            jobName=f"shard-{day}-{index}-again",
            jobQueue="work",
            jobDefinition="shard",
            containerOverrides={"environment": [{"name": "SHARD", "value": str(index)}]},
        )
        for index in sorted(bad_shards(shard_id))
    ]
