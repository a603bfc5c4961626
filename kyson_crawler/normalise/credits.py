"""Who took a picture or filmed a video, as its caption says."""

import re

_LABEL = (
    r"(?:(?:nguồn\s+)?ảnh|ảnh\s+(?:chụp|tư\s+liệu|minh\s+h[oọ][ạa])|photo|đồ\s+h[oọ][ạa]?|nguồn)\s*(?:cmyk\s*)?[:：]"
)
_CREDIT = re.compile(rf"(?:^|[\s.,;–—(\-/]){_LABEL}\s*(?P<name>[^()]{{2,60}}?)[\s.)]*$", re.IGNORECASE)
_ONLY_CREDIT = re.compile(rf"^\W*{_LABEL}\s*(?:[^().:;?!]|\.(?=\w)){{2,60}}[.)]*$", re.IGNORECASE)
# "Ảnh: Hà Thu. Một góc bản", and "Một góc bản - Ảnh Hà Thu".
_CREDIT_FIRST = re.compile(rf"^\W*{_LABEL}\s*(?P<name>\w[^().:;?!]{{1,40}}?\w)[.)]\s+(?=\w)", re.IGNORECASE)
_CREDIT_BARE = re.compile(r"[-–—.(/|]\s*Ảnh\s+(?P<name>\w[^().:;,?!]{1,40}?)[\s.)]*$")
# "Clip: Thu Hà" names who filmed; what stands behind the label may be what the film shows as well.
_FILM = r"(?:video(?:\s*clip)?|clip|phim)\s*[:：]"
_ONLY_FILM_CREDIT = re.compile(rf"^\W*{_FILM}\s*(?P<name>[^().:;?!]{{2,60}})[.)]*$", re.IGNORECASE)
_FILM_CREDIT = re.compile(rf"(?:^|[\s.,;–—(\-/]){_FILM}\s*(?P<name>[^().:;?!]{{2,60}}?)[\s.)]*$", re.IGNORECASE)
_AT_END = 200


def credit(caption: str | None) -> str | None:
    """The photographer or agency that a caption names, or None.

    >>> credit("Toàn cảnh khai mạc hội nghị. Ảnh: Trí Dũng/TTXVN")
    'Trí Dũng/TTXVN'
    >>> credit("Ảnh minh họa"), credit("Đồ họa: Ngọc Tú"), credit("Ảnh: Hà Thu. Một góc bản")
    (None, 'Ngọc Tú', 'Hà Thu')
    >>> credit("Clip: Thu Hà"), credit("Video: Lễ hội Xăng Khan")
    ('Thu Hà', None)
    """
    if not caption:
        return None
    end = caption[-_AT_END:]
    is_labelled = ":" in caption or "：" in caption
    first = _CREDIT_FIRST.search(caption) if is_labelled else None
    film = _FILM_CREDIT.search(end) if is_labelled else None
    for sure in (first, _CREDIT_BARE.search(end), film):
        if sure and _is_capitalised(sure["name"]):
            return sure["name"]
    named = _CREDIT.search(end) if is_labelled else None
    return named["name"].strip() if named else None


def is_credit(text: str) -> bool:
    """Whether a text says nothing but who took a picture or filmed a video.

    >>> is_credit("(Ảnh: Hà Thu)"), is_credit("Clip: Hà Thu"), is_credit("Clip: Lễ hội"), is_credit("Lễ hội. Ảnh: Hà Thu")
    (True, True, False, False)
    """
    film = _ONLY_FILM_CREDIT.match(text)
    return bool(_ONLY_CREDIT.match(text) or (film and _is_capitalised(film["name"])))


def _is_capitalised(name: str) -> bool:
    return all(word[0].isupper() for word in re.findall(r"\w+", name))
