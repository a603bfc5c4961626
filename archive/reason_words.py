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

# {n…} is a number, {why…} a reason again, or several; {field} one of _FIELDS, {address} a whole one of the web; everything else
# stays as it is. What comes first is tried first.
_SENTENCES = (
    # what was asked for, behind a reason or before it
    ("{why}: {address}", "{why}: {address}"),
    ("{address}: {why}", "{address}: {why}"),
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
    ("{path} could not be read or written ({why}): see to the disk, then try again", "không đọc hoặc ghi được {path} ({why}): hãy xem lại đĩa rồi thử lại"),
    ("{path} could not be read or written ({why}): see to the disk and who may use it", "không đọc hoặc ghi được {path} ({why}): hãy xem lại đĩa và quyền dùng nó"),
    ("{path} cannot be used so ({why}): see who may read and write it and its folder", "không dùng được {path} như vậy ({why}): hãy xem ai được đọc và ghi nó cùng thư mục của nó"),
    ("{path} is damaged ({why}): run `kyson verify`, bring it back from a copy, or make the archive again from its WARCs with `kyson reread --into NEW`", "{path} bị hỏng ({why}): hãy chạy `kyson verify`, lấy lại từ bản sao, hoặc dựng lại kho từ các tệp WARC bằng `kyson reread --into NEW`"),
    ("another process is writing {path}; try again when it has finished", "một tiến trình khác đang ghi {path}; hãy thử lại khi nó xong"),
    ("nothing can be kept any more: {why}", "không giữ thêm được gì nữa: {why}"),
    # why a page did not come
    ("no answer", "không có câu trả lời"),
    ("no answer within {n} seconds", "không có câu trả lời trong {n} giây"),
    ("connection refused by the proxy {place}", "máy chủ trung gian {place} từ chối kết nối"),
    ("no connection to the proxy {place} within {n} seconds", "không kết nối được tới máy chủ trung gian {place} trong {n} giây"),
    ("no connection to the proxy {place} ({why})", "không kết nối được tới máy chủ trung gian {place} ({why})"),
    ("no address is known for the proxy {host} ({why}); check the name and the network", "không biết địa chỉ của máy chủ trung gian {host} ({why}); hãy xem lại tên và mạng"),
    ("connection refused by {place}", "{place} từ chối kết nối"),
    ("no connection to {place} within {n} seconds", "không kết nối được tới {place} trong {n} giây"),
    ("no connection to {place} ({why})", "không kết nối được tới {place} ({why})"),
    ("no connection within {n} seconds", "không kết nối được trong {n} giây"),
    ("no address is known for {host} ({why}); check the name and the network", "không biết địa chỉ của {host} ({why}); hãy xem lại tên và mạng"),
    ("no host can have this name: {rest}", "không máy chủ nào có thể mang tên này: {rest}"),
    ("no encryption of today is spoken by {host} ({why}); check the clock and the site in a browser, or write insecure_tls = true into the portal's TOML to take what it sends, with that noted", "{host} không dùng kiểu mã hóa nào của ngày nay ({why}); hãy xem lại đồng hồ và mở trang bằng trình duyệt, hoặc ghi insecure_tls = true vào tệp TOML của cổng để vẫn lấy về, có ghi chú điều đó"),
    ("the certificate does not verify of {host} ({why}); check the clock and the site in a browser, or write insecure_tls = true into the portal's TOML to take what it sends, with that noted", "không xác minh được chứng chỉ của {host} ({why}); hãy xem lại đồng hồ và mở trang bằng trình duyệt, hoặc ghi insecure_tls = true vào tệp TOML của cổng để vẫn lấy về, có ghi chú điều đó"),
    ("{host} leads to {place}, which is not a public address, so it was not contacted; to crawl it on purpose, start from it, at this port, or use --connect-to", "{host} dẫn tới {place}, không phải địa chỉ công cộng, nên không được hỏi; nếu cố ý muốn thu thập, hãy bắt đầu từ nó, ở đúng cổng này, hoặc dùng --connect-to"),
    ("{host} leads to {place}, which is not a public address, so it was not contacted; to crawl it on purpose, use --connect-to {rest}", "{host} dẫn tới {place}, không phải địa chỉ công cộng, nên không được hỏi; nếu cố ý muốn thu thập, hãy dùng --connect-to {rest}"),
    ("nobody to contact is named in kyson.toml, so nothing beyond this machine is asked, {host} neither", "kyson.toml chưa ghi ai để liên hệ, nên không hỏi gì ngoài máy này, kể cả {host}"),
    ("the proxy {place} refuses: {why}", "máy chủ trung gian {place} từ chối: {why}"),
    ("the proxy does not answer", "máy chủ trung gian không trả lời"),
    ("it says {n} {text}, write it as http://USER:PASSWORD@HOST:PORT", "nó trả lời {n} {text}, hãy viết nó thành http://USER:PASSWORD@HOST:PORT"),
    ("it says {n} {rest}", "nó trả lời {n} {rest}"),
    ("not a proxy this crawler can use, write it as http://127.0.0.1:3128: {rest}", "không phải máy chủ trung gian dùng được, hãy viết nó thành http://127.0.0.1:3128: {rest}"),
    ("the Proxy-Authorization header would break the request apart", "đầu mục Proxy-Authorization sẽ làm vỡ yêu cầu"),
    ("the request's method or one of its headers would break the request apart", "phương thức hoặc một đầu mục sẽ làm vỡ yêu cầu"),
    ("not an http address that can be asked for: {rest}", "không phải địa chỉ http có thể hỏi: {rest}"),
    ("there is no port {n}: {rest}", "không có cổng mạng {n}: {rest}"),
    ("the server closed the connection", "máy chủ đã đóng kết nối"),
    ("the server closed the connection without an answer", "máy chủ đã đóng kết nối mà không trả lời"),
    ("the server broke off within the headers, after {n} bytes", "máy chủ ngắt giữa phần đầu, sau {n} byte"),
    ("the answer is not HTTP, it begins with {rest}", "câu trả lời không phải HTTP, nó bắt đầu bằng {rest}"),
    ("its headers do not end within the size limit of {n} bytes", "phần đầu không kết thúc trong giới hạn {n} byte"),
    ("its headers do not end within {n} bytes", "phần đầu không kết thúc trong {n} byte"),
    ("its headers cannot be read as HTTP: {rest}", "phần đầu không đọc được theo HTTP: {rest}"),
    ("the response broke off ({word}); set DOWNLOAD_FAIL_ON_DATALOSS = False to keep such", "câu trả lời bị đứt ({word}); đặt DOWNLOAD_FAIL_ON_DATALOSS = False để vẫn giữ"),
    ("redirected to no valid address", "bị chuyển hướng tới địa chỉ không hợp lệ"),
    ("redirected to no valid address: {rest}", "bị chuyển hướng tới địa chỉ không hợp lệ: {rest}"),
    ("where something may be changed by what is sent", "nơi dữ liệu gửi tới có thể làm thay đổi điều gì đó"),
    ("redirected to {address}, which is {why}", "bị chuyển hướng tới {address}: {why}"),
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
    ("the page is empty (0 bytes of text): check the file, or capture the address again", "trang trống (0 byte chữ): hãy xem lại tệp, hoặc thu thập lại địa chỉ"),
    ("this is {why}, not a page: give the HTML of an article", "đây là {why}, không phải trang: hãy đưa HTML của một bài"),
    ("a PDF", "tệp PDF"),
    ("a PNG image", "ảnh PNG"),
    ("a JPEG image", "ảnh JPEG"),
    ("a GIF image", "ảnh GIF"),
    ("a ZIP or Office file", "tệp ZIP hoặc Office"),
    ("an Office file", "tệp Office"),
    ("gzip data", "dữ liệu gzip"),
    ("{n} of its {n2} characters are no text in any known encoding: this is hardly a page; check that the file is whole and not compressed", "{n}/{n2} ký tự không thành chữ theo bảng mã nào đã biết: khó có thể là trang; hãy xem tệp có nguyên vẹn và không bị nén không"),
    ("the page has {n} bytes, more than the {n2} that are read: it is hardly an article", "trang có {n} byte, nhiều hơn mức {n2} được đọc: khó có thể là bài"),
    ("the page has {n} bytes of markup, more than the {n2} that are read: it is hardly an article", "trang có {n} byte mã đánh dấu, nhiều hơn mức {n2} được đọc: khó có thể là bài"),
    ("no HTML can be read from {url}: there is not one element in it", "không đọc được HTML từ {url}: trong đó không có phần tử nào"),
    ("no HTML can be read from {url}: {rest}", "không đọc được HTML từ {url}: {rest}"),
    ("{url} nests its elements without end, so that it cannot be read to its end", "{url} lồng các phần tử mãi không hết, nên không đọc được đến cuối"),
    ("no feed can be read there: {rest}", "không đọc được nguồn tin ở đó: {rest}"),
    ("no feed stands there, but something else", "ở đó không có nguồn tin mà là thứ khác"),
    ("no list in JSON can be read there: {rest}", "không đọc được danh sách JSON ở đó: {rest}"),
    ("no sitemap ({rest})", "không phải sơ đồ trang ({rest})"),
    ("the process that read it ended without a word, twice: it may need more memory than there is", "tiến trình đọc nó hai lần chết mà không báo gì: có thể nó cần nhiều bộ nhớ hơn mức đang có"),
    ("reading it failed: {rest}", "đọc nó bị lỗi: {rest}"),
    ("reading an item failed: {rest}", "đọc một mục bị lỗi: {rest}"),
    ("reading {url} failed: {rest}", "đọc {url} bị lỗi: {rest}"),
    ("the reader failed over it: {rest}", "bộ đọc hỏng vì nó: {rest}"),
    ("its article could not be kept: {rest}", "không giữ được bài của nó: {rest}"),
    ("the robots.txt of {host} cannot be had ({why}), and without it nothing may be asked", "không lấy được robots.txt của {host} ({why}), mà thiếu nó thì không được hỏi gì"),
    # why it was not asked for, or an image or file did not come
    ("the crawl ended before it was asked for", "lượt thu thập kết thúc trước khi hỏi tới"),
    ("the crawl was killed before it was fetched", "lượt thu thập bị ngắt trước khi lấy được"),
    ("the crawl ended before it was fetched", "lượt thu thập kết thúc trước khi lấy được"),
    ("its bytes are in no WARC of the crawl", "dữ liệu của nó không có trong WARC nào của lượt"),
    ("the server sent nothing", "máy chủ không gửi gì"),
    ("the bytes are those of another capture", "dữ liệu là của một lần chụp khác"),
    ("the server sent a page instead", "máy chủ gửi một trang thay vào đó"),
    ("no valid address", "địa chỉ không hợp lệ"),
    ("no valid address: {rest}", "địa chỉ không hợp lệ: {rest}"),
    ("not a web address ({why})", "không phải địa chỉ web ({why})"),
    ("no scheme", "không có giao thức"),
    ("out of scope: the host {host} is not among the portal's {kind} hosts", "ngoài phạm vi: máy chủ {host} không thuộc cổng này"),
    ("out of scope: the portal excludes {pattern}", "ngoài phạm vi: cổng này loại trừ {pattern}"),
    ("robots.txt", "robots.txt cấm"),
    ("robots.txt line {n} says {rest}", "robots.txt dòng {n} ghi {rest}"),
    ("robots.txt says so", "robots.txt cấm"),
    ("an address of more than {n} characters", "địa chỉ dài hơn {n} ký tự"),
    ("a path of more than {n} names", "đường dẫn dài hơn {n} tên"),
    ("a path that repeats itself", "đường dẫn tự lặp lại"),
    ("a loop of languages", "vòng lặp ngôn ngữ"),
    ("a print view", "bản để in"),
    ("a view to save", "bản để tải về"),
    ("a mail form", "mẫu gửi thư"),
    ("a share link", "liên kết chia sẻ"),
    ("a log-in form", "trang đăng nhập"),
    ("a log-in redirect", "chuyển hướng để đăng nhập"),
    ("a form to register", "trang đăng ký"),
    ("a form to answer a comment", "mẫu trả lời bình luận"),
    ("a form, not content", "biểu mẫu, không phải nội dung"),
    ("a search", "trang tìm kiếm"),
    ("a way to another page and back", "lối sang trang khác rồi quay lại"),
    ("a view in a pop-up", "bản hiện trong cửa sổ con"),
    ("an action, not content", "một thao tác, không phải nội dung"),
    ("the module {name} publishes nothing", "mô-đun {name} không đăng gì"),
    ("a switch between the desktop and the mobile theme", "nút đổi giữa giao diện máy tính và điện thoại"),
    ("a feed", "nguồn tin"),
    ("a known page in another language", "trang đã biết, bằng ngôn ngữ khác"),
    ("a known page in another order or look", "trang đã biết, xếp hoặc trình bày kiểu khác"),
    ("a second address of a known page", "địa chỉ thứ hai của trang đã biết"),
    ("a known address with its folders twice", "địa chỉ đã biết, thư mục bị lặp hai lần"),
    ("a calendar's page of the far future", "trang lịch của tương lai xa"),
    ("a calendar's page of the far past", "trang lịch của quá khứ xa"),
    ("beyond the end of a list", "quá cuối danh sách"),
    ("beyond the days of which a calendar shows anything", "quá những ngày mà lịch có nội dung"),
    ("one more combination of choices that showed nothing new", "thêm một tổ hợp lựa chọn không cho thấy gì mới"),
    ("further back in a list that shows nothing new", "nằm sâu hơn trong danh sách không có gì mới"),
    ("outside the section: {name}", "ngoài chuyên mục: {name}"),
    ("kept already: not due again before {date}", "đã lưu: chưa đến hạn xem lại trước {date}"),
    ("a view of an article read before", "một dạng xem của bài đã đọc"),
    ("another address of an article read before", "địa chỉ khác của bài đã đọc"),
    ("another address of an article already asked for", "địa chỉ khác của bài đã được hỏi"),
    ("what a form answers stands at no address of its own", "điều biểu mẫu trả lời không có địa chỉ riêng"),
    # what stands in place of a portal
    ("it is filled by {host}", "nội dung do {host} lấp vào"),
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
_PATTERNS = {
    "n": r"[\d,.]*\d",
    "address": r"https?://[^\s”]+",
    "field": "|".join(_FIELDS),
    "why": ".+",
    "text": ".+",
    "rest": ".+",
}
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


_DEEPEST = 20
"""How many sentences of ours may stand within each other; what has more is none of ours."""


def reason(text: str, language: str) -> str:
    """A reason as it is kept, in `vi` or `en`; what is no sentence of ours stays as it is."""
    if language == "en" or text.count(": ") > _DEEPEST:
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
