"""
The tasks and instances of jobs, as Amazon ECS and Amazon EC2 show them.

`tasks` and `instances` find them, `task_details`, `container_instances` and `ec2_instances` show them, and
`ecs` and `ec2` answer the requests. Everything is derived on request: nothing is recorded while jobs run.
Replies have times in milliseconds since the epoch, which `interception` writes in the format of the service.
"""
