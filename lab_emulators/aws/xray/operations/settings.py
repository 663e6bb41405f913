"""The encryption configuration, tags, and telemetry."""

import threading
from collections.abc import Mapping
from typing import Any

from lab_emulators.aws.xray.core import Core, Operation, Parameters
from lab_emulators.aws.xray.errors import invalid_request, no_resource
from lab_emulators.aws.xray.paging import page_of
from lab_emulators.aws.xray.repository.group_repository import GroupRepository
from lab_emulators.aws.xray.repository.rule_repository import SamplingRuleRepository
from lab_emulators.aws.xray.tags import Tags
from lab_emulators.aws.xray.validation import check

PAGE = 50

_SETTINGS = "xray.settings"
_ENCRYPTION = "encryption"


def operations(core: Core) -> Mapping[str, Operation]:
    """Encryption, tags and telemetry; resource policies are not emulated."""
    settings = Settings(core)
    return {
        "GetEncryptionConfig": settings.get_encryption,
        "PutEncryptionConfig": settings.put_encryption,
        "TagResource": settings.tag,
        "UntagResource": settings.untag,
        "ListTagsForResource": settings.list_tags,
        "PutTelemetryRecords": settings.put_telemetry,
    }


class Settings:
    """Settings of one region."""

    def __init__(self, core: Core) -> None:
        self._documents = core.store.documents
        self._tags = Tags(core)
        self._rules = SamplingRuleRepository(core)
        self._groups = GroupRepository(core.store.documents)
        self._lock = threading.Lock()

    def get_encryption(self, parameters: Parameters) -> dict[str, Any]:
        """`GetEncryptionConfig`: type NONE until another was put."""
        check("GetEncryptionConfig", parameters)
        config = self._documents.get(_SETTINGS, _ENCRYPTION) or {"Type": "NONE"}
        return {"EncryptionConfig": config | {"Status": "ACTIVE"}}

    def put_encryption(self, parameters: Parameters) -> dict[str, Any]:
        """`PutEncryptionConfig`: stored, but nothing is encrypted with it."""
        check("PutEncryptionConfig", parameters)
        kind, key = parameters["Type"], parameters.get("KeyId")
        if (kind == "KMS") != bool(key):
            raise invalid_request("'KeyId' goes with type KMS, and only with it")
        config = {"Type": kind} | ({"KeyId": key} if key else {})
        self._documents.put(_SETTINGS, _ENCRYPTION, config)
        return {"EncryptionConfig": config | {"Status": "UPDATING"}}

    def tag(self, parameters: Parameters) -> dict[str, Any]:
        """`TagResource`: tag a group or a sampling rule."""
        check("TagResource", parameters)
        self._tags.check(parameters["Tags"])
        with self._lock:
            self._tags.put(self._existing(parameters), parameters["Tags"])
        return {}

    def untag(self, parameters: Parameters) -> dict[str, Any]:
        """`UntagResource`: keys without a tag are ignored."""
        check("UntagResource", parameters)
        with self._lock:
            self._tags.remove(self._existing(parameters), parameters["TagKeys"])
        return {}

    def list_tags(self, parameters: Parameters) -> dict[str, Any]:
        """`ListTagsForResource`."""
        check("ListTagsForResource", parameters)
        tags = self._tags.of(self._existing(parameters))
        page, rest = page_of(tags, parameters.get("NextToken"), PAGE)
        return {"Tags": page, **rest}

    def put_telemetry(self, parameters: Parameters) -> dict[str, Any]:
        """`PutTelemetryRecords`: checked; X-Ray has no call that reads them back."""
        check("PutTelemetryRecords", parameters)
        return {}

    def _existing(self, parameters: Parameters) -> str:
        arn = str(parameters["ResourceARN"])
        rules = {r["SamplingRule"]["RuleARN"] for r in self._rules.records()}
        groups = {group["GroupARN"] for group in self._groups.all()}
        if arn not in rules | groups:
            raise no_resource(arn)
        return arn
