"""Background work. Rows in the database are the truth; what goes through the queue is only a wake-up."""

from oer.jobs.queue import Queue, open_queue
from oer.jobs.registry import every, job, registered_jobs
from oer.jobs.wakes import wake

__all__ = ["Queue", "every", "job", "open_queue", "registered_jobs", "wake"]
