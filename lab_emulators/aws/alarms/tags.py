"""Tags of alarms, kept by ARN in the store."""

from collections.abc import Iterable, Mapping
from typing import Any

from lab_emulators.aws.alarms.checks import Parameters, check
from lab_emulators.aws.alarms.repository.alarm_repository import AlarmRepository
from lab_emulators.aws.errors import AwsError
from lab_emulators.aws.languages.alarm_rule.parser import name_of
from lab_emulators.aws.metrics.core import Core, Operation

MAX_TAGS = 50  # API reference, TagResource

_TAGS = "cloudwatch.tags"


class Tags:
    """Key → value for each alarm; what is tagged must be an alarm of ours."""

    def __init__(self, core: Core, repository: AlarmRepository) -> None:
        self._documents = core.store.documents
        self._repository = repository

    def operations(self) -> Mapping[str, Operation]:
        """The three operations on tags."""
        return {
            "TagResource": self.tag,
            "UntagResource": self.untag,
            "ListTagsForResource": self.list,
        }

    def tag(self, parameters: Parameters) -> dict[str, Any]:
        """`TagResource`: more tags, or other values for keys there are."""
        check("TagResource", parameters)
        arn = self._known(parameters["ResourceARN"])
        self.put(arn, parameters["Tags"])
        return {}

    def untag(self, parameters: Parameters) -> dict[str, Any]:
        """`UntagResource`: keys that are not there are left out."""
        check("UntagResource", parameters)
        arn = self._known(parameters["ResourceARN"])
        gone = set(parameters["TagKeys"])
        kept = {key: value for key, value in self._of(arn).items() if key not in gone}
        self._documents.put(_TAGS, arn, kept)
        return {}

    def list(self, parameters: Parameters) -> dict[str, Any]:
        """`ListTagsForResource`, in the order they were first put."""
        check("ListTagsForResource", parameters)
        found = self._of(self._known(parameters["ResourceARN"]))
        return {"Tags": [{"Key": key, "Value": value} for key, value in found.items()]}

    def put(self, arn: str, tags: Iterable[Mapping[str, str]]) -> None:
        """Add tags of an alarm; InvalidParameterValue changes nothing."""
        added = {tag["Key"]: tag["Value"] for tag in tags}
        if any(key.lower().startswith("aws:") for key in added):
            raise _invalid("Tag keys that begin with aws: are reserved")
        after = self._of(arn) | added
        if len(after) > MAX_TAGS:
            raise _invalid(f"A resource has at most {MAX_TAGS} tags")
        if added:
            self._documents.put(_TAGS, arn, after)

    def forget(self, arn: str) -> None:
        """Remove all tags of an alarm that is gone."""
        self._documents.delete(_TAGS, arn)

    def _of(self, arn: str) -> dict[str, str]:
        return self._documents.get(_TAGS, arn) or {}

    def _known(self, arn: str) -> str:
        alarm = self._repository.get(name_of(arn))
        if alarm is None or alarm.arn != arn:
            raise AwsError("ResourceNotFoundException", f"Unknown resource: {arn}", 404)
        return arn


def _invalid(message: str) -> AwsError:
    return AwsError("InvalidParameterValue", message)
