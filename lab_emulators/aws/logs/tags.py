"""Tags of log groups and other resources, by ARN; both families of operations."""

from collections.abc import Iterable, Mapping
from typing import Any

from lab_emulators.aws.errors import AwsError
from lab_emulators.aws.logs.arns import group_arn, group_name
from lab_emulators.aws.logs.core import Core, Operation, Parameters
from lab_emulators.aws.logs.errors import invalid
from lab_emulators.aws.logs.validation import check

MAX_TAGS = 50  # API reference, TagResource

_TAGS = "logs.tags"


def operations(core: Core) -> Mapping[str, Operation]:
    """The operations on tags: by ARN, and the older ones by the group's name."""
    tagging = Tagging(core)
    return {
        "TagResource": tagging.tag,
        "UntagResource": tagging.untag,
        "ListTagsForResource": tagging.list,
        "TagLogGroup": tagging.tag_group,
        "UntagLogGroup": tagging.untag_group,
        "ListTagsLogGroup": tagging.list_group,
    }


class Tags:
    """Key → value for each ARN; whether the resource exists is not asked here."""

    def __init__(self, core: Core) -> None:
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
        """Add tags or give them other values; TooManyTagsException changes nothing."""
        if not tags:
            return
        after = self.of(arn) | dict(tags)
        self.check(after)
        self._documents.put(_TAGS, arn, after)

    def remove(self, arn: str, keys: Iterable[str]) -> None:
        """Take tags away; keys that are not there are left out."""
        gone = set(keys)
        left = {key: value for key, value in self.of(arn).items() if key not in gone}
        self._documents.put(_TAGS, arn, left)

    def forget(self, arn: str) -> None:
        """Remove all tags of a resource that is gone."""
        self._documents.delete(_TAGS, arn)

    def fit(self, arn: str, wanted: Iterable[Mapping[str, Any]]) -> bool:
        """Whether a resource has all tags of ListLogGroups' `logGroupTags`."""
        filters = list(wanted)
        tags = self.of(arn) if filters else {}
        return all(_fits(tags, each) for each in filters)


class Tagging:
    """Puts, removes and lists tags of log groups."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._tags = Tags(core)

    def tag(self, parameters: Parameters) -> dict[str, Any]:
        """`TagResource`."""
        check("TagResource", parameters)
        self._tags.put(self._resource(parameters), parameters["tags"])
        return {}

    def untag(self, parameters: Parameters) -> dict[str, Any]:
        """`UntagResource`."""
        check("UntagResource", parameters)
        self._tags.remove(self._resource(parameters), parameters["tagKeys"])
        return {}

    def list(self, parameters: Parameters) -> dict[str, Any]:
        """`ListTagsForResource`."""
        check("ListTagsForResource", parameters)
        return {"tags": self._tags.of(self._resource(parameters))}

    def tag_group(self, parameters: Parameters) -> dict[str, Any]:
        """`TagLogGroup`."""
        check("TagLogGroup", parameters)
        self._tags.put(self._group(parameters), parameters["tags"])
        return {}

    def untag_group(self, parameters: Parameters) -> dict[str, Any]:
        """`UntagLogGroup`."""
        check("UntagLogGroup", parameters)
        self._tags.remove(self._group(parameters), parameters["tags"])
        return {}

    def list_group(self, parameters: Parameters) -> dict[str, Any]:
        """`ListTagsLogGroup`."""
        check("ListTagsLogGroup", parameters)
        return {"tags": self._tags.of(self._group(parameters))}

    def _resource(self, parameters: Parameters) -> str:
        resource = parameters["resourceArn"]
        if not resource.startswith("arn:"):
            raise invalid(f"Invalid ARN: {resource}")
        return self._arn(group_name(resource))

    def _group(self, parameters: Parameters) -> str:
        return self._arn(parameters["logGroupName"])

    def _arn(self, name: str) -> str:
        group = self._core.log_groups.group(name)
        return group_arn(self._core.region, self._core.account, group.name)


def _fits(tags: Mapping[str, str], wanted: Mapping[str, Any]) -> bool:
    """One filter: the key, and one of the values (`!` negates, `*` at either end)."""
    value = tags.get(wanted["key"])
    values = wanted.get("values") or ()
    if value is None:
        return False
    return not values or any(_value_fits(value, each) for each in values)


def _value_fits(value: str, pattern: str) -> bool:
    if pattern.startswith("!"):
        return not _value_fits(value, pattern[1:])
    middle = pattern.removeprefix("*").removesuffix("*")
    if pattern.startswith("*") and pattern.endswith("*"):
        return middle in value
    if pattern.startswith("*"):
        return value.endswith(middle)
    if pattern.endswith("*"):
        return value.startswith(middle)
    return value == pattern
