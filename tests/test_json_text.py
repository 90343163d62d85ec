"""One record that no JSON may hold is told from the records around it."""

from __future__ import annotations

import json
import random

import msgspec
import pytest

from landfall.json_text import NOT_JSON, elements, is_json, is_split, members, repaired

ODD = [
    b'"\\ud83d"', b'"x \\uD83D y"', b'"\\udc00"', b'"\\ud83d\\u0041"', b'"caf\xe9"', b'"\xff\xfe"', b'"\xed\xa0\x80"',
    b'"a\x01\nb"', b'"\\q"', b'"\\u12"', b'"\\\\\\ud83d"', b"NaN", b"-Infinity", b'["\xe9", {"b": "\\udfff"}]',
]  # fmt: skip


@pytest.mark.parametrize("odd", ODD)
def test_an_odd_text_costs_its_element(odd: bytes) -> None:
    record = b'{"id":7, "note":' + odd + b"}"
    whole = b' [{"id": 1, "n": "a,]}\\" \xc3\xa9"} ,' + record + b',\n[], "x", -1.5e3, null ] '
    assert not is_json(whole)
    assert is_split(whole)
    found = [bytes(each) for each in elements(whole)]
    assert found == [b'{"id": 1, "n": "a,]}\\" \xc3\xa9"}', record, b"[]", b'"x"', b"-1.5e3", b"null"]
    assert [is_json(each) for each in found] == [True, False, True, True, True, True]
    assert {name: bytes(value) for name, value in members(record).items()} == {"id": b"7", "note": odd}
    assert len(repaired(whole)) == len(whole)
    assert json.loads(repaired(record))["id"] == 7


@pytest.mark.parametrize("text", [b'{"a":[1,2],"b":{"c":"\\ud83d\\ude00"}}', b"{}", b'{"":0}'])
def test_what_is_json_is_left_as_it_is(text: bytes) -> None:
    assert is_json(text)
    assert repaired(text) == text


@pytest.mark.parametrize(
    "text",
    [b"", b'{"\xe9":1, "items":[]}', b'[{"a":"\xe9"}', b'[{"a":"\xe9}]', b'[{"a":"\xe9"}] <!-- -->',
     b"<html>\xe9</html>", b'{"a":"\xe9",}', b'[{"a" "\xe9"}]'],
)  # fmt: skip
def test_what_is_cut_or_no_json_at_all_is_not_taken_apart(text: bytes) -> None:
    assert not is_json(text)
    assert not is_split(text)
    with pytest.raises(NOT_JSON):
        members(text)


def test_the_wrong_kind_is_told_apart_from_what_is_no_json() -> None:
    for wrong in (b"[]", b'["\xe9"]'):
        with pytest.raises(msgspec.ValidationError):
            members(wrong)
    for wrong in (b"{}", b'{"a":"\xe9"}'):
        with pytest.raises(msgspec.ValidationError):
            elements(wrong)


def test_any_record_may_be_the_odd_one() -> None:
    rng = random.Random(7)
    for _ in range(200):
        texts = ["", "a", 'q"', "\\", "é", "😀", "],{", "\\u", "\n"]
        rows = [{"id": n, rng.choice(texts): rng.choice(texts), "l": [rng.choice(texts)]} for n in range(4)]
        parts = [json.dumps(row, ensure_ascii=rng.random() < 0.5).encode() for row in rows]
        at = rng.randrange(4)
        parts[at] = parts[at][:-1] + b', "odd": ' + rng.choice(ODD) + b"}"
        assert [bytes(each) for each in elements(b"[" + b" , ".join(parts) + b"]")] == parts
