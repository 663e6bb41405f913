"""A full disk, before the lab starts and while it runs."""

import shutil
import sys
from collections import namedtuple

import boto3
import pytest
import requests
from botocore.exceptions import ClientError

from lab_helpers import doctor, lab, process, settings
from lab_helpers.clients import HoneycombClient, HoneycombError
from lab_helpers.doctor import Finding, machine, rehearsal
from lab_helpers.process import LabError, lifecycle

pytestmark = pytest.mark.xdist_group("lab")

Usage = namedtuple("Usage", "total used free")


def free(monkeypatch, megabytes):
    usage = Usage(10**12, 0, megabytes * 2**20)
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: usage)


def test_without_space_the_lab_does_not_start_and_says_the_numbers(
    lab_state, monkeypatch
):
    free(monkeypatch, 7)
    with pytest.raises(LabError, match=r"is full: 7 MB are free.*needs 50 MB"):
        process.start(settings.load())
    assert process.find(lab_state) is None


def test_little_space_is_said_by_start_status_and_the_doctor(lab_state, monkeypatch):
    free(monkeypatch, 120)
    assert "Only 120 MB of disk are free" in repr(lab.start())
    assert "Only 120 MB of disk are free" in repr(lifecycle.status())
    assert machine.folder(lab_state).remedy.startswith("free some disk space")


@pytest.fixture
def full(lab_state):
    """A running lab whose files cannot grow, as on a full disk; its settings."""
    import resource

    running = process.start(settings.load())
    team = {"x-honeycomb-team": settings.LAB_API_KEY}
    birds = f"{running.addresses.honeycomb}/1/events/birds"
    requests.post(birds, json={"n": 0}, headers=team, timeout=10).raise_for_status()
    resource.prlimit(running.pid, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
    return settings.load().at(running.addresses)


needs_limits = pytest.mark.skipif(
    sys.platform != "linux", reason="only Linux limits another process's files"
)


@needs_limits
def test_every_vendor_answers_507_in_words_when_the_disk_is_full(full, monkeypatch):
    team = {"x-honeycomb-team": full.honeycomb.api_key}
    birds = f"{full.honeycomb.endpoint}/1/events/birds"
    sent = requests.post(birds, json={"n": 1}, headers=team, timeout=10)
    assert sent.status_code == 507
    assert "disk with the lab's data is full: free some space" in sent.json()["error"]
    item = {"data": {"environment": "x", "body": {"message": {"body": "x"}}}}
    token = {"X-Rollbar-Access-Token": full.rollbar.access_token}
    url = f"{full.rollbar.endpoint}item/"
    reported = requests.post(url, json=item, headers=token, timeout=10)
    assert reported.status_code == 507
    assert "is full" in reported.json()["message"]
    settings.export(full)
    with pytest.raises(ClientError, match=r"InsufficientStorage.*is full"):
        boto3.client("logs").create_log_group(logGroupName="birds")


@needs_limits
def test_a_client_and_the_doctor_name_the_full_disk(full, monkeypatch):
    well = Finding("visitors", "enough")
    monkeypatch.setattr(rehearsal, "visits", lambda: well)
    with (
        HoneycombClient(full.honeycomb.api_key, full.honeycomb.endpoint) as client,
        pytest.raises(HoneycombError, match="answered 507: the disk with the lab's"),
    ):
        client.query("birds", {})
    remedies = {f.what: f.remedy for f in doctor.examine(settings.load()).findings}
    assert remedies["round trip"].startswith("free some disk space")
    assert remedies["Rollbar"].startswith("free some disk space")


@needs_limits
def test_once_there_is_space_again_the_lab_goes_on(full):
    import resource

    birds = f"{full.honeycomb.endpoint}/1/events/birds"
    team = {"x-honeycomb-team": full.honeycomb.api_key}
    pid = process.find(full.state_dir).pid
    forever = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
    statuses = []
    for _ in range(2):
        sent = requests.post(birds, json={"n": 1}, headers=team, timeout=10)
        statuses.append(sent.status_code)
        resource.prlimit(pid, resource.RLIMIT_FSIZE, forever)
    assert statuses == [507, 200]
