import counter_robots
import pytest

from oer.usage.robots import robot_policy
from tests.usage.cases import CASES, CHROME

AGENTS = {agent["name"]: agent for agent in CASES["user_agents"]}
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148"


@pytest.mark.parametrize("agent", AGENTS.values(), ids=AGENTS.keys())
def test_every_given_user_agent_is_judged_as_expected(agent):
    assert counter_robots.is_robot_or_machine(agent["ua"]) is agent["counter_robots_2025_11"]
    assert robot_policy().is_robot(agent["ua"]) is agent["policy_exclude"]


@pytest.mark.parametrize(
    "user_agent",
    [
        "",
        "-",
        "Java/17",
        "Java/17.0.2",
        "Python/3.11 aiohttp/3.9",
        "Go-http-client/2.0",
        "okhttp/4.12",
        "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; OAI-SearchBot/1.0)",
        "Mozilla/5.0 (Linux; Android 11; CUBOT X50; compatible; Googlebot/2.1)",
        "googlebot CUBOT",
    ],
)
def test_scripts_and_crawlers_are_robots_whatever_device_they_name(user_agent):
    assert robot_policy().is_robot(user_agent)


@pytest.mark.parametrize(
    "user_agent",
    [
        CHROME,
        f"{IPHONE} Zalo iOS/521 ZaloTheme/light ZaloLanguage/vi",
        f"{IPHONE} [FBAN/FBIOS;FBAV/469.0;FBDV/iPhone15,2]",
        CHROME.replace("Chrome", "coc_coc_browser/122.0.0 Chrome"),
        "Mozilla/5.0 (Linux; Android 12; Motorola G60) AppleWebKit/537.36 Chrome/126 Mobile Safari/537.36",
        "Opera/9.80 (Android; Opera Mini/36/191; U; vi) Presto/2.12 Version/12.16",
    ],
)
def test_the_browsers_of_the_citys_people_are_no_robots(user_agent):
    assert not robot_policy().is_robot(user_agent)


def test_the_policys_version_names_the_librarys_list_and_ours():
    assert robot_policy().version.startswith(f"{counter_robots.__version__}+20")
