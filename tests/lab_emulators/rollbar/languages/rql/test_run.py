"""Queries over thirty occurrences: Rollbar's own samples, and what results say."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab_emulators.rollbar.items.repository import TABLE
from lab_emulators.rollbar.languages.rql import RqlError, parse, run
from lab_emulators.store import Batch, Row, Store

NOW_S = 1_767_225_600
FROM = "FROM item_occurrence"


def test_occurrences_of_an_item_by_address(ask):
    found = ask(
        f"SELECT request.user_ip, min(timestamp), max(timestamp), count(*) {FROM} "
        "WHERE item.counter = 1 GROUP BY request.user_ip "
        "ORDER BY count(*) DESC LIMIT 10"
    )
    assert found.columns[2:] == ["max(timestamp)", "count(*)"]
    assert found.rows[0] == ["10.0.0.0", NOW_S - 15 * 3600, NOW_S, 2]
    assert len(found.rows) == 5


def test_messages_of_a_range_of_items(ask):
    found = ask(
        f"SELECT timestamp, body.message.body {FROM} "
        "WHERE item.counter BETWEEN 2 AND 50"
    )
    assert len(found.rows) == 20
    assert found.rows[0] == [NOW_S - 29 * 3600, None, 3, 300_000_000_030]


def test_everything_about_some_items(ask):
    found = ask(f"SELECT * {FROM} WHERE item.counter IN (1,2,4)")
    first = dict(zip(found.columns, found.rows[0], strict=True))
    assert len(found.rows) == 20
    assert first["item.title"] == "Bé"
    assert first["occurrence_id"] == 300_000_000_029


def test_items_that_hit_the_most_addresses(ask):
    found = ask(
        f"SELECT item.counter {FROM} WHERE timestamp > unix_timestamp() - 60 * 60 * 8 "
        "GROUP BY item.counter ORDER BY count_distinct(request.user_ip) desc"
    )
    assert found.rows == [[1], [2], [3]]
    assert found.warnings == []


def test_a_header_between_two_times(ask):
    found = ask(
        f"SELECT * {FROM} "
        'WHERE `request.headers.User-Agent` = "python-requests/2.9" '
        f"AND timestamp BETWEEN 1507566716 and {NOW_S} ORDER BY timestamp desc"
    )
    assert [row[0] for row in found.rows] == [NOW_S - 9 * 3600]


def test_a_part_of_a_text_found_by_its_marks(ask):
    agent = "`request.headers.User-Agent`"
    found = ask(
        f"SELECT substring({agent}, locate('-', {agent}) + 1, locate('/', {agent}, 3) "
        f"- locate('-', {agent}) - 1) {FROM} "
        "WHERE item.counter = 1 GROUP BY 1 LIMIT 1000"
    )
    assert found.rows == [["requests"]]


def test_browsers_by_pattern(ask):
    found = ask(
        f"SELECT * {FROM} "
        "WHERE client.javascript.browser LIKE '%Version/9.%.% Safari/%' "
        "AND timestamp > unix_timestamp() - 60 * 60 * 24"
    )
    assert len(found.rows) == 24


def test_counts_by_item_and_day(ask):
    found = ask(
        f"SELECT timestamp div 86400, item.counter, count(*) {FROM} "
        "WHERE timestamp > unix_timestamp() - 60 * 60 * 24 * 3 GROUP BY 1, item.counter"
    )
    day = NOW_S // 86400
    assert found.rows[-3:] == [[day - 1, 2, 8], [day - 1, 3, 8], [day, 1, 1]]


def test_groups_may_show_columns_that_are_no_keys(ask):
    found = ask(
        "SELECT item.counter, item.title, count(*), max(timestamp), item.framework "
        f"{FROM} WHERE item.environment = 'lab' AND item.framework = 16"
        " AND item.level > 30"
        " GROUP BY item.counter ORDER BY count(*) DESC, 1 LIMIT 1000"
    )
    assert found.rows[0] == [2, "Bé", 10, NOW_S - 3600, 16]


def test_rows_that_are_no_groups_say_where_they_come_from(ask):
    found = ask(f"SELECT language {FROM} LIMIT 1")
    assert found.selected == ["language"]
    assert found.columns == ["language", "item.counter", "occurrence_id"]
    assert found.rows == [["python", 3, 300_000_000_030]]


def test_values_of_a_payload_keep_their_types(ask):
    found = ask(f"SELECT custom.a {FROM} WHERE custom.a IS NOT NULL ORDER BY 1")
    values = [row[0] for row in found.rows]
    assert values[0] == -2.5
    assert [type(value) for value in values].count(bool) == 3
    assert {"k": 0.5} in values
    assert [1, "é"] in values


def test_missing_and_null_are_one_group(ask):
    found = ask(f"SELECT custom.b, count(*) {FROM} GROUP BY 1")
    assert [row[0] for row in found.rows].count(None) == 1


def test_no_rows_count_to_zero_and_sum_to_nothing(ask):
    found = ask(f"SELECT count(*), sum(timestamp), max(level) {FROM} WHERE 1 = 2")
    assert found.rows == [[0, None, None]]


def test_a_comparison_with_nothing_is_neither_true_nor_false(ask):
    found = ask(
        f"SELECT count(*) {FROM} WHERE custom.missing = 1 OR NOT custom.missing = 1"
    )
    assert found.rows == [[0]]


def test_a_text_beside_a_number_counts_as_a_number(ask):
    assert ask(f"SELECT '7' + 1, 'x' + 1, '7.0' = 7 {FROM} LIMIT 1").rows[0][:3] == [
        8,
        None,
        1,
    ]


@pytest.mark.parametrize(("limit", "count"), [("", 100), ("LIMIT 5000", 1000)])
def test_there_is_a_most_of_rows(limit, count, tmp_path, scene):
    query = parse(f"SELECT timestamp {FROM} {limit}")
    many = _many(tmp_path, 1_005)
    with many, many.reader() as reader:
        found = run(query, scene(reader))
    assert len(found.rows) == count
    assert any("At most 1000" in each for each in found.warnings) == (count == 1000)


def _many(tmp_path, count):
    store = Store.open(tmp_path / "many.duckdb")
    rows = [Row(n * 10**9, 1, {"id": n, "item": 800_000_001}) for n in range(count)]
    store.append([Batch.from_rows(TABLE, TABLE, rows)])
    return store


@pytest.mark.parametrize(
    "number", ["9" * 300, "1e308 * 10", "-9223372036854775808 - 1"]
)
def test_numbers_beyond_all_bounds_are_no_defects(number, ask):
    assert len(ask(f"SELECT {number}, left('a', {number}) {FROM} LIMIT 1").rows) == 1


def test_an_empty_project_answers_too(tmp_path, scene):
    with Store.open(tmp_path / "new.duckdb") as store, store.reader() as reader:
        found = run(parse(f"SELECT custom.a, item.title {FROM}"), scene(reader))
        deploys = run(parse("SELECT count(*) FROM deploy"), scene(reader))
    assert found.rows == []
    assert deploys.rows == [[0]]


@pytest.mark.parametrize(
    ("pattern", "holds"),
    [
        ("python", 1),
        ("PYTHON", 0),
        ("%", 1),
        ("p_thon", 1),
        ("p_", 0),
        ("%th%", 1),
        (r"pytho\\n", 0),
        (r"p\%", 0),
        (".*", 0),
        ("%" * 5_000, 1),
        ("_" * 9_000, 0),
    ],
)
def test_a_pattern_is_the_whole_text_with_its_case(pattern, holds, ask):
    assert ask(f"SELECT language LIKE '{pattern}' {FROM} LIMIT 1").rows[0][0] == holds


_WORDS = """
SELECT FROM item_occurrence WHERE GROUP BY ORDER LIMIT AND OR NOT IN LIKE BETWEEN IS
count(*) max(custom.a) custom.b `a.B` 'text' 7 2.5 * + - / DIV ( ) , = <> deploy AS 1
5 NULL lower( substring( item.title timestamp DESC OFFSET ; "x DISTINCT id
"""


@given(st.lists(st.sampled_from(_WORDS.split()), max_size=12).map(" ".join))
def test_any_words_are_a_query_or_an_error_of_rql(ask, words):
    for query in (words, f"SELECT {words} {FROM}", f"SELECT custom.a {FROM} {words}"):
        try:
            ask(query)
        except RqlError as error:
            assert 0 <= error.start <= error.end <= len(query)
