"""Tags of sampling rules and groups, kept by ARN in the store."""

from collections.abc import Iterable, Mapping

from lab_emulators.aws.errors import AwsError
from lab_emulators.aws.xray.core import Core
from lab_emulators.aws.xray.errors import invalid_request

MAX_TAGS = 50  # API reference, TagResource

_TAGS = "xray.tags"


class Tags:
    """Key → value for each ARN; whether the resource exists is not asked here."""

    def __init__(self, core: Core) -> None:
        self._documents = core.store.documents

    def check(self, tags: Iterable[Mapping[str, str]]) -> None:
        """InvalidRequestException for a reserved or repeated key, and too many."""
        keys = [tag["Key"] for tag in tags]
        if any(key.lower().startswith("aws:") for key in keys):
            raise invalid_request("Tag keys that begin with aws: are reserved")
        if len(set(keys)) < len(keys):
            raise invalid_request("A tag key is given twice")
        if len(keys) > MAX_TAGS:
            message = f"A resource has at most {MAX_TAGS} tags"
            raise AwsError("TooManyTagsException", message)

    def of(self, resource: str) -> list[dict[str, str]]:
        """The tags of one ARN in the order they were first put."""
        found = self._documents.get(_TAGS, resource) or {}
        return [{"Key": key, "Value": value} for key, value in found.items()]

    def put(self, resource: str, tags: Iterable[Mapping[str, str]]) -> None:
        """Add tags or give them other values; TooManyTagsException changes nothing."""
        added = {tag["Key"]: tag["Value"] for tag in tags}
        if not added:
            return
        after = (self._documents.get(_TAGS, resource) or {}) | added
        self.check([{"Key": key} for key in after])
        self._documents.put(_TAGS, resource, after)

    def remove(self, resource: str, keys: Iterable[str]) -> None:
        """Take tags away; keys that are not there are left out."""
        found = self._documents.get(_TAGS, resource) or {}
        left = {key: value for key, value in found.items() if key not in set(keys)}
        self._documents.put(_TAGS, resource, left)

    def forget(self, resource: str) -> None:
        """Remove all tags of a resource that is gone."""
        self._documents.delete(_TAGS, resource)
