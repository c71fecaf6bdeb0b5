"""Figures for Prometheus: who may have them, that they are right, declared once and described."""

import re
import urllib.request
from collections.abc import Callable
from dataclasses import replace

import pytest
from prometheus_client.parser import text_string_to_metric_families

from oer.app import build_app
from oer.core.installation import Installation
from oer.jobs.pulse import Pulse
from oer.jobs.queue import Queue
from tests.serving import ROOT, Service

DESCRIBED = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")


@pytest.fixture
def with_settings(installation: Installation) -> Callable[..., object]:
    return lambda **values: build_app(
        replace(installation, settings=replace(installation.settings, **values))
    ).test_client()


def figures(text: str) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_every_figure_is_declared_once_and_described(client) -> None:
    client.get("/")
    text = client.get("/metrics").text
    declared = re.findall(r"^# TYPE (\S+) ", text, re.MULTILINE)
    assert len(declared) > 12
    assert len(declared) == len(set(declared))
    described = set(re.findall(r"^\| `(oer_\w+)` \|", DESCRIBED, re.MULTILINE))
    assert described == set(declared)


def test_answers_are_counted_by_endpoint_and_never_by_address(client) -> None:
    name = ("oer_http_requests_total", (("endpoint", "pages.home"), ("method", "GET"), ("status", "200")))
    before = figures(client.get("/metrics").text).get(name, 0)
    client.get("/?q=bí+mật")
    client.get("/nothing/bi-mat")
    text = client.get("/metrics").text
    assert figures(text)[name] == before + 1
    assert "bi-mat" not in text
    assert "bí" not in text


def test_figures_say_how_jobs_and_parts_are(client, installation: Installation, queue: Queue) -> None:
    pulse = Pulse(installation)
    with pulse.running("tests.job"):
        pass
    pulse.beat()
    found = figures(client.get("/metrics").text)
    assert found["oer_workers", ()] == 1
    assert found["oer_job_runs_total", (("job", "tests.job"),)] == 1
    assert found["oer_ready", (("part", "database"),)] == 1
    assert found["oer_ready", (("part", "search"),)] == 0
    assert found["oer_work_waiting", (("work", "files.extract"),)] == 0


def test_without_a_token_only_this_machine_may_read_the_figures(client) -> None:
    assert client.get("/metrics").status_code == 200
    assert client.get("/metrics", environ_base={"REMOTE_ADDR": "::1"}).status_code == 200
    assert client.get("/metrics", environ_base={"REMOTE_ADDR": "192.0.2.1"}).status_code == 404
    assert client.get("/metrics", headers={"X-Forwarded-For": "192.0.2.1"}).status_code == 404


def test_on_a_public_site_nobody_may_read_the_figures_without_a_token(with_settings) -> None:
    assert with_settings(base_url="https://hoclieu.example").get("/metrics").status_code == 404


def test_with_a_token_whoever_has_it_may_read_the_figures(with_settings) -> None:
    client = with_settings(metrics_token="s3cret", base_url="https://hoclieu.example")
    far = {"REMOTE_ADDR": "192.0.2.1"}
    right = client.get("/metrics", headers={"Authorization": "Bearer s3cret"}, environ_base=far)
    assert right.status_code == 200
    for wrong in ("", "Bearer", "Bearer s3cre", "Basic s3cret", "Bearer bí mật"):
        answer = client.get("/metrics", headers={"Authorization": wrong.encode().decode("latin-1")})
        assert answer.status_code == 404, wrong


@pytest.mark.server
def test_the_figures_of_all_web_processes_are_added_up(service: Service) -> None:
    name = ("oer_http_requests_total", (("endpoint", "accounts.sign_in"), ("method", "GET"), ("status", "200")))

    def counted() -> float:
        with urllib.request.urlopen(f"{service.url}/metrics", timeout=30) as answer:
            return figures(answer.read().decode()).get(name, 0)

    with service:
        before = counted()
        for _ in range(40):
            urllib.request.urlopen(f"{service.url}/sign-in", timeout=30).close()
        assert counted() == before + 40
        assert len(list((service.instance / "metrics").glob("counter_*.db"))) == 2
