"""Vietnamese from before Unicode: the two custom fonts of the 1990s, TCVN3 and VNI, and the code pages that servers still send.

Fonts with codes of their own draw Vietnamese letters where Latin-1 has signs, so their text arrives as well-formed
nonsense: `huyÖn Kú S¬n`. Which one it is the font's name says, else the syllables that come out.
"""

import re
import unicodedata
from collections.abc import Callable

from archive.fold import composed
from kyson_crawler.normalise.syllables import is_syllable, reads_as_vietnamese, words

_FEWEST_SIGNS = 8
_SAMPLE = 60_000
_MARKUP_READ = 2_000_000


def decoder(fonts: set[str], sample: str) -> Callable[[str], str] | None:
    """What turns text written in a legacy font into Unicode; None for text that is Unicode already, or no Vietnamese.

    fonts: names of the fonts that the text is set in, as the markup gives them; empty when it gives none. A name alone
    is not believed: Unicode is often pasted into a paragraph that is still said to be in .VnTime.

    >>> convert = decoder({".VnTime"}, "§¶ng bé huyÖn Kú S¬n")
    >>> convert("M\\u00adêng XÐn")
    'Mường Xén'
    >>> decoder(set(), "Đảng bộ huyện Kỳ Sơn") is None
    True
    """
    sample = sample[:_SAMPLE]
    if UNICODE_VIETNAMESE.search(sample):
        return None
    named = [convert for convert in map(of_font, sorted(fonts)) if convert]
    candidates = named or [from_tcvn3, from_vni]
    best = min(candidates, key=lambda convert: misspelt(convert(sample)))
    signs = len(_SIGN_IN_WORD.findall(sample))
    if named:
        return best if signs and misspelt(best(sample)) <= misspelt(sample) else None
    return best if signs >= _FEWEST_SIGNS and reads_as_vietnamese(best(sample)) and misspelt(sample) else None


def decode(body: bytes) -> str | None:
    """Text in one of the single-byte code pages that Vietnamese was written in, found by its syllables; None for other text.

    Text in TCVN3 and VNI comes out as Windows-1252, which their fonts are laid over: `decoder` does the rest.
    """
    found = {page: text for page in _CODE_PAGES if reads_as_vietnamese(text := _CODE_PAGES[page](_prose(body)))}
    if found:
        return _CODE_PAGES[min(found, key=lambda page: misspelt(found[page]))](body)
    latin = body.decode("cp1252", "replace")
    return latin if decoder(set(), _prose(body).decode("cp1252", "replace")) else None


def of_font(name: str) -> Callable[[str], str] | None:
    """What turns text set in a font into Unicode; None for fonts that have no codes of their own.

    The names of TCVN3 fonts begin with `.Vn`; those that end in H show capitals for the codes of small letters.
    """
    font = name.strip(" '\"").casefold()
    if font.startswith(".vn"):
        return _capitals_from_tcvn3 if font.endswith("h") else from_tcvn3
    return from_vni if font.startswith(("vni-", "vni ")) else None


def from_tcvn3(text: str) -> str:
    """Text in TCVN3 (ABC) that was read as Latin-1, in Unicode.

    Few fonts have codes for capitals with a tone, so a line typed in capitals has small letters among them; they
    become capitals again.

    >>> from_tcvn3("TiÕng ViÖt rÊt hay; §¶NG Bé HUYÖN")
    'Tiếng Việt rất hay; ĐảNG Bộ HUYệN'
    >>> from_tcvn3("§¶NG Bé HUYÖN")
    'ĐẢNG BỘ HUYỆN'
    """
    written = _TCVN3_MARK.sub(lambda mark: _TCVN3_MARKS[mark[0]], text.translate(_TCVN3))
    if _SMALL_WITHIN_CAPITALS.search(written) and not _ASCII_SMALL.search(text):
        return composed(written).upper()
    return composed(written)


def _capitals_from_tcvn3(text: str) -> str:
    return from_tcvn3(text).upper()


def from_vni(text: str) -> str:
    """Text in VNI-Windows that was read as Windows-1252, in Unicode.

    >>> from_vni("Tieáng Vieät raát hay, ÑAÛNG BOÄ")
    'Tiếng Việt rất hay, ĐẢNG BỘ'
    """
    return _VNI_LETTER.sub(lambda letter: _VNI[letter[0]], text)


def from_viscii(body: bytes) -> str:
    """Text in VISCII (RFC 1456), which has no codec in Python.

    >>> from_viscii(b"Ti\\xaang Vi\\xaet")
    'Tiếng Việt'
    """
    return body.decode("latin-1").translate(_VISCII)


def misspelt(text: str) -> int:
    """How many words of a text are no Vietnamese syllables."""
    return sum(1 for word in words(text) if not is_syllable(word))


def _prose(body: bytes) -> bytes:
    """What is left of a page without its markup: enough to tell its language."""
    return _MARKUP.sub(b" ", body[:_MARKUP_READ])[:_SAMPLE]


def _vni() -> dict[str, str]:
    """VNI-Windows: a vowel and its marks are two codes, the second drawn over the first; some letters have one."""
    single = dict(zip("ôöñîìíæóò", "ơưđỵìíỉĩị", strict=True))
    tones = dict(zip("øùûõï", "\u0300\u0301\u0309\u0303\u0323", strict=True))
    hats = dict(zip("âàáåãä", ("", *"\u0300\u0301\u0309\u0303\u0323"), strict=True))
    bowls = dict(zip("êèéúüë", ("", *"\u0300\u0301\u0309\u0303\u0323"), strict=True))
    found = single | {
        letter + sign: single.get(letter, letter) + tone for letter in "aeouyôö" for sign, tone in tones.items()
    }
    found |= {letter + sign: letter + "\u0302" + tone for letter in "aeo" for sign, tone in hats.items()}
    found |= {"a" + sign: "a\u0306" + tone for sign, tone in bowls.items()}
    capitals = {key.upper(): letter.upper() for key, letter in found.items()}
    capitals |= {key.capitalize(): letter.upper() for key, letter in found.items()}
    return {key: unicodedata.normalize("NFC", letter) for key, letter in (found | capitals).items()}


# TCVN 5712:1993 (VN3) from A1 on, where a font of that kind has its letters; AF and the like are the few capitals of VN2.
_TCVN3_FROM_A1 = (
    "ĂÂÊÔƠƯĐăâêôơưđẰ" "°±²³´" "àảãáạẲằẳẵắẴẮẦẨẪẤỀặầẩẫấậèỂẻẽéẹềểễếệìỉỄẾỒĩíịòỔỏõóọồổỗốộờởỡớợùỖủũúụừửữứựỳỷỹýỵỐ"
)  # fmt: skip
_TCVN3 = {code: letter for code, letter in enumerate(_TCVN3_FROM_A1, start=0xA1) if letter not in "°±²³´"}
_TCVN3_MARKS = dict(zip("°±²³´", "\u0300\u0309\u0303\u0301\u0323", strict=True))
_TCVN3_MARK = re.compile("(?<=[aeiouyăâêôơưAEIOUYĂÂÊÔƠƯ])[°±²³´]")  # elsewhere they are degrees and squares
_SIGN_IN_WORD = re.compile("[A-Za-z][\u00a1-\u00ff]|[\u00a1-\u00ff][A-Za-z]|\u00ad")
_SMALL_WITHIN_CAPITALS = re.compile("[à-ỹ][A-Z]")
_ASCII_SMALL = re.compile("[a-z]")

_VNI = _vni()
_VNI_LETTER = re.compile("|".join(sorted(_VNI, key=len, reverse=True)))

_VISCII_FROM_80 = (
    "ẠẮẰẶẤẦẨẬẼẸẾỀỂỄỆỐ" "ỒỔỖỘỢỚỜỞỊỎỌỈỦŨỤỲ" "Õắằặấầẩậẽẹếềểễệố" "ồổỗỠƠộờởịỰỨỪỬơớƯ"
    "ÀÁÂÃẢĂẳẵÈÉÊẺÌÍĨỳ" "ĐứÒÓÔạỷừửÙÚỹỵÝỡư" "àáâãảăữẫèéêẻìíĩỉ" "đựòóôõỏọụùúũủýợỮ"
)  # fmt: skip
_VISCII = dict(enumerate(_VISCII_FROM_80, start=0x80)) | {
    0x02: "Ẳ",
    0x05: "Ẵ",
    0x06: "Ẫ",
    0x14: "Ỷ",
    0x19: "Ỹ",
    0x1E: "Ỵ",
}

_CODE_PAGES: dict[str, Callable[[bytes], str]] = {
    "cp1258": lambda body: composed(body.decode("cp1258", "replace")),
    "viscii": from_viscii,
}
_MARKUP = re.compile(rb"<(?:script|style)\b[^<]*(?:<(?!/)[^<]*)*|<[^<>]*>|&#?\w+;", re.IGNORECASE)

UNICODE_VIETNAMESE = re.compile("[ĂăĐđĨĩŨũƠơƯư\u1ea0-\u1ef9]")
"""Letters that no legacy font's text has when it is read as Latin-1."""
