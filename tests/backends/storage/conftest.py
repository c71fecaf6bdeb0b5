"""A store of each kind, each started for real."""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import closing, suppress
from pathlib import Path
from urllib.parse import quote

import pytest

from oer.backends.storage import open_storage

ACCESS_KEY, SECRET_KEY = "testing", "testing-secret"


def free_port():
    """Return a port that is free together with the one 10,000 above, where SeaweedFS puts its own protocol."""
    while True:
        with socket.socket() as one, socket.socket() as other:
            one.bind(("127.0.0.1", 0))
            port = one.getsockname()[1]
            if port < 55_000:
                with suppress(OSError):
                    other.bind(("127.0.0.1", port + 10_000))
                    return port


def answers(url):
    try:
        urllib.request.urlopen(url, timeout=1).close()
    except urllib.error.HTTPError as answer:
        answer.close()
    except OSError:
        return False
    return True


@pytest.fixture(scope="session")
def s3_endpoint(tmp_path_factory):
    """A real SeaweedFS with an S3 face, for the whole session."""
    weed = shutil.which("weed", path=os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]))
    if weed is None:
        pytest.skip("weed (SeaweedFS) is not installed")
    folder = tmp_path_factory.mktemp("weed")
    identity = {
        "name": "tests",
        "credentials": [{"accessKey": ACCESS_KEY, "secretKey": SECRET_KEY}],
        "actions": ["Admin", "Read", "Write", "List", "Tagging"],
    }
    (folder / "s3.json").write_text(json.dumps({"identities": [identity]}))
    (folder / "data").mkdir()
    port, master, volume, filer = (free_port() for _ in range(4))
    command = [weed, "server", f"-dir={folder / 'data'}", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-s3"]
    command += [f"-s3.port={port}", f"-s3.config={folder / 's3.json'}", f"-master.port={master}"]
    command += [f"-volume.port={volume}", f"-filer.port={filer}", "-master.volumeSizeLimitMB=64"]
    command += ["-s3.port.lance=0", "-s3.port.iceberg=0", "-master.telemetry=false"]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        deadline = time.monotonic() + 60
        while not answers(f"http://127.0.0.1:{port}/"):
            assert process.poll() is None, (folder / "log").read_text()[-2000:]
            assert time.monotonic() < deadline, "weed did not start"
            time.sleep(0.2)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()  # asked to stop it takes half a minute
        process.wait()


@pytest.fixture(scope="session")
def bucket_name(s3_endpoint):
    """The one bucket of the session; each test has a folder of its own in it."""
    import boto3

    os.environ.update(AWS_ACCESS_KEY_ID=ACCESS_KEY, AWS_SECRET_ACCESS_KEY=SECRET_KEY)
    with closing(boto3.client("s3", endpoint_url=s3_endpoint, region_name="us-east-1")) as client:
        client.create_bucket(Bucket="tests")
    return "tests"


@pytest.fixture
def bucket(s3_endpoint, bucket_name, tmp_path):
    """An empty store in a bucket."""
    folder, spool = os.urandom(6).hex(), quote(str(tmp_path / "spool"))
    store = open_storage(f"s3://{bucket_name}/{folder}?endpoint={quote(s3_endpoint)}&spool={spool}")
    with closing(store._client):
        yield store


@pytest.fixture(params=["file", pytest.param("s3", marks=pytest.mark.server)])
def storage(request, tmp_path):
    """An empty store, once of each kind."""
    if request.param == "s3":
        return request.getfixturevalue("bucket")
    return open_storage(f"file:{tmp_path / 'uploads'}")
