import pytest

from archive.errors import UsageError
from kyson_crawler.config import Operator, operator


def written(folder, toml):
    (folder / "kyson.toml").write_bytes(toml if isinstance(toml, bytes) else toml.encode())
    return folder


def test_without_a_file_nobody_is_named(tmp_path):
    assert operator(tmp_path) == Operator(name=None, contact=None)
    assert operator(tmp_path / "missing") == Operator()


@pytest.mark.parametrize(
    ("toml", "who"),
    [
        (
            '[operator]\nname = "Phòng Lưu trữ"\ncontact = "a@b.example"\n',
            Operator(name="Phòng Lưu trữ", contact="a@b.example"),
        ),
        ('[operator]\ncontact = "https://b.example/"\n', Operator(contact="https://b.example/")),
        ("[operator]\n", Operator()),
        ("", Operator()),
        ('[mail]\nto = "a@b.example"\n', Operator()),
    ],
)
def test_the_operator_is_who_the_file_names(tmp_path, toml, who):
    assert operator(written(tmp_path, toml)) == who


@pytest.mark.parametrize(
    ("toml", "message"),
    [
        ('[operator]\ncontakt = "a@b.example"', "'contakt', did you mean 'contact'?"),
        ('[operator]\nnaem = "x"', "'naem', did you mean 'name'?"),
        ('[operator]\nzzz = "x"', "'zzz': it must be a text, one of name and contact"),
        ("[operator]\ncontact = 7", "'contact': it must be a text"),
        ('[operater]\ncontact = "a@b.example"', "'operater', did you mean 'operator'?"),
        ('operator = "a@b.example"', "'operator' must be a table"),
        ("[operator", "cannot be read"),
        (b'[operator]\nname = "\xff"', "cannot be read"),
    ],
)
def test_a_faulty_file_is_misuse_and_says_where(tmp_path, toml, message):
    with pytest.raises(UsageError) as caught:
        operator(written(tmp_path, toml))
    assert message in str(caught.value)
    assert "kyson.toml" in str(caught.value)


def test_a_folder_in_place_of_the_file_is_misuse(tmp_path):
    (tmp_path / "kyson.toml").mkdir()
    with pytest.raises(UsageError, match="cannot be read"):
        operator(tmp_path)
