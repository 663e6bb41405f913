"""The local AWS as one object: opened, made ready, closed."""

import threading

from lab_emulators.aws.cloud import opened


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
