"""Reasons in Vietnamese: the archive keeps them in English, as our own code words them, with the facts of each.

What a server or an operating system said stands in them as it came, and stays so; so does a reason of another kyson.
"""

import re
from collections.abc import Iterable

from attrs import frozen

from archive.languages import numbers

_FIELDS = {
    "title": ("title", "tiêu đề"),
    "text": ("text", "nội dung"),
    "published": ("date", "ngày đăng"),
    "lead": ("lead", "sa-pô"),
    "byline": ("byline", "tác giả"),
    "source": ("source", "nguồn"),
    "section": ("section", "chuyên mục"),
    "images": ("images", "ảnh"),
    "captions": ("captions", "chú thích ảnh"),
    "attachments": ("files", "tệp đính kèm"),
}
"""The fields of `archive.coverage` in English and in Vietnamese."""

# {n…} is a number, {why…} a reason again, or several; {field} one of _FIELDS; everything else stays as it is
_SENTENCES = (
    # how a crawl ended
    ("stopped by hand", "được dừng bằng tay"),
    ("its process was gone without a word", "tiến trình đã mất mà không báo gì"),
    ("no more pages were to be asked for; {n} addresses wait for the next crawl", "đã đủ số trang được phép hỏi; {n} địa chỉ chờ lượt sau"),
    ("the time budget of {n} minutes is used up", "đã dùng hết thời gian cho phép là {n} phút"),
    ("the budget of {n} requests a run is used up", "đã dùng hết {n} yêu cầu cho phép mỗi lượt"),
    ("nothing was captured", "không lấy được gì"),
    ("what it came to could not be told: run it with -v", "không biết được kết quả: hãy chạy lại với -v"),
    ("made again from its WARCs, which do not tell how it ended", "được dựng lại từ các tệp WARC, trong đó không ghi nó đã kết thúc ra sao"),
    ("not one article was read, where {n} are known: {why}", "không đọc được bài nào, trong khi đã biết {n} bài: {why}"),
    ("the lists of the section show not one article: {why}", "các danh sách của chuyên mục không có bài nào: {why}"),
    ("the reader finds {why}: the portal seems to have a new design", "bộ đọc chỉ còn tìm thấy {why}: có vẻ cổng đã đổi giao diện"),
    ("{field} on {n} of {n2} articles ({n3}%), where {n4}% had it", "{field} trên {n}/{n2} bài ({n3}%), trước đây là {n4}%"),
    ("not one page answered", "không trang nào trả lời"),
    ("robots.txt forbids {n} of {n2} pages", "robots.txt cấm {n}/{n2} trang"),
    ("we seem to be blocked: {n} of {n2} pages were answered with HTTP {code}", "có vẻ ta bị chặn: {n}/{n2} trang trả lời HTTP {code}"),
    ("the portal seems to be gone: {n} of {n2} pages were answered with HTTP {code}", "có vẻ cổng đã mất: {n}/{n2} trang trả lời HTTP {code}"),
    ("the portal seems to be gone: {n} of {n2} pages lead away to {host}", "có vẻ cổng đã mất: {n}/{n2} trang chuyển hướng sang {host}"),
    ("the server fails: {n} of {n2} pages were answered with HTTP {code}", "máy chủ hỏng: {n}/{n2} trang trả lời HTTP {code}"),
    ("the portal seems to have been redesigned: {n} of {n2} pages came, and the reader finds an article on none", "có vẻ cổng đã đổi giao diện: lấy được {n}/{n2} trang, và bộ đọc không thấy bài nào"),
    ("{host} refused {n} times in a row (HTTP {code}), so it is left alone", "{host} từ chối {n} lần liền (HTTP {code}), nên không hỏi nữa"),
    # why a page did not come
    ("connection refused by {place}", "{place} từ chối kết nối"),
    ("no connection to {place} within {n} seconds", "không kết nối được tới {place} trong {n} giây"),
    ("no connection to {place} ({why})", "không kết nối được tới {place} ({why})"),
    ("no connection within {n} seconds", "không kết nối được trong {n} giây"),
    ("no address is known for {host} ({why}); check the name and the network", "không biết địa chỉ của {host} ({why}); hãy xem lại tên và mạng"),
    ("no encryption of today is spoken by {rest}", "không dùng được kiểu mã hóa ngày nay: {rest}"),
    ("the certificate does not verify of {rest}", "không xác minh được chứng chỉ: {rest}"),
    ("the proxy {place} refuses: {why}", "máy chủ trung gian {place} từ chối: {why}"),
    ("the server closed the connection", "máy chủ đã đóng kết nối"),
    ("the response did not end within {n} seconds", "câu trả lời không kết thúc trong {n} giây"),
    ("the response is larger than {n} bytes", "câu trả lời lớn hơn {n} byte"),
    ("redirected to the error page {url}", "bị chuyển hướng tới trang báo lỗi {url}"),
    ("redirected to the home page {url}", "bị chuyển hướng về trang chủ {url}"),
    ("it is redirected in a circle", "bị chuyển hướng vòng tròn"),
    ("nothing stands there", "không có gì ở đó"),
    ("nothing stands there: {why}", "không có gì ở đó: {why}"),
    ("nothing stands on {url}: {why}", "không có gì trên {url}: {why}"),
    ("it says “{text}”", "trang ghi “{text}”"),
    ("no article stands there", "ở đó không có bài"),
    ("no article: {why}", "không có bài: {why}"),
    ("the address has no key", "địa chỉ không có khóa"),
    ("nothing stands under its title", "dưới tiêu đề không có gì"),
    ("not a page but {mime}", "không phải trang mà là {mime}"),
    ("the reader failed over it: {rest}", "bộ đọc hỏng vì nó: {rest}"),
    ("its article could not be kept: {rest}", "không giữ được bài của nó: {rest}"),
    ("the robots.txt of {host} cannot be had ({why}), and without it nothing may be asked", "không lấy được robots.txt của {host} ({why}), mà thiếu nó thì không được hỏi gì"),
    # why it was not asked for, or an image or file did not come
    ("the crawl ended before it was asked for", "lượt thu thập kết thúc trước khi hỏi tới"),
    ("the crawl was killed before it was fetched", "lượt thu thập bị ngắt trước khi lấy được"),
    ("the crawl ended before it was fetched", "lượt thu thập kết thúc trước khi lấy được"),
    ("its bytes are in no WARC of the crawl", "dữ liệu của nó không có trong WARC nào của lượt"),
    ("the server sent a page instead", "máy chủ gửi một trang thay vào đó"),
    ("no valid address", "địa chỉ không hợp lệ"),
    ("not a web address ({scheme})", "không phải địa chỉ web ({scheme})"),
    ("out of scope: the host {host} is not among the portal's {kind} hosts", "ngoài phạm vi: máy chủ {host} không thuộc cổng này"),
    ("out of scope: the portal excludes {pattern}", "ngoài phạm vi: cổng này loại trừ {pattern}"),
    ("robots.txt", "robots.txt cấm"),
    ("robots.txt line {n} says {rest}", "robots.txt dòng {n} ghi {rest}"),
    ("an address of more than {n} characters", "địa chỉ dài hơn {n} ký tự"),
    # what a crawl may have missed
    ("{n} address of pages not asked for yet", "{n} địa chỉ trang chưa hỏi tới"),
    ("{n} addresses of pages not asked for yet", "{n} địa chỉ trang chưa hỏi tới"),
    ("{n} address of articles that could not be read or not be asked for", "{n} địa chỉ bài không đọc được hoặc không hỏi được"),
    ("{n} addresses of articles that could not be read or not be asked for", "{n} địa chỉ bài không đọc được hoặc không hỏi được"),
    ("{n} page that did not come: articles, or lists of them, or neither", "{n} trang không lấy được: có thể là bài, danh sách bài, hoặc trang khác"),
    ("{n} pages that did not come: articles, or lists of them, or neither", "{n} trang không lấy được: có thể là bài, danh sách bài, hoặc trang khác"),
    ("sitemaps were the first to name {n} address, of which {n2} are kept as articles", "sơ đồ trang là nơi đầu tiên nêu {n} địa chỉ, trong đó {n2} được giữ thành bài"),
    ("sitemaps were the first to name {n} addresses, of which {n2} are kept as articles", "sơ đồ trang là nơi đầu tiên nêu {n} địa chỉ, trong đó {n2} được giữ thành bài"),
    ("the numbers in the addresses of articles run from {first} to {last}, without a gap", "số trong địa chỉ các bài chạy từ {first} đến {last}, không sót số nào"),
    ("the numbers in the addresses of articles run from {first} to {last}, and {n} between them are of none that is known; drafts, what was deleted and what is no article have numbers too", "số trong địa chỉ các bài chạy từ {first} đến {last}, và {n} số ở giữa không thuộc bài nào đã biết; bản nháp, bài đã xóa và thứ không phải bài cũng có số"),
    ("the numbers in the addresses of articles run from {first} to {last}, of which {n}% are known: others use them too, so that the gaps say nothing", "số trong địa chỉ các bài chạy từ {first} đến {last}, trong đó {n}% đã biết: nơi khác cũng dùng các số ấy, nên chỗ trống không nói lên điều gì"),
    ("{n} lists say how much they hold, and showed no less", "{n} danh sách có ghi số bài, và đã cho thấy đủ"),
    ("{n} other lists showed less than they say they hold", "{n} danh sách khác cho thấy ít hơn số chúng ghi"),
    ("{list} says that it holds {n} entries, and showed {n2} articles", "{list} ghi rằng có {n} mục, và đã cho thấy {n2} bài"),
    ("{list} says that it has {n} pages, so {n2} to {n3} entries, and showed {n4} articles", "{list} ghi rằng có {n} trang, tức {n2} đến {n3} mục, và đã cho thấy {n4} bài"),
)  # fmt: skip

_SLOT = re.compile(r"\{(\w+)\}")
_PATTERNS = {"n": r"[\d,.]*\d", "field": "|".join(_FIELDS), "why": ".+", "text": ".+", "rest": ".+"}
_FACT = "(?:(?!; ).)+"
"""Anything but several reasons."""


@frozen
class _Sentence:
    """One sentence of ours, with what says it in Vietnamese."""

    english: re.Pattern[str]
    vietnamese: str

    @classmethod
    def of(cls, english: str, vietnamese: str) -> "_Sentence":
        """The sentence that is written with its slots in both languages."""
        parts = _SLOT.split(english)
        parts[::2] = map(re.escape, parts[::2])
        parts[1::2] = [f"(?P<{name}>{_PATTERNS.get(name.rstrip('0123456789'), _FACT)})" for name in parts[1::2]]
        return cls(re.compile("".join(parts), re.DOTALL), vietnamese)

    def said(self, reason: str) -> str | None:
        """The sentence in Vietnamese with the facts of a reason; None when that is another sentence."""
        found = self.english.fullmatch(reason)
        return found and self.vietnamese.format(**{name: _fact(name, text) for name, text in found.groupdict().items()})


_TABLE = tuple(_Sentence.of(*pair) for pair in _SENTENCES)


def field(name: str, language: str) -> str:
    """A field of an article by its name, in `vi` or `en`."""
    english, vietnamese = _FIELDS[name]
    return english if language == "en" else vietnamese


def reason(text: str, language: str) -> str:
    """A reason as it is kept, in `vi` or `en`; what is no sentence of ours stays as it is."""
    if language == "en":
        return text
    return _whole(text) or "; ".join(_whole(part) or part for part in text.split("; "))


def _whole(text: str) -> str | None:
    said: Iterable[str | None] = (sentence.said(text) for sentence in _TABLE)
    return next(filter(None, said), None)


def _fact(name: str, text: str) -> str:
    if name == "field":
        return field(text, "vi")
    if name == "why":
        return reason(text, "vi")
    return numbers(text, "vi") if name.rstrip("0123456789") == "n" else text
