"""The examples of AWS's pages, in our words: what each pattern finds and what not."""

import json
from collections.abc import Callable, Sequence

import pytest

from lab_emulators.aws.languages.filter_pattern import Pattern, compile_pattern

E400 = "[ERROR 400] BAD REQUEST"
E401 = "[ERROR 401] UNAUTHORIZED REQUEST"
E419 = "[ERROR 419] MISSING ARGUMENTS"
E420 = "[ERROR 420] INVALID ARGUMENTS"
E500 = "[ERROR 500] INTERNAL SERVER ERROR"
INFO = "[INFO] REQUEST FAILED"
WARN = "[WARN] UNAUTHORIZED REQUEST"
LOWER = "[error 400] bad request"
TRAIL = json.dumps(
    {
        "eventType": "UpdateTrail",
        "sourceIPAddress": "111.111.111.111",
        "arrayKey": ["value", "another value"],
        "objectList": [{"name": "a", "id": 1}, {"name": "b", "id": 2}],
        "SomeObject": None,
        "ThisFlag": True,
        "cluster.name": "c",
    }
)
USERS = json.dumps(
    {
        "user": {"id": 1, "email": "John.Stiles@example.com"},
        "users": [
            {"id": 2, "email": "John.Doe@example.com"},
            {"id": 3, "email": "Jane.Doe@example.com"},
        ],
        "actions": ["GET", "PUT", "DELETE"],
        "coordinates": [[0, 1, 2], [4, 5, 6], [7, 8, 9]],
    }
)
APACHE = (
    '127.0.0.1 Prod frank [10/Oct/2000:13:25:15 -0700] "GET /index.html HTTP/1.0" '
    "404 1534"
)
PICTURE = (
    '127.0.0.1 - frank [10/Oct/2000:13:35:22 -0700] "GET /apache_pb.gif HTTP/1.0" '
    "500 5324"
)
GET = "INFO 09/25/2014 12:00:00 GET /service/resource/67 1200"
POST = "INFO 09/25/2014 12:00:01 POST /service/resource/67/part/111 1310"
WARNING = "WARNING 09/25/2014 12:00:02 Invalid user request"
ERROR = "ERROR 09/25/2014 12:00:02 Failed to process request"
LAMBDA = "2015-04-10T12:00:00.000Z\t6b1f-22\tSTART of {the: work}\n"
FIELDS = "ip, user, username, timestamp"

TERMS: list[tuple[str, Sequence[str], Sequence[str]]] = [
    ("", [E400, "", " \n"], []),
    ("  ", [E400, ""], []),
    ('" "', [E400, "word", ""], []),
    ("ERROR", [E400, E401, E419, E420, "ERRORCODE: -1"], [LOWER, INFO]),
    ("ERROR ARGUMENTS", [E419, E420], [E400, E401]),
    ("?ERROR ?ARGUMENTS", [E400, E419, "no ARGUMENTS"], [INFO, LOWER]),
    ("?ERROR ?ARGUMENTS REQUEST", [INFO, WARN, E400], [E419, E420]),
    ("?ERROR -ARGUMENTS", [INFO, E400], [E419]),
    ('"INTERNAL SERVER ERROR"', [E500], [E400, "INTERNAL  SERVER ERROR"]),
    ("ERROR -ARGUMENTS", [E400, E401], [E419, E420, INFO]),
    ('"ERROR" - "Exiting"', [E400], ["Exiting with ERRORCODE: -1"]),
    ("-ERROR", [INFO, ""], [E400]),
    ('"[ERROR]" Exception', ["[ERROR] IOException"], ["[ERROR] end", "Exception"]),
    (r'"a \"b\" \\c"', [r'say a "b" \c'], ['a "b" c', r"a \"b\" \\c"]),
    ("%AUTHORIZED%", [E401, "[SUCCESS 200] AUTHORIZED REQUEST"], [E400]),
]
REGEXES: list[tuple[str, Sequence[str], Sequence[str]]] = [
    ("%^[hc]at%", ["hat", "cat trick"], ["bat", "a hat"]),
    ("%[hc]at$%", ["that", "a cat"], ["cats", "hat\n"]),
    ("%colou?r%", ["color", "colour"], ["colouur"]),
    ("%[abcx-z]%", ["b", "y"], ["d", "X"]),
    ("%^a{3,5}$%", ["aaa", "aaaaa"], ["aa", "aaaaaa"]),
    ("%^a{,2}$%", ["", "aa"], ["aaa"]),
    ("%^a{2,}$%", ["aa", "aaaaaa"], ["a"]),
    ("%gray|grey%", ["gray", "a grey cat"], ["gry"]),
    (
        "%^starting|^initializing|^shutting down%",
        ["starting ...", "shutting down"],
        ["skipping initializing ...", "shutting"],
    ),
    ("%abcc|ab[^c]$%", ["abcc ...", "aba"], ["aac", "abc"]),
    (r"%\[.\]%", ["[a]", "[@]", "[]]", "[ ]", "[é]"], ["[]", "[ab]"]),
    (r"%10\.10\.0\.1%", ["from 10.10.0.1"], ["10010,051"]),
    ("%10.10.0.1%", ["10010,051"], ["10.10.0"]),
    ("%ab*c%", ["ac", "abc", "abbbc"], ["adc"]),
    ("%ab+c%", ["abc", "abbc"], ["ac"]),
    ("%.at%", ["hat", "#at", " at", "\nat"], ["at"]),
    (r"%^\d$%", ["7"], ["x", "٣"]),
    (r"%^\D$%", ["x", "٣"], ["7"]),
    (r"%a\sb%", ["a b", "a\tb", "a\nb"], ["a_b", "a\u00a0b"]),
    (r"%a\Sb%", ["a_b", "a\u00a0b"], ["a b"]),
    (r"%^\w+$%", ["aZ_9"], ["a-b", "é"]),
    (r"%\W%", ["a-b", "é"], ["aZ_9"]),
    (r"%^[\W\d]$%", ["-", "5", "é"], ["a"]),
    (r"%\x3A\x28%", ["x:(y"], ["x(:"]),
    (r"%[Ee]rror|[Ff]ail%", ["Error", "a failure"], ["ERROR"]),
]
JSON: list[tuple[str, Sequence[str], Sequence[str]]] = [
    ('{ $.eventType = "UpdateTrail" }', [TRAIL], [USERS, "UpdateTrail", "[]"]),
    ("{ $.sourceIPAddress != 123.123.* }", [TRAIL], [USERS]),
    ("{ $.sourceIPAddress = 111.111.* }", [TRAIL], ['{"sourceIPAddress": "1.2"}']),
    ('{ $.arrayKey[0] = "value" }', [TRAIL], ['{"arrayKey": "value"}']),
    ("{ $.objectList[1].id = 2 }", [TRAIL], ['{"objectList": [1, 2]}']),
    ("{ $.eventType = %Trail% }", [TRAIL], [USERS]),
    ("{ $.arrayKey[*] = %val.{2}% }", [TRAIL], [USERS, '{"arrayKey": ["va"]}']),
    (r"{ $.* = %111\.111\.111\.1[0-9]{1,2}% }", [TRAIL], [USERS]),
    ("{ $.['cluster.name'] = \"c\" }", [TRAIL], ['{"cluster": {"name": "c"}}']),
    ("{ $.SomeObject IS NULL }", [TRAIL], [USERS, '{"SomeObject": "null"}']),
    ("{ $.ThisFlag IS TRUE }", [TRAIL], ['{"ThisFlag": false}', '{"ThisFlag": 1}']),
    ("{ $.f IS FALSE }", ['{"f": false}'], ['{"f": "false"}', '{"f": null}', "{}"]),
    ("{ $.SomeOtherObject NOT EXISTS }", [TRAIL, "{}"], ["plain", "[1]"]),
    ("{ $.SomeObject NOT EXISTS }", [USERS], [TRAIL]),
    ('{ ($.user.id = 1) && ($.users[0].email = "John.Doe@example.com") }', [USERS], []),
    (
        '{ $.user.email = "John.Stiles@example.com" || $.coordinates[0][1] = "nonmatch"'
        ' && $.actions[2] = "nonmatch" }',
        [USERS],
        [TRAIL],
    ),
    (
        '{ ($.user.email = "John.Stiles@example.com" || $.coordinates[0][1] = nonmatch)'
        " && $.actions[2] = nomatch }",
        [],
        [USERS],
    ),
    (
        '{ ($.user.id = 2 && $.users[0].email = "nonmatch") || $.actions[2] = "GET" }',
        [],
        [USERS],
    ),
    ("{$.foo = bar || $.foo = baz}", ['{"foo": "bar"}', '{"foo":"baz"}'], ["{}"]),
    ("{ $.users = 1 }", [], ['{"users": [1, 2, 3]}']),
    ("{ $.users != 1 }", ['{"users": 2}'], ['{"users": [1, 2, 3]}', "{}"]),
    ("{ $.bandwidth > 75 }", ['{"bandwidth": 75.1}'], ['{"bandwidth": 75}']),
    ("{ $.latency < 50 }", ['{"latency": -3}'], ['{"latency": 50}', "{}"]),
    ("{ $.refreshRate >= 60 }", ['{"refreshRate": 60.0}'], ['{"refreshRate": 5}']),
    ("{ $.responseTime <= 5 }", ['{"responseTime": 5}'], ['{"responseTime": 5.01}']),
    ("{ $.errorCode = 400}", ['{"errorCode": 400}'], ['{"errorCode": 4000}']),
    ("{ $.errorCode = 4* }", ['{"errorCode": 404}'], ['{"errorCode": 504}']),
    ("{ $.number[0] = 1e+3 }", ['{"number": [1000]}'], ['{"number": 1000}']),
    ("{ $.number[0] != 1e-3 }", ['{"number": [1]}'], ['{"number": [0.001]}']),
    ("{ $.latency > +1000 }", ['{"latency": 1e4}'], ['{"latency": "1e4"}']),
    ("{ $.latency = * }", ['{"latency": 50}', '{"latency": ""}'], ["{}"]),
    ('{ $.eventType = "*" && $.sourceIPAddress != 123.123.* }', [TRAIL], ["{}"]),
    (
        '{($.errorCode="*UnauthorizedOperation") || ($.errorCode="AccessDenied*")}',
        ['{"errorCode": "AccessDeniedException"}'],
        ['{"errorCode": "NotUnauthorizedOperations"}'],
    ),
    (
        '{$.userIdentity.type="Root" && $.userIdentity.invokedBy NOT EXISTS}',
        ['{"userIdentity": {"type": "Root"}}'],
        ['{"userIdentity": {"type": "Root", "invokedBy": "x"}}'],
    ),
]
LINES: list[tuple[str, Sequence[str], Sequence[str]]] = [
    ("[]", [APACHE, "", "word"], []),
    (f"[{FIELDS}, request, status_code, bytes]", [APACHE, PICTURE], [GET]),
    (f"[{FIELDS}, request, status_code, bytes > 1000]", [APACHE], [GET]),
    (f"[{FIELDS}, request, status_code, bytes > 2000]", [PICTURE], [APACHE]),
    (f"[{FIELDS}, request, status_code = 4*, bytes]", [APACHE], [PICTURE]),
    (
        r"[ip=%127\.0\.0\.[1-9]%, user, username, timestamp, request =*.html*,"
        " status_code = 4*, bytes]",
        [APACHE],
        [PICTURE, APACHE.replace("127.0.0.1", "128.0.0.1")],
    ),
    ("[..., request =*.html*, status_code = 4*, bytes]", [APACHE], [PICTURE]),
    ("[..., request=*.html*, status_code=4*,]", [APACHE], [PICTURE]),
    (
        f"[{FIELDS}, request =*.html*, status_code = 404 || status_code = 410, bytes]",
        [APACHE],
        [APACHE.replace(" 404 ", " 400 ")],
    ),
    (
        f"[{FIELDS}, request, status_code = 5* && status_code != 503, bytes]",
        [PICTURE],
        [APACHE, PICTURE.replace(" 500 ", " 503 ")],
    ),
    ("[ip, user, ...]", [APACHE, "a b"], ["a"]),
    ("[w1=ERROR, w2]", [ERROR], [WARNING, GET, "ERROR"]),
    ("[w1=ERROR || w1=WARNING, w2]", [ERROR, WARNING], [GET, POST]),
    ("[w1=ERROR || w1=%WARN%, w2]", [ERROR, WARNING], [GET]),
    ("[w1!=ERROR && w1!=WARNING, w2]", [GET, POST], [ERROR, WARNING]),
    (
        "[logLevel, date, time, method, url=%/service/resource/[0-9]+$%, response]",
        [GET],
        [POST, ERROR],
    ),
    (
        "[logLevel, date, time, method, url=%/service/resource/[0-9]+/part/[0-9]+$%,"
        " response_time]",
        [POST],
        [GET],
    ),
    ('[timestamp=*Z, request_id="*-*", event]', [LAMBDA], [ERROR]),
]
ALL = TERMS + REGEXES + JSON + LINES


@pytest.mark.parametrize("text, yes, no", ALL, ids=[text for text, _, _ in ALL])
def test_an_example_matches_what_the_guide_says(
    text: str, yes: Sequence[str], no: Sequence[str]
) -> None:
    pattern = compile_pattern(text)
    assert [m for m in yes if pattern.match(m) is None] == []
    assert [m for m in no if pattern.match(m) is not None] == []


SILENT: list[tuple[str, Sequence[str], Sequence[str]]] = [
    ('?ERROR " "', [INFO], []),
    ('?" "', [INFO, ""], []),
    (r"%^\s$%", ["\f", "\r"], ["\v", "\x85"]),
    ('{ $.a = "ab*ba" }', ['{"a": "abba"}'], ['{"a": "aba"}']),
    (r'{ $.a = "\*" }', ['{"a": "*"}'], ['{"a": "x"}']),
    ("{ $.a < 1 }", ['{"a": 0}'], ['{"a": ""}']),
    ("{ $.a = -0 }", ['{"a": 0}', '{"a": "-0"}'], ['{"a": "0"}']),
    ("{ $.a = 007 }", ['{"a": 7}', '{"a": "007"}'], ['{"a": "7"}']),
    ('{ $.a = "7" }', ['{"a": 7}', '{"a": "7"}'], ['{"a": 7.0}']),
    ("{ $.a != 5 }", ['{"a": 1e999}', '{"a": "x"}'], ['{"a": true}', '{"a": null}']),
    ("{ $.a < 5 }", ['{"a": 1, "a": 9}'], ['{"a": 9, "a": 1}', '{"a": -1e999}']),
    ("{ $.b = 1 }", ['{"b": 1}'], ['{"a": NaN, "b": 1}', '{"b": 1,}', '[{"b": 1}]']),
    (
        "{ $.a = * }",
        [r'{"a": "\ud83d\ude00"}', r'{"a": "\\ud800"}'],
        [r'{"a": "\ud800"}', r'{"a": "\\\ude00"}', r'{"a": "x", "b": "\ude00"}'],
    ),
    ("{ $.* != 1 }", ['{"a": 1, "b": 2}'], ['{"a": 1}', "{}"]),
    ("{ $.a[*] NOT EXISTS }", ['{"a": []}', "{}"], ['{"a": [null]}']),
    ("[a=404, b]", ["404 x", "4.04e2 x"], ["0 x", "x 404"]),
    ("[a=x, b]", ["x y z", "x\ty\n"], ["x", "x\u00a0y"]),
]


@pytest.mark.parametrize("text, yes, no", SILENT, ids=[text for text, _, _ in SILENT])
def test_where_the_guide_is_silent_the_choice_is_ours(
    text: str, yes: Sequence[str], no: Sequence[str]
) -> None:
    pattern = compile_pattern(text)
    assert [m for m in yes if pattern.match(m) is None] == []
    assert [m for m in no if pattern.match(m) is not None] == []


Stored = Callable[[Sequence[str]], Callable[[Pattern], list[bool]]]


def test_the_store_finds_what_matches_and_no_more_if_exact(stored: Stored) -> None:
    examples = ALL + SILENT
    messages = list(dict.fromkeys(m for _, yes, no in examples for m in (*yes, *no)))
    search = stored(messages)
    for text, _, _ in examples:
        pattern = compile_pattern(text)
        matches = {m for m in messages if pattern.match(m) is not None}
        pairs = zip(messages, search(pattern), strict=True)
        found = {message for message, is_found in pairs if is_found}
        assert (matches == found) if pattern.exact else (matches <= found), text


def test_the_store_finds_little_else_in_json(stored: Stored) -> None:
    messages = [TRAIL, USERS, "plain", "[]", "", "{}", '{"eventType": ["Up"]}']
    search = stored(messages)
    for text, _, _ in JSON:
        pattern = compile_pattern(text)
        if "*" not in text:
            expected = [pattern.match(message) is not None for message in messages]
            assert search(pattern) == expected, text
