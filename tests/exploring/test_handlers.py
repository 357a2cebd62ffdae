"""Event handlers that try again after an error, while simulated time stands still."""

import asyncio
import queue
import threading
import time

import boto3
import pytest
import trio
from botocore.exceptions import BotoCoreError, ClientError

from batchmock import explore

from . import programs


def sleep(seconds):
    """Pause in the thread of the handler."""
    time.sleep(seconds)


def sleep_in_a_thread(seconds):
    """Pause in a thread of its own."""
    thread = threading.Thread(target=time.sleep, args=(seconds,))
    thread.start()
    thread.join()


def wait_for_an_event(seconds):
    """Pause by a timeout of threading."""
    threading.Event().wait(seconds)


def wait_for_a_queue(seconds):
    """Pause by a timeout of a queue."""
    with pytest.raises(queue.Empty):
        queue.Queue().get(timeout=seconds)


def sleep_in_asyncio(seconds):
    """Pause in a loop of asyncio."""
    asyncio.run(asyncio.sleep(seconds))


def sleep_in_trio(seconds):
    """Pause in a run of trio."""
    trio.run(trio.sleep, seconds)


def explored(pause):
    """Explore a handler that submits a second job after the first, with a pause after each error."""

    def handle(event):
        detail = event["detail"]
        if (detail["jobName"], detail["status"]) != ("first", "SUCCEEDED"):
            return
        batch = boto3.client("batch", config=programs.ONCE)
        for seconds in (2, 4, 8, 16, 32):
            try:
                if not programs.find(batch, "second"):
                    batch.submit_job(jobName="second", jobQueue="queue", jobDefinition="work")
                break
            except (BotoCoreError, ClientError):
                pause(seconds)

    def program(batch_mock):
        batch_mock.provision(job_queue="queue", job_definition="work")
        batch_mock.subscribe(handle)
        boto3.client("batch").submit_job(jobName="first", jobQueue="queue", jobDefinition="work")
        batch_mock.run()

    return explore(
        program, options={"advance": "sleep"}, tiers=("weather",), depth=1, seconds=60
    ).findings


@pytest.mark.parametrize(
    "pause",
    [
        sleep,
        sleep_in_a_thread,
        wait_for_an_event,
        wait_for_a_queue,
        sleep_in_asyncio,
        sleep_in_trio,
    ],
)
def test_a_handler_that_pauses_is_polite(pause):
    """A handler is judged by what it has slept, though its sleeps take no simulated time."""
    assert explored(pause) == []


def test_a_handler_that_asks_again_at_once_is_impolite():
    """A handler that does not sleep between its attempts is reported."""
    kinds = {item.kind for item in explored(lambda seconds: None)}

    assert kinds == {"impolite under throttling"}
