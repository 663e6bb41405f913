"""The functions of Logs Insights: names, arguments, and what they give.

After the user guide's pages "Boolean, comparison, numeric, datetime, and other
functions" and "stats". Names are matched without regard to case. What AWS has added
since and the lab lacks is named too, so that its absence can be said.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a function takes or gives."""

    VALUE = "a value"
    NUMBER = "a number"
    TEXT = "a text"
    TIME = "a timestamp"
    TRUTH = "a condition"
    PERIOD = "a period such as 5m"
    PERCENT = "a number from 0 to 100"
    STRUCTURE = "a map or list"
    SUBNET = "a subnet in quotes, such as '192.0.2.0/24'"


@dataclass(frozen=True, slots=True)
class Function:
    """One function: what it must be given, may be given, may be given more of."""

    name: str
    gives: Kind
    takes: tuple[Kind, ...] = ()
    optional: tuple[Kind, ...] = ()
    more: tuple[Kind, ...] = ()
    aggregate: bool = False

    def kind_of(self, index: int) -> Kind | None:
        """What the argument at `index` must be, None where there may be none."""
        known = self.takes + self.optional
        if index < len(known):
            return known[index]
        return self.more[(index - len(known)) % len(self.more)] if self.more else None


_V, _N, _T, _D = Kind.VALUE, Kind.NUMBER, Kind.TEXT, Kind.TIME
_B, _P, _S = Kind.TRUTH, Kind.PERIOD, Kind.STRUCTURE

_SCALARS = (
    Function("abs", _N, (_N,)),
    Function("ceil", _N, (_N,)),
    Function("floor", _N, (_N,)),
    Function("greatest", _N, (_N,), more=(_N,)),
    Function("least", _N, (_N,), more=(_N,)),
    Function("log", _N, (_N,)),
    Function("round", _N, (_N,), (_N,)),
    Function("sqrt", _N, (_N,)),
    Function("toNumber", _N, (_V,)),
    Function("bin", _D, (_P,)),
    Function("datefloor", _D, (_D, _P)),
    Function("dateceil", _D, (_D, _P)),
    Function("fromMillis", _D, (_N,)),
    Function("toMillis", _N, (_D,)),
    Function("now", _N),
    Function("ispresent", _B, (_V,)),
    Function("coalesce", _V, (_V,), more=(_V,)),
    Function("case", _V, (_B, _V), more=(_V,)),
    Function("if", _V, (_B, _V, _V)),
    Function("isNumeric", _B, (_V,)),
    Function("messageSize", _N, (_V,)),
    Function("jsonParse", _S, (_V,)),
    Function("jsonStringify", _T, (_S,)),
    Function("isValidIp", _B, (_T,)),
    Function("isValidIpV4", _B, (_T,)),
    Function("isValidIpV6", _B, (_T,)),
    Function("isIpInSubnet", _B, (_T, Kind.SUBNET)),
    Function("isIpv4InSubnet", _B, (_T, Kind.SUBNET)),
    Function("isIpv6InSubnet", _B, (_T, Kind.SUBNET)),
    Function("isempty", _B, (_V,)),
    Function("isblank", _B, (_V,)),
    Function("concat", _T, (_T,), more=(_T,)),
    Function("ltrim", _T, (_T,), (_T,)),
    Function("rtrim", _T, (_T,), (_T,)),
    Function("trim", _T, (_T,), (_T,)),
    Function("strlen", _N, (_T,)),
    Function("toupper", _T, (_T,)),
    Function("tolower", _T, (_T,)),
    Function("substr", _T, (_T, _N), (_N,)),
    Function("replace", _T, (_T, _T, _T)),
    Function("strcontains", _B, (_T, _T), (_B,)),
    Function("startsWith", _B, (_T, _T)),
    Function("endsWith", _B, (_T, _T)),
)

_AGGREGATES = (
    Function("avg", _N, (_N,), aggregate=True),
    Function("count", _N, (), (_V,), aggregate=True),
    Function("count_distinct", _N, (_V,), aggregate=True),
    Function("max", _V, (_V,), aggregate=True),
    Function("min", _V, (_V,), aggregate=True),
    Function("median", _N, (_N,), aggregate=True),
    Function("pct", _N, (_N, Kind.PERCENT), aggregate=True),
    Function("stddev", _N, (_N,), aggregate=True),
    Function("sum", _N, (_N,), aggregate=True),
    Function("earliest", _V, (_V,), aggregate=True),
    Function("latest", _V, (_V,), aggregate=True),
    Function("sortsFirst", _V, (_V,), aggregate=True),
    Function("sortsLast", _V, (_V,), aggregate=True),
)

FUNCTIONS: Mapping[str, Function] = {
    function.name.lower(): function for function in _SCALARS + _AGGREGATES
}
"""Every function of the lab, by its name in lower case."""

NOT_EMULATED = frozenset(
    {
        "base64decode",
        "base64encode",
        "dectohex",
        "formatdate",
        "haversine",
        "hextoascii",
        "hextodec",
        "ipv4tonumber",
        "isprivateip",
        "ispublicip",
        "isreservedip",
        "jsonarraycontains",
        "jsonarraysize",
        "parsedate",
        "queryendtime",
        "querystarttime",
        "querytimerange",
        "regex_replace",
        "regexreplace",
        "split",
        "strftime",
        "todouble",
        "toint",
        "tolong",
        "urldecode",
        "urlencode",
        "values",
    }
)
"""Functions AWS has and the lab does not, in lower case."""

NOT_EMULATED_COMMANDS = frozenset(
    {
        "addtotals",
        "anomaly",
        "diff",
        "estimate",
        "expand",
        "filterindex",
        "head",
        "join",
        "lookup",
        "order",
        "pattern",
        "relevantfields",
        "search",
        "source",
        "tail",
        "unmask",
        "unnest",
    }
)
"""Commands AWS has, or had, and the lab does not, in lower case."""
