"""Build Batch clients from the parts of one that botocore has created, at a fraction of the cost."""
