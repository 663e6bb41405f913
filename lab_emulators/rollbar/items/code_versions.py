"""Order of code versions: "reactivated if it occurs again in a newer version".

Rollbar's page on statuses says no more. Numbers are compared as numbers; of commit ids
nobody can tell, so one that the item was seen in before counts as old.
"""

import re
from collections.abc import Set

_NUMBERS = re.compile(r"v?(\d+(?:\.\d+)*)")


def is_fixed_later(version: str, fixed_in: str, versions: Set[str]) -> bool:
    """Says whether `version` is older than the fix in `fixed_in`; unknown ones are not.

    `versions` are those that the item has occurred in.
    """
    if not version or not fixed_in or version == fixed_in:
        return False
    mine, fix = _numbers(version), _numbers(fixed_in)
    if mine is None or fix is None:
        return version in versions
    return mine < fix


def _numbers(version: str) -> tuple[int, ...] | None:
    match = _NUMBERS.fullmatch(version)
    if match is None:
        return None
    numbers = [int(part) for part in match[1].split(".")]
    while numbers and numbers[-1] == 0:  # 2.0 is 2
        numbers.pop()
    return tuple(numbers)
