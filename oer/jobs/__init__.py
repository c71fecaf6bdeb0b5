"""Background jobs: the queue, the worker, and mail. Rows in the database are the truth."""
