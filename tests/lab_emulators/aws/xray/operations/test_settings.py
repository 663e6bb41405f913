"""Stored values: encryption, tags, telemetry."""

import pytest

from lab_emulators.aws.xray.operations.groups import GroupOperations
from lab_emulators.aws.xray.operations.sampling import Sampling
from lab_emulators.aws.xray.operations.settings import Settings
from lab_emulators.aws.xray.tags import MAX_TAGS

OWNER = {"Key": "owner", "Value": "ada"}


@pytest.fixture
def settings(core):
    return Settings(core)


@pytest.fixture
def group(core):
    """The ARN of a group made with one tag."""
    made = GroupOperations(core).create({"GroupName": "slow", "Tags": [OWNER]})
    return made["Group"]["GroupARN"]


def tags_of(settings, resource):
    found = settings.list_tags({"ResourceARN": resource})["Tags"]
    return {tag["Key"]: tag["Value"] for tag in found}


def test_nothing_is_encrypted_until_a_key_is_put(settings):
    config = settings.get_encryption({})["EncryptionConfig"]
    assert config == {"Type": "NONE", "Status": "ACTIVE"}


def test_an_encryption_key_is_remembered_through_a_restart(settings, core):
    asked = {"Type": "KMS", "KeyId": "alias/aws/xray"}
    assert settings.put_encryption(asked)["EncryptionConfig"]["Status"] == "UPDATING"
    config = Settings(core).get_encryption({})["EncryptionConfig"]
    assert config == asked | {"Status": "ACTIVE"}


@pytest.mark.parametrize(
    "asked", [{"Type": "KMS"}, {"Type": "NONE", "KeyId": "k"}, {"Type": "AES"}, {}]
)
def test_an_encryption_that_cannot_be_is_refused(settings, refusal, asked):
    error = refusal(settings.put_encryption, **asked)
    assert error.code == "InvalidRequestException"


def test_tags_given_with_a_group_are_listed(settings, group):
    assert tags_of(settings, group) == {"owner": "ada"}


def test_tags_come_change_and_go(settings, group):
    more = [{"Key": "owner", "Value": "bo"}, {"Key": "team", "Value": "feed"}]
    settings.tag({"ResourceARN": group, "Tags": more})
    assert tags_of(settings, group) == {"owner": "bo", "team": "feed"}
    settings.untag({"ResourceARN": group, "TagKeys": ["owner", "nobody"]})
    assert tags_of(settings, group) == {"team": "feed"}


def test_sampling_rules_have_tags_too_and_the_default_one(settings, core):
    records = Sampling(core).get_rules({})["SamplingRuleRecords"]
    arn = records[0]["SamplingRule"]["RuleARN"]
    settings.tag({"ResourceARN": arn, "Tags": [OWNER]})
    assert tags_of(settings, arn) == {"owner": "ada"}


def test_a_deleted_group_takes_its_tags_along(settings, group, core, refusal):
    GroupOperations(core).delete({"GroupARN": group})
    error = refusal(settings.list_tags, ResourceARN=group)
    assert (error.code, error.status) == ("ResourceNotFoundException", 404)


@pytest.mark.parametrize(
    ("tags", "code"),
    [
        ([{"Key": "aws:own", "Value": "1"}], "InvalidRequestException"),
        ([OWNER, OWNER], "InvalidRequestException"),
        ([{"Key": "k" * 129, "Value": ""}], "InvalidRequestException"),
        ([{"Key": "k"}], "InvalidRequestException"),
        (
            [{"Key": str(n), "Value": ""} for n in range(MAX_TAGS)],
            "TooManyTagsException",
        ),
    ],
)
def test_tags_that_cannot_be_are_refused_and_change_nothing(
    settings, group, refusal, tags, code
):
    assert refusal(settings.tag, ResourceARN=group, Tags=tags).code == code
    assert tags_of(settings, group) == {"owner": "ada"}


def test_telemetry_is_taken_and_checked(settings, refusal):
    record = {"Timestamp": 1_700_000_000, "SegmentsReceivedCount": 3}
    assert settings.put_telemetry({"TelemetryRecords": [record]}) == {}
    error = refusal(settings.put_telemetry, TelemetryRecords=[{"Timestamp": "now"}])
    assert "must be a timestamp" in error.message


def test_resource_policies_are_refused_by_name(xray, refusal):
    error = refusal(lambda given: xray.call("PutResourcePolicy", given))
    assert error.message == "not emulated locally: xray.PutResourcePolicy"
