"""Which user agents are robots: COUNTER's lists as the library reads them, and our policy on top of both.

Judging costs about a fifth of a millisecond, so it is done once per user agent, in the worker.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

import counter_robots
import yaml


@dataclass(frozen=True)
class RobotPolicy:
    """The lists of one version: judges a user agent by its text alone."""

    version: str
    listed: re.Pattern[str]
    people: re.Pattern[str]
    robots: re.Pattern[str]

    def is_robot(self, user_agent: str) -> bool:
        """Tell whether `user_agent` is a robot, crawler or script (COUNTER CoP 5.1, 7.8); none at all is one."""
        if counter_robots.is_robot_or_machine(user_agent):
            return True
        # People's devices are taken out of the text instead of ending the question, or any crawler
        # could make itself a person by naming one of them.
        without_devices = self.people.sub("", user_agent)
        return bool(self.listed.search(without_devices) or self.robots.search(without_devices))


def _listed_patterns() -> list[str]:
    folder = files("counter_robots") / "data"
    lists = ("robot.txt", "machine.txt")
    return [line for name in lists for line in (folder / name).read_text("utf-8").splitlines() if line]


def _any_of(patterns: list[str]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns), re.IGNORECASE)


@lru_cache(maxsize=1)
def robot_policy() -> RobotPolicy:
    """Return the policy of this release; its version names the library's and ours."""
    local = yaml.safe_load((files("oer.usage") / "data" / "robots.yaml").read_text("utf-8"))
    return RobotPolicy(
        version=f"{counter_robots.__version__}+{local['version']}",
        listed=_any_of(_listed_patterns()),
        people=_any_of([re.escape(name) for name in local["people"]]),
        robots=_any_of(local["robots"]),
    )
