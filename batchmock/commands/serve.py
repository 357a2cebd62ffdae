"""
`python -m batchmock serve`: a simulated AWS Batch for programs in any language.

Listen on 127.0.0.1, and answer AWS Batch, and CloudWatch Logs, ECS and EC2 about its jobs. Point an AWS SDK or
the AWS CLI at it with the environment variables that it prints. Nothing runs in a container: jobs succeed, or
end as scripted with POST /_batchmock/script. Ctrl-C ends it.

Other processes steer it with POST /_batchmock/tick, /run, /run_until, /script, /hold, /release and /reset,
whose bodies are JSON such as {"delta": 60}, and see GET /_batchmock/timeline.
"""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from shlex import quote
from threading import Event
from typing import Final

from batchmock.commands.arguments import load_files, parameter
from batchmock.errors import BatchMockError
from batchmock.mock import BatchMock
from batchmock.options import make_options

NAME: Final = "serve"
EXAMPLES: Final = (
    "python -m batchmock serve --port 8000 --advance wall --speed 60 --load template.json",
    """curl -d '{"delta": 60}' http://127.0.0.1:8000/_batchmock/tick""",
)
SUMMARY: Final = "answer AWS Batch on 127.0.0.1"


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of this command."""
    parser.add_argument(
        "--port", type=int, default=0, help="the port (default: a free one, which is printed)"
    )
    parser.add_argument(
        "--advance",
        choices=("manual", "poll", "wall"),
        default="wall",
        help="what moves the clock: requests to /_batchmock/, each look at a job, or the wall clock "
        "(default: %(default)s)",
    )
    parser.add_argument(
        "--speed",
        type=float,
        default=1.0,
        metavar="N",
        help="simulated seconds to a real one, with --advance wall (default: 1)",
    )
    parser.add_argument("--region", default="us-east-1", help="default: %(default)s")
    parser.add_argument(
        "--load",
        action="append",
        default=[],
        metavar="FILE",
        help="a template, `terraform show -json` or describe output to create resources from; can be "
        "repeated (default: a queue `job-queue` and a definition `job-definition`)",
    )
    parser.add_argument(
        "--parameter",
        action="append",
        default=[],
        type=parameter,
        metavar="NAME=VALUE",
        help="the value of a parameter, for each template that has it; can be repeated",
    )


class ServedMock(BatchMock):
    """A mock whose `reset` reloads the files that it was started with."""

    def __init__(self, arguments: Namespace) -> None:
        options = {"region": arguments.region, "advance": arguments.advance}
        if arguments.advance == "wall":
            options["speed"] = arguments.speed
        super().__init__(make_options(options))
        self._files = arguments.load
        self._parameters = dict(arguments.parameter)
        self.prepare()

    def prepare(self) -> None:
        """Create the resources of the files."""
        load_files(self, self._files, self._parameters)
        if not self._files:
            self.provision()

    def reset(self) -> None:
        """Reset the mock, and load the files again."""
        super().reset()
        self.prepare()


def run(arguments: Namespace) -> int:
    """Serve until Ctrl-C, and return the exit code."""
    try:
        mock = ServedMock(arguments)
        mock.start()
        server = mock.serve(arguments.port)
    except BatchMockError as error:
        print(error, file=sys.stderr)
        return 2
    print(f"Listening on {server.url}. Ctrl-C ends it.")
    for name, value in server.environment.items():
        print(f"export {name}={quote(value)}")
    sys.stdout.flush()
    try:
        with server:
            _wait_for_ctrl_c()
    finally:
        mock.stop()
    return 0


def _wait_for_ctrl_c() -> None:
    try:
        Event().wait()
    except KeyboardInterrupt:
        print()
