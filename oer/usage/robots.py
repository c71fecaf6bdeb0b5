"""Which user agents are robots: by COUNTER's lists as the counter-robots library matches them, and by our own list.

A check takes about 0.2 ms, so the worker does it once per user agent.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

import counter_robots
import yaml


@dataclass(frozen=True)
class RobotPolicy:
    """The robot lists of one version; user agents are judged by their text alone."""

    version: str
    listed: re.Pattern[str]
    people: re.Pattern[str]
    robots: re.Pattern[str]

    def is_robot(self, user_agent: str) -> bool:
        """Tell whether `user_agent` is a robot, crawler or script (COUNTER CoP 5.1, 7.8). An empty one is."""
        if counter_robots.is_robot_or_machine(user_agent):
            return True
        # Names of devices are removed and the rest is still checked; otherwise a crawler could pass as a person
        # by naming a device.
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
