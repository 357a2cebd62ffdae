from __future__ import annotations

from typing import Any

import pytest

from batchmock import BatchMock, BatchMockError

from .terraform import ENVIRONMENT, ENVIRONMENT_UNKNOWN, configured_queue, plan, queue, resource

MAIN = "aws_batch_job_queue.main"
POLICY = {"expression": {"references": ["aws_batch_scheduling_policy.this.arn"]}}
OUTPUT = {"expression": {"references": ["aws_batch_compute_environment.this.arn"]}}


def environment(label: str, name: str, module: str = "") -> dict[str, Any]:
    """Return an environment with a name."""
    values = {**ENVIRONMENT, "compute_environment_name": name}
    return resource("compute_environment", label, values, module)


def waiting_queue(label: str, name: str, module: str = "") -> dict[str, Any]:
    """Return a queue whose environment is known only after the plan is applied."""
    values = {
        "name": name,
        "priority": 1,
        "state": "ENABLED",
        "compute_environment_order": [{"order": 1}],
    }
    return resource("job_queue", label, values, module)


def planned(
    root: list[dict[str, Any]],
    configuration: dict[str, Any],
    modules: dict[str, list[dict[str, Any]]] | None = None,
) -> dict[str, Any]:
    """Return a plan in which the environments of all queues are unknown."""
    children = [
        {"address": address, "resources": resources}
        for address, resources in (modules or {}).items()
    ]
    resources = [*root, *(item for child in children for item in child["resources"])]
    unknown = {
        item["address"]: ENVIRONMENT_UNKNOWN
        for item in resources
        if item["type"] == "aws_batch_job_queue"
    }
    document = plan(root, unknown, configuration)
    document["planned_values"]["root_module"]["child_modules"] = children
    return document


def wiring(client: Any) -> dict[str, list[str]]:
    """Return the names of the environments of each queue."""
    return {
        found["jobQueueName"]: [
            item["computeEnvironment"].rpartition("/")[2]
            for item in found["computeEnvironmentOrder"]
        ]
        for found in client.describe_job_queues()["jobQueues"]
    }


class TestInstances:
    @pytest.mark.parametrize("keys", [('["dev"]', '["prod"]'), ("[0]", "[1]")])
    def test_inside_a_module(self, keys: tuple[str, str], mock: BatchMock, client: Any) -> None:
        """A reference inside a module with instances stays in its instance."""
        modules = {
            f"module.batch{key}.": [
                environment("this", f"environment-{at}", f"module.batch{key}."),
                waiting_queue("main", f"queue-{at}", f"module.batch{key}."),
            ]
            for at, key in enumerate(keys)
        }
        inside = {"resources": [configured_queue("aws_batch_compute_environment.this.arn")]}
        mock.load(planned([], {"module_calls": {"batch": {"module": inside}}}, modules))
        assert wiring(client) == {"queue-0": ["environment-0"], "queue-1": ["environment-1"]}

    @pytest.mark.parametrize(
        ("keys", "reference"),
        [
            (('["m5.large"]', '["c5.large"]'), "each.key"),
            (('["a]b"]', '["c.d[0]"]'), "each.value"),
            (("[0]", "[1]"), "count.index"),
        ],
    )
    def test_of_the_same_key(
        self, keys: tuple[str, str], reference: str, mock: BatchMock, client: Any
    ) -> None:
        """A reference by `each` or `count` finds the instance with the key of its own block."""
        resources = [environment(f"this{key}", f"environment-{at}") for at, key in enumerate(keys)]
        resources += [waiting_queue(f"main{key}", f"queue-{at}") for at, key in enumerate(keys)]
        configuration = configured_queue("aws_batch_compute_environment.this", reference)
        mock.load(planned(resources, {"resources": [configuration]}))
        assert wiring(client) == {"queue-0": ["environment-0"], "queue-1": ["environment-1"]}

    def test_short_names(self, mock: BatchMock) -> None:
        """A short name that several instances share finds none of them, and the error lists all."""
        resources = [environment(f'this["{key}"]', f"environment-{key}") for key in "ab"]
        loaded = mock.load(plan(resources, {}, {}))
        with pytest.raises(KeyError, match=r"this\[\"a\"\].*this\[\"b\"\]"):
            loaded.compute_environments["this"]
        assert loaded.compute_environments['aws_batch_compute_environment.this["b"]'].name == (
            "environment-b"
        )

    def test_of_for_each_over_the_environments(self, mock: BatchMock, client: Any) -> None:
        """`each.value` is an environment, if `for_each` is a resource with instances."""
        resources = [environment(f'this["{key}"]', f"environment-{key}") for key in "ab"]
        resources += [waiting_queue(f'main["{key}"]', f"queue-{key}") for key in "ab"]
        configuration = {
            **configured_queue("each.value.arn", "each.value"),
            "for_each_expression": {"references": ["aws_batch_compute_environment.this"]},
        }
        mock.load(planned(resources, {"resources": [configuration]}))
        assert wiring(client) == {"queue-a": ["environment-a"], "queue-b": ["environment-b"]}

    @pytest.mark.parametrize("key", ['["c.d"]', "[1]"])
    def test_by_a_written_key(self, key: str, mock: BatchMock, client: Any) -> None:
        """A key in the reference selects the instance."""
        this = "aws_batch_compute_environment.this"
        resources = [
            environment('this["a.b"]', "first"),
            environment(f"this{key}", "second"),
            waiting_queue("main", "queue"),
        ]
        configuration = configured_queue(f"{this}{key}.arn", f"{this}{key}", this)
        mock.load(planned(resources, {"resources": [configuration]}))
        assert wiring(client) == {"queue": ["second"]}


#: A module with an environment, called with `for_each`.
MODULES = {
    f'module.ce["{key}"].': [
        environment("this", f"environment-{key}", f'module.ce["{key}"].'),
        resource("scheduling_policy", "this", {"name": f"policy-{key}"}, f'module.ce["{key}"].'),
    ]
    for key in "ab"
}


class TestModules:
    def test_output_of_an_instance(self, mock: BatchMock, client: Any) -> None:
        """The output of a module's instance is that of this instance."""
        called = 'module.ce["b"]'
        configuration = {
            "resources": [configured_queue(f"{called}.arn", called, "module.ce")],
            "module_calls": {"ce": {"module": {"outputs": {"arn": OUTPUT}}}},
        }
        mock.load(planned([waiting_queue("main", "queue")], configuration, MODULES))
        assert wiring(client) == {"queue": ["environment-b"]}

    def test_output_by_each_key(self, mock: BatchMock, client: Any) -> None:
        """`module.ce[each.key].arn`, of which a plan records no output, is found by its type."""
        queues = [waiting_queue(f'main["{key}"]', f"queue-{key}") for key in "ab"]
        configuration = {
            "resources": [configured_queue("module.ce", "each.key")],
            "module_calls": {"ce": {"module": {"outputs": {"policy": POLICY, "arn": OUTPUT}}}},
        }
        mock.load(planned(queues, configuration, MODULES))
        assert wiring(client) == {"queue-a": ["environment-a"], "queue-b": ["environment-b"]}

    def test_variable_by_each_key(self, mock: BatchMock, client: Any) -> None:
        """What a module's caller passes by `each.key` has the key of the module's instance."""
        modules = {
            f'module.queue["{key}"].': [
                waiting_queue("main", f"queue-{key}", f'module.queue["{key}"].')
            ]
            for key in "ab"
        }
        call = {
            "expressions": {
                "arn": {"references": ["aws_batch_compute_environment.this", "each.key"]}
            },
            "module": {"resources": [configured_queue("var.arn")]},
        }
        environments = [environment(f'this["{key}"]', f"environment-{key}") for key in "ab"]
        mock.load(planned(environments, {"module_calls": {"queue": call}}, modules))
        assert wiring(client) == {"queue-a": ["environment-a"], "queue-b": ["environment-b"]}


class TestChoices:
    BOTH = (
        "var.use_spot",
        "aws_batch_compute_environment.spot.arn",
        "aws_batch_compute_environment.spot",
        "aws_batch_compute_environment.on_demand.arn",
        "aws_batch_compute_environment.on_demand",
    )

    def test_a_condition(self, mock: BatchMock) -> None:
        """A condition that a plan does not record is an error, which names the choices."""
        resources = [
            environment("spot", "spot"),
            environment("on_demand", "on-demand"),
            waiting_queue("main", "queue"),
        ]
        with pytest.raises(
            BatchMockError,
            match=r"can be 'aws_batch_compute_environment.spot' or 'aws_\w+.on_demand'. Load the output",
        ):
            mock.load(planned(resources, {"resources": [configured_queue(*self.BOTH)]}))

    def test_a_condition_that_the_resources_decide(self, mock: BatchMock, client: Any) -> None:
        """A condition has one result if only one of its resources is in the plan."""
        resources = [environment("on_demand", "on-demand"), waiting_queue("main", "queue")]
        mock.load(planned(resources, {"resources": [configured_queue(*self.BOTH)]}))
        assert wiring(client) == {"queue": ["on-demand"]}

    @pytest.mark.parametrize("reference", ["each.value.environment", "local.environment"])
    def test_a_computed_key(self, reference: str, mock: BatchMock) -> None:
        """A key that is no key of the block itself is not guessed."""
        resources = [environment(f'this["{key}"]', f"environment-{key}") for key in "ab"]
        resources.append(waiting_queue('main["a"]', "queue"))
        configuration = configured_queue("aws_batch_compute_environment.this", reference)
        with pytest.raises(BatchMockError, match=r'can be \S+this\["a"\]\S* or \S+this\["b"\]'):
            mock.load(planned(resources, {"resources": [configuration]}))

    def test_dynamic_blocks(self, mock: BatchMock) -> None:
        """Blocks beside `dynamic` ones, which a plan does not record, are not confused with them."""
        values = {"name": "queue", "compute_environment_order": [{"order": 1}, {"order": 2}]}
        resources = [environment("a", "a"), queue(**values)]
        unknown = {MAIN: {"compute_environment_order": [{"compute_environment": True}] * 2}}
        configuration = {"resources": [configured_queue("aws_batch_compute_environment.a.arn")]}
        with pytest.raises(BatchMockError, match="refers to no resource of the plan"):
            mock.load(plan(resources, unknown, configuration))

    def test_a_list_of_older_providers(self, mock: BatchMock, client: Any) -> None:
        """The unknown items of a list are its references in order."""
        resources = [
            environment("a", "a"),
            environment("b", "b"),
            environment("c", "c"),
            queue(compute_environments=["a", None, None]),
        ]
        references = ["aws_batch_compute_environment.c.arn", "aws_batch_compute_environment.b.arn"]
        configured = {
            **configured_queue(),
            "expressions": {"compute_environments": {"references": references}},
        }
        unknown = {MAIN: {"compute_environments": [False, True, True]}}
        mock.load(plan(resources, unknown, {"resources": [configured]}))
        assert wiring(client) == {"main": ["a", "c", "b"]}

    def test_an_existing_environment(self, mock: BatchMock, client: Any) -> None:
        """An environment whose ARN is known is not the unknown one, so a list can have both."""
        known = "arn:aws:batch:eu-west-1:999999999999:compute-environment/old"
        resources = [
            environment("old", "old"),
            environment("new", "new"),
            queue(compute_environments=[known, None]),
        ]
        references = [
            "aws_batch_compute_environment.old.arn",
            "aws_batch_compute_environment.new.arn",
        ]
        configured = {
            **configured_queue(),
            "expressions": {"compute_environments": {"references": references}},
        }
        unknown = {
            MAIN: {"compute_environments": [False, True]},
            "aws_batch_compute_environment.old": {},
            "aws_batch_compute_environment.new": {"arn": True},
        }
        mock.load(plan(resources, unknown, {"resources": [configured]}))
        assert wiring(client) == {"main": ["old", "new"]}


class TestNames:
    @pytest.mark.parametrize("version", [5, 6])
    def test_prefixes(self, version: int, mock: BatchMock, client: Any) -> None:
        """Names with the same prefix, which the provider completes later, differ by their addresses."""
        name = "compute_environment_name" if version == 5 else "name"
        values = {
            **{key: value for key, value in ENVIRONMENT.items() if "name" not in key},
            name: None,
            f"{name}_prefix": "batch-",
        }
        resources = [
            resource("compute_environment", "a", values),
            resource("compute_environment", 'b["x.y"]', values),
            waiting_queue("main", "queue"),
        ]
        configuration = configured_queue('aws_batch_compute_environment.b["x.y"].arn')
        document = planned(resources, {"resources": [configuration]})
        document["resource_changes"] += [
            {"address": item["address"], "change": {"after_unknown": {name: True}}}
            for item in resources[:2]
        ]
        loaded = mock.load(document)
        assert wiring(client) == {"queue": ["batch-b-x-y"]}
        assert loaded.compute_environments["aws_batch_compute_environment.a"].name == "batch-a"

    @pytest.mark.parametrize("key", ["dev", "prod"])
    def test_names_from_elsewhere(self, key: str, mock: BatchMock) -> None:
        """A name with a part that another provider decides is made up from the whole address."""
        modules = {
            f'module.batch["{one}"].': [
                resource(
                    "job_queue",
                    "main",
                    {
                        "priority": 1,
                        "compute_environment_order": [{"order": 1, "compute_environment": "spot"}],
                    },
                    f'module.batch["{one}"].',
                )
            ]
            for one in ("dev", "prod")
        }
        document = planned([environment("spot", "spot")], {}, modules)
        for change in document["resource_changes"]:
            change["change"]["after_unknown"] = {"name": True}
        loaded = mock.load(document)
        assert loaded.queues[f'module.batch["{key}"].{MAIN}'].name == f"batch-{key}-main"
