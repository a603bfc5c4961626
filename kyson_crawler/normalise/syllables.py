"""Vietnamese told from anything else by its syllables: every one is an onset, a rhyme and a tone, and few combinations exist.

The inventory is that of the standard spelling (Quy định về chính tả, 1980 and 2003), with the finals of place names of
the highlands besides: Đắk Lắk, Krông Nô.
"""

import re
import unicodedata
from functools import cache, lru_cache

from archive.fold import composed

_RHYMES = """
    a ac ach ai ak am an ang anh ao ap at au ay ăc ăk ăm ăn ăng ăp ăt âc âm ân âng âp ât âu ây
    e ec em en eng eo ep et ê êch êm ên ênh êp êt êu i ia ich im in inh ip it iu iêc iêm iên iêng iêp iêt iêu
    o oc oi om on ong oong op ot ô ôc ôi ôm ôn ông ôp ôt ơ ơi ơm ơn ơp ơt
    oa oac oach oai oam oan oang oanh oao oap oat oay oăc oăm oăn oăng oăt oe oen oeo oet
    u ua uc ui um un ung up ut uâ uân uâng uât uây uê uêch uên uênh uêt uơ uôc uôi uôm uôn uông uôt
    uy uya uych uyên uyêt uynh uyp uyt uyu ư ưa ưc ưi ưm ưn ưng ưt ưu ươc ươi ươm ươn ương ươp ươt ươu
    y yêm yên yêng yêt yêu
""".split()
_AFTER_QU = """
    a ac ach ai an ang anh ao at au ay ăc ăm ăn ăng ăp ăt ân âng ât ây e en eo et ê ên êch ênh êt ôc
    i in it y ych ynh yt yên yêt ơ
""".split()
_ONSETS = " b ch d đ gi h kh kr l m n nh p ph r s t th tr v x".split(" ")
_BEFORE_FRONT_VOWELS = "k gh ngh".split()  # what is c, g, ng before the others
_BEFORE_BACK_VOWELS = "c g ng".split()
_FRONT = ("e", "ê", "i", "y")
_TONES = dict.fromkeys(map(ord, "\u0300\u0301\u0303\u0309\u0323"))
_WORD = re.compile(r"[^\W\d_]+")
_ONLY_VIETNAMESE = re.compile("[ĂăĐđƠơƯư\u1ea0-\u1ef9]")
_SAMPLE = 20_000
_FEWEST_WORDS = 5
_LONGEST = len("nghiêng")


def reads_as_vietnamese(text: str) -> bool:
    """Whether text is Vietnamese prose: most words are its syllables, and many carry marks that only it writes.

    False for fewer than five words, and for Vietnamese written without its marks. Only the first 20,000 letters count.

    >>> reads_as_vietnamese("Ngày hội của đồng bào các dân tộc huyện miền núi")
    True
    >>> reads_as_vietnamese("Ngày héi cña ®ång bµo c¸c d©n téc huyÖn miÒn nói")
    False
    """
    found = words(text)
    judged = list(map(_judge, [word for word in found if len(word) <= _LONGEST]))
    marked = judged.count("marked")
    sound = marked + judged.count("sound")
    return len(found) >= _FEWEST_WORDS and sound >= len(found) * 0.6 and marked >= len(found) * 0.2


def words(text: str) -> list[str]:
    """The words of a text in NFC; a number is none."""
    tokens = composed(text[:_SAMPLE]).split()  # most are words as they stand, which is asked in a fifth of the time
    return [word for token in tokens for word in ((token,) if token.isalpha() else _WORD.findall(token))]


def is_syllable(word: str) -> bool:
    """Whether a word in NFC, in capitals or not, is a possible Vietnamese syllable; the place of its tone is not judged.

    >>> [word for word in "huyện Kỳ SƠN quý giếng thuở Đắk nhiÒu héi cña".split() if not is_syllable(word)]
    ['nhiÒu', 'héi', 'cña']
    """
    return len(word) <= _LONGEST and _is_sound(word)


@lru_cache(maxsize=32_768)
def _is_sound(word: str) -> bool:
    if not (word.islower() or word.isupper() or word.istitle()):
        return False
    letters = unicodedata.normalize("NFD", word.lower())
    bare = unicodedata.normalize("NFC", letters.translate(_TONES))
    tones = [letter for letter in letters if ord(letter) in _TONES]
    if len(tones) > 1 or bare not in _toneless():
        return False
    # A syllable that stops short has a rising or a heavy tone; without a mark it is a name such as Đăk.
    return not (bare.endswith(("c", "ch", "k", "p", "t")) and tones and tones[0] not in "\u0301\u0323")


@lru_cache(maxsize=32_768)
def _judge(word: str) -> str:
    """What a short word is: no syllable (empty), `sound`, or `marked` when it has a mark that only Vietnamese writes."""
    if not _is_sound(word):
        return ""
    return "marked" if _ONLY_VIETNAMESE.search(word) else "sound"


@cache
def _toneless() -> frozenset[str]:
    """Every onset with every rhyme that it can stand before, without tones."""
    found = {onset + rhyme for onset in _ONSETS for rhyme in _RHYMES}
    found |= {onset + rhyme for onset in _BEFORE_FRONT_VOWELS for rhyme in _RHYMES if rhyme.startswith(_FRONT)}
    found |= {onset + rhyme for onset in _BEFORE_BACK_VOWELS for rhyme in _RHYMES if not rhyme.startswith(_FRONT)}
    found |= {"g" + rhyme for rhyme in _RHYMES if rhyme.startswith("i")}  # gì, giếng: the i belongs to both
    found |= {"qu" + rhyme for rhyme in _AFTER_QU}
    return frozenset(found)
