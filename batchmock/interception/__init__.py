"""The layer between botocore and the operations, and the only one that imports botocore."""
