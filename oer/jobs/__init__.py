"""Background work. Rows in the database are the truth; what goes through the queue is only a wake-up."""
