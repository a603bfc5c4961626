"""Which texts are names: of persons, of newspapers, of offices."""

import re
from collections.abc import Iterator

PUBLISHER = re.compile(
    r"(?:báo|tạp\s+chí|cổng|trang|đài|tin|website|thông\s+tấn)\b|[\w-]+\.[\w.-]+|https?:", re.IGNORECASE
)
OFFICE = re.compile(
    r"(?:bộ|sở|ban|phòng|văn\s+phòng|trung\s+tâm|ubnd|hđnd|ủy\s+ban|hội|đoàn\s+(?:thanh|trường|xã|huyện|viên|đại)|trường|công\s+an|chi\s+cục|cục|huyện|xã|tỉnh)\b(?=\s+\S)",
    re.IGNORECASE,
)
_SURNAMES = frozenset(
    "nguyễn trần lê phạm hoàng huỳnh phan vũ võ đặng bùi đỗ hồ ngô dương lý đinh đoàn lâm mai trịnh đào tô tạ hà cao lương "
    "tăng thái châu quách chu tống nông triệu lò lô vi vừ moong cụt kha lầu hờ xồng và già mùa sầm lữ lộc ngân hạ quang thò giàng "
    "sùng vàng thào cứ y h'".split()
)


def is_name(text: str) -> bool:
    """Whether a text is one or several names: one to eight words, each beginning with a capital, none shouting.

    >>> is_name("Tình Dương"), is_name("Hoàng Hoài-Vũ Trang"), is_name("CHỦ TỊCH"), is_name("Chào thân ái")
    (True, True, False, False)
    """
    words = list(_words(text))
    if not 1 <= len(words) <= 8 or (len(words) > 1 and text.isupper()):
        return False
    return all(word[0].isupper() and word.isalpha() for word in words)


def is_person(text: str) -> bool:
    """Whether a text is a name, and none of a newspaper or an office, which have capitals as well.

    >>> is_person("Đoàn Văn Pâng"), is_person("Báo Hà Nội Mới"), is_person("Sở Y Tế")
    (True, False, False)
    """
    return is_name(text) and not (PUBLISHER.match(text) or OFFICE.match(text))


def is_shouted(text: str) -> bool:
    """Whether a text is a whole name in capitals, told from other words in capitals by its surname.

    >>> is_shouted("LÔ THỊ MAI"), is_shouted("CHỦ TỊCH")
    (True, False)
    """
    words = list(_words(text))
    return text.isupper() and 2 <= len(words) <= 4 and words[0].casefold() in _SURNAMES and all(map(str.isalpha, words))


def _words(text: str) -> Iterator[str]:
    return (word for word in re.split(r"[\s,;.&()/\-–+]+|\bvà\b", text) if word)
