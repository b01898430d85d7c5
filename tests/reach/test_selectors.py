"""The selector language: what it accepts, what it means, and its one canonical spelling."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reach.errors import SelectorError
from reach.selectors import parse
from reach.selectors.nodes import All, And, Compare, Has, In, Not, Operator, Or
from reach.selectors.parser import MAX_DEPTH
from reach.universe import Labels

KEYS = ("app", "in", "has", "contains", "a.b/c-d_e", "not", "all")
VALUES = ("", "x", "y", "xy", "it's", 'say "x"', "é")

keys = st.sampled_from(KEYS)
values = st.sampled_from(VALUES)
leaves = st.one_of(
    st.builds(All),
    st.builds(Has, keys),
    st.builds(Compare, keys, st.sampled_from(Operator), values),
    st.builds(In, keys, st.sets(values).map(lambda found: tuple(sorted(found))), st.booleans()),
)
trees = st.recursive(
    leaves,
    lambda inner: st.one_of(
        inner.filter(lambda tree: not isinstance(tree, Not)).map(Not),
        st.lists(inner, min_size=2, max_size=3).map(lambda found: And(tuple(found))),
        st.lists(inner, min_size=2, max_size=3).map(lambda found: Or(tuple(found))),
    ),
    max_leaves=12,
)
labels = st.dictionaries(keys, values)


@settings(deadline=None)
@given(trees)
def test_the_canonical_text_reads_as_the_same_tree(tree: All) -> None:
    assert parse(str(tree)) == tree


@settings(deadline=None)
@given(trees)
def test_the_canonical_text_is_its_own_canonical_text(tree: All) -> None:
    assert str(parse(str(tree))) == str(tree)


@settings(deadline=None)
@given(trees, st.lists(labels, max_size=6))
def test_many_endpoints_at_once_mean_the_same_as_one_by_one(
    tree: All, endpoints: list[dict[str, str]]
) -> None:
    index = Labels()
    for number, found in enumerate(endpoints):
        index.add(1 << number, found)
    expected = sum(1 << number for number, found in enumerate(endpoints) if tree.matches(found))
    assert tree.among(index) == expected


@settings(deadline=None)
@given(st.text(alphabet="ab=!&|(){}'\", \tinhasl\n", max_size=30))
def test_any_text_is_read_or_refused(text: str) -> None:
    position = 0
    try:
        parse(text)
    except SelectorError as error:
        position = error.position
    assert 0 <= position <= len(text)


@pytest.mark.parametrize(
    ("text", "matching", "other"),
    [
        pytest.param("a == 'x'", {"a": "x"}, {}, id="equal needs the label"),
        pytest.param("a != 'x'", {}, {"a": "x"}, id="unequal holds without the label"),
        pytest.param("a not in {'x'}", {}, {"a": "x"}, id="not in holds without the label"),
        pytest.param("a notin{'x'}", {"a": "y"}, {"a": "x"}, id="no blanks needed"),
        pytest.param("a in {'x', 'y',}", {"a": "y"}, {"a": "z"}, id="trailing comma"),
        pytest.param("a in {}", None, {"a": "x"}, id="empty set"),
        pytest.param("has(a)", {"a": ""}, {"b": "x"}, id="an empty value counts"),
        pytest.param("in in {'in'}", {"in": "in"}, {}, id="words are read by position"),
        pytest.param("has == 'x'", {"has": "x"}, {}, id="a label called has"),
        pytest.param("a contains 'b'", {"a": "abc"}, {}, id="contains"),
        pytest.param("a startswith 'b'", {"a": "bc"}, {"a": "cb"}, id="startswith"),
        pytest.param("a ends with 'b'", {"a": "cb"}, {"a": "bc"}, id="ends with"),
        pytest.param("! a == 'x'", {"a": "y"}, {"a": "x"}, id="not binds the comparison"),
        pytest.param("a == 'x' || b == 'y' && c == 'z'", {"a": "x"}, {"b": "y"}, id="and before or"),
        pytest.param("!!has(a)", {"a": "x"}, {}, id="not not"),
        pytest.param("\tall( )", {}, None, id="tabs are blanks"),
    ],
)
def test_a_selector_means(text: str, matching: dict[str, str] | None, other: dict[str, str] | None) -> None:
    selector = parse(text)
    assert matching is None or selector.matches(matching)
    assert other is None or not selector.matches(other)


@pytest.mark.parametrize(
    ("text", "position", "problem"),
    [
        pytest.param("a", 2, "expected an operator after the label a, found the end", id="label alone"),
        pytest.param("a = 'x'", 3, "expected an operator after the label a, found '='", id="one equals sign"),
        pytest.param("a == x", 6, "expected a value in quotes, found 'x'", id="bare value"),
        pytest.param("a == 'x", 6, "the value's closing quote is missing, found \"'\"", id="open quote"),
        pytest.param("a == 'x' b", 10, "expected && or || or the end, found 'b'", id="two operations"),
        pytest.param("a == 'x'\n", 9, "expected && or || or the end, found '\\n'", id="line feed"),
        pytest.param("a in 'x'", 6, 'expected {, found "\'"', id="set without braces"),
        pytest.param("a in {'x' 'y'}", 11, 'expected , or }, found "\'"', id="set without comma"),
        pytest.param("(has(a)", 8, "expected ), found the end", id="open parenthesis"),
        pytest.param(
            "has (a)", 5, "expected an operator after the label has, found '('", id="blank after has"
        ),
        pytest.param("()", 2, "expected a label, has(), all() or (, found ')'", id="empty parentheses"),
        pytest.param(
            "has(a) && ", 11, "expected a label, has(), all() or (, found the end", id="and nothing"
        ),
        pytest.param(
            "b" * 513 + " == 'x'",
            513,
            "expected an operator after the label " + "b" * 40 + ", found 'b'",
            id="long label",
        ),
    ],
)
def test_a_selector_is_refused_at_the_character(text: str, position: int, problem: str) -> None:
    with pytest.raises(SelectorError) as refused:
        parse(text)
    assert str(refused.value).endswith(f"cannot be read at character {position}: {problem}")


def test_parentheses_without_end_are_refused() -> None:
    with pytest.raises(SelectorError, match=f"parentheses are nested deeper than {MAX_DEPTH}"):
        parse("(" * 10_000)


def test_a_very_long_selector_is_refused() -> None:
    with pytest.raises(SelectorError, match="it is longer than 65536 characters"):
        parse("has(a) && " * 10_000)


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("", "all()"),
        ("( ( has( a ) ) )", "has(a)"),
        ("a in {'y','x','y'}", 'a in {"x", "y"}'),
        ("a=='x'&&(b!='y'||!has(c))", '(a == "x" && (b != "y" || !has(c)))'),
        ("!!!a startswith '\"'", "!a starts with '\"'"),
    ],
)
def test_the_canonical_text(text: str, canonical: str) -> None:
    assert str(parse(text)) == canonical
