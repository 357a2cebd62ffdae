"""Between botocore and the operations: the only home of botocore in batchmock."""
