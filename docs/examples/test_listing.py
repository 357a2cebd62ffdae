"""Is a job of that name running already? Found among 150 others, on the second page."""


def find_running(client, name):
    """Give the ids of the RUNNING jobs with a name, from all pages."""
    pages = client.get_paginator("list_jobs").paginate(
        jobQueue="queue", jobStatus="RUNNING", PaginationConfig={"PageSize": 100}
    )
    return [
        job["jobId"] for page in pages for job in page["jobSummaryList"] if job["jobName"] == name
    ]


def submit(client, name):
    """Submit a job and give its id."""
    job = client.submit_job(jobName=name, jobQueue="queue", jobDefinition="step")
    return job["jobId"]


def test_a_running_job_is_found_behind_150_others(batch_mock, batch_client):
    """Newer jobs come first, so the oldest is on the last page."""
    batch_mock.provision(job_queue="queue", job_definition="step")
    batch_mock.hold("*", at="RUNNING")
    mine = submit(batch_client, "mine")
    for number in range(150):
        submit(batch_client, f"other-{number}")
    batch_mock.run()

    assert find_running(batch_client, "mine") == [mine]
    assert batch_mock.calls.count("ListJobs") == 2


def test_a_job_that_still_waits_is_not_running(batch_mock, batch_client):
    """What is RUNNABLE is not in the list of RUNNING jobs."""
    batch_mock.provision(job_queue="queue", job_definition="step")
    batch_mock.hold("mine", at="RUNNABLE")
    submit(batch_client, "mine")
    batch_mock.run()

    assert find_running(batch_client, "mine") == []


def test_a_filter_by_name_finds_jobs_of_any_status(batch_mock, batch_client):
    """JOB_NAME takes a beginning and `*`, and does not mind upper and lower case."""
    batch_mock.provision(job_queue="queue", job_definition="step")
    ended = submit(batch_client, "nightly-1")
    batch_mock.run()
    waiting = submit(batch_client, "nightly-2")

    found = batch_client.list_jobs(
        jobQueue="queue", filters=[{"name": "JOB_NAME", "values": ["Nightly-*"]}]
    )["jobSummaryList"]

    assert [job["jobId"] for job in found] == [waiting, ended]
