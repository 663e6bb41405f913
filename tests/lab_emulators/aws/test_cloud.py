"""The local AWS as one object: opened, made ready, closed."""

import subprocess
import sys
import threading

from lab_emulators.aws.cloud import opened

FIRST_CALL = """
import sys
from pathlib import Path
import boto3
from lab_emulators.aws.cloud import opened
from lab_emulators.web.server import Server, bind

with opened(Path(sys.argv[1]), "us-east-1", appends=8) as cloud:
    print([name for name in ("moto.sqs", "moto.ec2") if name in sys.modules])
    server = Server("aws", cloud.gateway, bind(0)[0])
    session = boto3.session.Session("lab", "lab", region_name="us-east-1")
    ec2 = session.client("ec2", endpoint_url=server.url)
    print(ec2.describe_vpcs()["Vpcs"][0]["CidrBlock"])
    ec2.close()
    server.stop()
"""


def warmers():
    return [one for one in threading.enumerate() if one.name == "xray indexer"]


def test_what_makes_traces_ready_ends_with_the_cloud(tmp_path, eventually):
    with opened(tmp_path, "us-east-1", appends=8) as cloud:
        assert warmers() == []
        cloud.warm_up()
        (thread,) = warmers()
        assert thread.daemon
        eventually(lambda: cloud.health() == {"warm": True})
    assert not thread.is_alive()


def test_ec2_is_loaded_by_its_first_call_and_not_before(tmp_path):
    command = [sys.executable, "-c", FIRST_CALL, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stdout.splitlines() == ["['moto.sqs']", "172.31.0.0/16"], done.stderr
