"""Small programs with the bugs that public issue trackers tell of, each with a careful twin."""

import time

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

ENDED = ("SUCCEEDED", "FAILED")
ONCE = Config(retries={"total_max_attempts": 1})


class JobFailed(Exception):
    """The job has FAILED."""


def submit(name="report"):
    """Submit a job, and drop all care."""
    return boto3.client("batch").submit_job(jobName=name, jobQueue="queue", jobDefinition="work")[
        "jobId"
    ]


def find(client, name):
    """Return the id of a job by its name, or None."""
    filters = [{"name": "JOB_NAME", "values": [name]}]
    found = client.list_jobs(jobQueue="queue", filters=filters)["jobSummaryList"]
    return found[0]["jobId"] if found else None


def submit_carefully(name="report"):
    """Submit a job once, whatever happens to the reply, and whether or not the program ran before."""
    single, client = boto3.client("batch", config=ONCE), boto3.client("batch")
    for _ in range(5):
        found = find(client, name)
        if found:
            return found
        try:
            return single.submit_job(jobName=name, jobQueue="queue", jobDefinition="work")["jobId"]
        except (BotoCoreError, ClientError):
            time.sleep(5)
    raise JobFailed("could not submit")


# A job that has vanished


def poll_for_ever(job_id):
    """Wait for a job that may be gone."""
    client = boto3.client("batch")
    while True:
        jobs = client.describe_jobs(jobs=[job_id])["jobs"]
        if jobs and jobs[0]["status"] in ENDED:
            return jobs[0]["status"]
        time.sleep(30)


def poll_carefully(job_id):
    """Wait for a job, and give up when it is gone."""
    client = boto3.client("batch")
    missing = 0
    while missing < 10:
        jobs = client.describe_jobs(jobs=[job_id])["jobs"]
        missing = 0 if jobs else missing + 1
        if jobs and jobs[0]["status"] == "FAILED":
            raise JobFailed(jobs[0].get("statusReason", ""))
        if jobs and jobs[0]["status"] == "SUCCEEDED":
            return jobs[0]["status"]
        time.sleep(30)
    raise JobFailed("the job is gone")


# A job that is not shown yet


def poll_first(job_id):
    """Wait for a job that may not be shown yet."""
    client = boto3.client("batch")
    while (job := client.describe_jobs(jobs=[job_id])["jobs"][0])["status"] not in ENDED:
        time.sleep(30)
    if job["status"] == "FAILED":
        raise JobFailed(job["statusReason"])
    return job["status"]


# Keys that a job may lack


def exit_code(job_id):
    """Return the exit code that a job may lack."""
    poll_for_its_end(job_id)
    job = boto3.client("batch").describe_jobs(jobs=[job_id])["jobs"][0]
    return job["container"]["exitCode"]


def seconds(job_id):
    """Return the run time of a job that may never have started."""
    poll_for_its_end(job_id)
    job = boto3.client("batch").describe_jobs(jobs=[job_id])["jobs"][0]
    if job["status"] == "FAILED":
        raise JobFailed(f"failed after {job['stoppedAt'] - job['startedAt']} ms")
    return (job["stoppedAt"] - job["startedAt"]) / 1000


def poll_for_its_end(job_id):
    """Wait for the end of a job, whichever it is."""
    client = boto3.client("batch")
    for _ in range(20):
        jobs = client.describe_jobs(jobs=[job_id])["jobs"]
        if jobs and jobs[0]["status"] in ENDED:
            return
        time.sleep(30)
    raise JobFailed("no end")


def exit_code_carefully(job_id):
    """Return the exit code of a job if it has one."""
    poll_for_its_end(job_id)
    jobs = boto3.client("batch").describe_jobs(jobs=[job_id])["jobs"]
    return jobs[0].get("container", {}).get("exitCode") if jobs else None


# A failure that nobody hears of


def wait_and_ignore(job_id):
    """Wait for a job, and tell nobody how it ended."""
    poll_for_its_end(job_id)


# A watcher that dies of a throttle


def watch(job_id, config=ONCE):
    """Watch a job with a client that never tries again."""
    client = boto3.client("batch", config=config)
    while True:
        jobs = client.describe_jobs(jobs=[job_id])["jobs"]
        if jobs and jobs[0]["status"] in ENDED:
            return
        time.sleep(1)


def hammer(job_id):
    """Ask again at once after each error."""
    client = boto3.client("batch", config=ONCE)
    while True:
        try:
            jobs = client.describe_jobs(jobs=[job_id])["jobs"]
        except ClientError:
            continue
        except BotoCoreError:
            time.sleep(1)
            continue
        if jobs and jobs[0]["status"] in ENDED:
            return
        time.sleep(1)


def hammer_politely(job_id):
    """Pause after each error."""
    client = boto3.client("batch", config=ONCE)
    while True:
        try:
            jobs = client.describe_jobs(jobs=[job_id])["jobs"]
        except (ClientError, BotoCoreError):
            time.sleep(10)
            continue
        if jobs and jobs[0]["status"] in ENDED:
            return
        time.sleep(1)


# Lists read status by status


def unfinished():
    """Read the statuses against the order of a job's life, so that a job may be missed."""
    client = boto3.client("batch")
    found = []
    for status in ("RUNNING", "STARTING", "RUNNABLE", "PENDING", "SUBMITTED"):
        jobs = client.list_jobs(jobQueue="queue", jobStatus=status)["jobSummaryList"]
        found += [job["jobName"] for job in jobs]
    return found


def unfinished_carefully():
    """Read the statuses in the order of a job's life, so that a job is met once at least."""
    client = boto3.client("batch")
    found = {}
    for status in ("SUBMITTED", "PENDING", "RUNNABLE", "STARTING", "RUNNING"):
        jobs = client.list_jobs(jobQueue="queue", jobStatus=status)["jobSummaryList"]
        found.update((job["jobId"], job["jobName"]) for job in jobs)
    return list(found.values())


# Events


class Counter:
    def __init__(self):
        self.count = 0

    def handle(self, event):
        """Receive an event."""
        self.count += event["detail"]["status"] == "SUCCEEDED"


class CarefulCounter:
    def __init__(self):
        self._ids = set()

    @property
    def count(self):
        """The number of jobs that have SUCCEEDED."""
        return len(self._ids)

    def handle(self, event):
        """Receive an event."""
        if event["detail"]["status"] == "SUCCEEDED":
            self._ids.add(event["detail"]["jobId"])


class LastStatus:
    def __init__(self):
        self.status = None

    def handle(self, event):
        """Receive an event."""
        self.status = event["detail"]["status"]


class Success:
    """Waits for the event of a success, which does not come if the job fails."""

    def __init__(self):
        self._has_come = False

    def handle(self, event):
        """Receive an event."""
        self._has_come |= event["detail"]["status"] == "SUCCEEDED"

    def wait(self):
        """Sleep until the event has come."""
        while not self._has_come:
            time.sleep(1)


# A program that resumes


def submit_unless_any_is_there():
    """Submit two jobs, and take one of an earlier run for both."""
    if not find(boto3.client("batch"), "part-*"):
        for name in ("part-1", "part-2"):
            submit(name)


def result(job_id):
    """Return a result that a job has only if it has SUCCEEDED."""
    client = boto3.client("batch")
    for _ in range(20):
        jobs = client.describe_jobs(jobs=[job_id])["jobs"]
        if jobs and jobs[0]["status"] == "SUCCEEDED":
            found = "a result"
        if jobs and jobs[0]["status"] in ENDED:
            break
        time.sleep(30)
    return found


def next_status(job_id):
    """Wait for a job, by the first of the jobs that are shown."""
    client = boto3.client("batch")
    for _ in range(20):
        jobs = client.describe_jobs(jobs=[job_id])["jobs"]
        status = next(job["status"] for job in jobs)
        if status == "FAILED":
            raise JobFailed
        if status == "SUCCEEDED":
            return
        time.sleep(30)


def average_seconds(job_id):
    """Return the average run time of the jobs that have SUCCEEDED, perhaps none."""
    poll_for_its_end(job_id)
    jobs = boto3.client("batch").describe_jobs(jobs=[job_id])["jobs"]
    times = [job["stoppedAt"] - job["startedAt"] for job in jobs if job["status"] == "SUCCEEDED"]
    return sum(times) / len(times)
