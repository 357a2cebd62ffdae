"""
Jobs, attempts, queues and time, without AWS's wire shapes.

Standard library and plain outcome values only; camelCase, ARNs and error texts of the service live
in `operations`.
"""
