"""Tags of log groups, by ARN."""

from collections.abc import Iterable, Mapping
from typing import Any

from lab_emulators.aws.errors import AwsError
from lab_emulators.aws.logs.arns import group_arn, group_name
from lab_emulators.aws.logs.core import LogsCore, Operation, Parameters
from lab_emulators.aws.logs.errors import invalid
from lab_emulators.aws.validation import check

MAX_TAGS = 50  # API reference, TagResource

_TAGS = "logs.tags"


def operations(core: LogsCore) -> Mapping[str, Operation]:
    """The operations on tags."""
    tagging = Tagging(core)
    return {
        "TagResource": tagging.tag,
        "UntagResource": tagging.untag,
        "ListTagsForResource": tagging.list,
    }


class Tags:
    """Key → value for each ARN; whether the resource exists is not checked here."""

    def __init__(self, core: LogsCore) -> None:
        self._documents = core.store.documents

    def check(self, tags: Mapping[str, str]) -> None:
        """InvalidParameterException for reserved keys; TooManyTagsException."""
        if any(key.lower().startswith("aws:") for key in tags):
            raise invalid("Tag keys that begin with aws: are reserved.")
        if len(tags) > MAX_TAGS:
            message = f"A resource can have at most {MAX_TAGS} tags."
            raise AwsError("TooManyTagsException", message)

    def of(self, arn: str) -> dict[str, str]:
        """The tags of a resource, in the order they were first put."""
        return self._documents.get(_TAGS, arn) or {}

    def put(self, arn: str, tags: Mapping[str, str]) -> None:
        """Adds tags or sets their values; TooManyTagsException changes nothing."""
        if not tags:
            return
        after = self.of(arn) | dict(tags)
        self.check(after)
        self._documents.put(_TAGS, arn, after)

    def remove(self, arn: str, keys: Iterable[str]) -> None:
        """Removes tags; keys that are not there are ignored."""
        gone = set(keys)
        left = {key: value for key, value in self.of(arn).items() if key not in gone}
        self._documents.put(_TAGS, arn, left)

    def forget(self, arn: str) -> None:
        """Removes all tags of a deleted resource."""
        self._documents.delete(_TAGS, arn)


class Tagging:
    """Adds, removes and lists tags of log groups."""

    def __init__(self, core: LogsCore) -> None:
        self._core = core
        self._tags = Tags(core)

    def tag(self, parameters: Parameters) -> dict[str, Any]:
        """`TagResource`."""
        check("logs", "TagResource", parameters)
        self._tags.put(self._resource(parameters), parameters["tags"])
        return {}

    def untag(self, parameters: Parameters) -> dict[str, Any]:
        """`UntagResource`."""
        check("logs", "UntagResource", parameters)
        self._tags.remove(self._resource(parameters), parameters["tagKeys"])
        return {}

    def list(self, parameters: Parameters) -> dict[str, Any]:
        """`ListTagsForResource`."""
        check("logs", "ListTagsForResource", parameters)
        return {"tags": self._tags.of(self._resource(parameters))}

    def _resource(self, parameters: Parameters) -> str:
        resource = parameters["resourceArn"]
        if not resource.startswith("arn:"):
            raise invalid(f"Invalid ARN: {resource}")
        return self._arn(group_name(resource))

    def _arn(self, name: str) -> str:
        group = self._core.log_groups.group(name)
        return group_arn(self._core.region, self._core.account, group.name)
