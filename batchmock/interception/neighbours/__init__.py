"""
Requests to services beside AWS Batch: batchmock answers those about jobs and what runs them.

These are CloudWatch Logs, Amazon ECS and Amazon EC2. Other requests pass to another mock, such as moto, a
Stubber or another endpoint.

`services` lists the services, `formats` and `query` read and write their messages, `calls` answers clients of
this process, and `raw` answers programs in others.
"""
