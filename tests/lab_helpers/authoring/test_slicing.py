"""What of a page an exercise depends on."""

import pytest

from lab_helpers.authoring.slicing import ExerciseCell, read_by_check, sliced
from lab_helpers.exercises import Exercise, Miss, Wrong, books, function_in


def check_ratio(names, context):
    if function_in(names, "ratio")(names["table"]) != 2:
        raise Miss("no")


STUB = "def ratio(table):\n    return ..."
EXERCISE = Exercise(
    name="ratio",
    title="Ratio",
    answer=("ratio",),
    check=check_ratio,
    hints=(),
    solution="def ratio(table):\n    return table.max() / least",
    lesson="It is two.",
    right={"sum": "def ratio(table):\n    return sum(table) / weights"},
    wrong={"by hand": Wrong("def ratio(table):\n    return given", "no")},
)
CELL = ExerciseCell(STUB, EXERCISE)


def kept(*sources):
    """What is kept of these cells before the exercise, statement by statement."""
    return [source for source in sliced([*sources, CELL])[:-1] if source]


def test_what_the_check_reads_is_kept():
    assert read_by_check(EXERCISE) == {"ratio", "table"}
    assert kept("table = 1", "other = 2") == ["table = 1"]


def test_what_any_answer_reads_is_kept():
    names = ["least = 1", "given = 2", "weights = 3"]
    assert kept(*names) == names


def test_what_a_kept_statement_reads_is_kept_too():
    assert kept("rows = [1]", "table = frame(rows)") == [
        "rows = [1]",
        "table = frame(rows)",
    ]


def test_only_the_last_binding_of_a_name_is_kept():
    assert kept("table = slow()", "table = 1") == ["table = 1"]


def test_a_binding_that_may_not_happen_leaves_the_earlier_one():
    both = ["table = 1", "if rows:\n    table = 2", "rows = 3"]
    assert kept(*both) == both[:2]


@pytest.mark.parametrize(
    "change",
    [
        "table.drop()",
        "table.rows[0].clear()",
        "prepare(table)",
        "prepare(into=table)",
        "Preparer().prepare(table)",
        "_ = Preparer(table).prepare()",
        "_ = (other(), prepare(table))",
        "table.limit = 3",
        "table.rows['a'] = 3",
        "table['a'], x = (3, 4)",
        "del table['a']",
        "table.count += 1",
        "await table.load()",
        "with lock:\n    table.load()",
        "with table.locked():\n    pass",
        "for x in rows:\n    table.add(x)",
        "try:\n    table.load()\nexcept OSError:\n    pass",
        "try:\n    load()\nexcept OSError:\n    table.clear()",
        "@table.register\ndef row():\n    pass",
    ],
)
def test_what_may_change_a_needed_object_is_kept(change):
    assert kept("table = 1", change) == ["table = 1", change]


@pytest.mark.parametrize(
    "look",
    [
        "print(table)",
        "len(table)",
        "table[['name']]",
        "table.rows, table.columns",
        "seen = table.rows()",
        "traffic.run(app.url, seconds=25)",
        "def show():\n    table.show()",
    ],
)
def test_what_only_looks_is_left_out(look):
    assert kept("table = 1", look) == ["table = 1"]


def test_a_call_of_the_pages_own_function_changes_what_that_reads():
    source = "def flush():\n    for row in table:\n        row.flush()"
    assert kept("table = [1]", source, "other()", "flush()") == [
        "table = [1]",
        source,
        "flush()",
    ]


def test_a_change_is_kept_where_its_object_is_not_needed_any_more():
    cells = ["app = serve()", "table = ask(app)", "app.flush()", "table = ask()"]
    assert kept(*cells) == ["table = ask()"]
    both = ["app = serve()", "table = ask(app)", "app.flush()", "table.add(ask())"]
    assert kept(*both) == both


def test_what_is_imported_is_changed_only_where_it_is_needed():
    cells = ["import time", "table = time.time()", "time.sleep(9)", "table.add(1)"]
    assert kept(*cells) == [cells[0], cells[1], cells[3]]


def test_a_name_local_to_a_function_is_not_the_pages():
    source = "def least():\n    rows = 1\n    return [row for row in rows]"
    assert kept("row = rows = slow()", source) == [source]


def test_a_cell_keeps_only_those_of_its_statements_that_are_needed():
    assert kept("rows = slow()\ntable = 1\nplot(rows)") == ["table = 1"]


def test_what_comes_after_the_last_exercise_is_left_out():
    assert sliced([CELL, "table = 1\ntable.drop()"]) == [STUB, ""]


def test_what_the_stub_binds_is_not_looked_for_before_it():
    stub = ExerciseCell("given = least = table = 1\n" + STUB, EXERCISE)
    assert sliced(["given = slow()", stub])[0] == ""


def test_the_names_that_the_courses_checks_read_are_found():
    read = {
        exercise.name: read_by_check(exercise)
        for book in books()
        for exercise in book.exercises
    }
    assert read["name_the_culprit"] >= {"diagnosis", "bad_day"}
    assert read["ship_the_record"] == {"make_handler"}  # within `reaching`
    assert all(names & {*exercise_answers()[name]} for name, names in read.items())


def exercise_answers():
    return {each.name: each.answer for book in books() for each in book.exercises}
