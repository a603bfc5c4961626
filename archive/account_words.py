"""The words of the page that tells of a crawl, in English and in Vietnamese, with how each writes numbers and times."""

from datetime import datetime

from attrs import frozen

from archive import reason_words
from archive.languages import numbers
from archive.terminal import day, size
from archive.vietnam import clock

WORDS = {
    "title": ("Crawl {crawl} of {name}", "Lượt thu thập {crawl}: {name}"),
    "status": ("Outcome", "Kết quả"),
    "finished": ("finished", "hoàn tất"),
    "failed": ("failed", "thất bại"),
    "stopped": ("stopped", "bị dừng"),
    "killed": ("cut short", "bị ngắt giữa chừng"),
    "running": ("still running", "đang chạy"),
    "reason": ("Reason", "Lý do"),
    "operator": ("Contact", "Liên hệ"),
    "started": ("Began", "Bắt đầu"),
    "ended": ("Ended", "Kết thúc"),
    "time": ("{} (Vietnam)", "{} (giờ Việt Nam)"),
    "took": ("Took", "Thời gian"),
    "requests": ("Requests answered", "Yêu cầu được trả lời"),
    "bytes": ("Bytes received", "Dung lượng nhận"),
    "pages": ("Pages", "Trang"),
    "articles": ("Articles read", "Bài đọc được"),
    "new": ("New articles", "Bài mới"),
    "changed": ("Changed articles", "Bài thay đổi"),
    "absent": ("Articles not found at their addresses", "Bài không còn ở địa chỉ cũ"),
    "gone": ("Articles gone for good since", "Bài nay coi là đã mất"),
    "images": ("Images kept", "Ảnh giữ được"),
    "waiting": ("Addresses left for the next crawl", "Địa chỉ để lại cho lượt sau"),
    "figures": ("Figures", "Số liệu"),
    "errors": ("Pages that did not come", "Trang không lấy được"),
    "missing": ("Images and files that did not come", "Ảnh và tệp không lấy được"),
    "none": ("None.", "Không có."),
    "coverage": ("What was found on the articles", "Những gì tìm thấy trên các bài"),
    "field": ("Field", "Trường"),
    "share": ("Share", "Tỉ lệ"),
    "usual": ("Usually", "Thường lệ"),
    "fallen": ("fallen", "tụt"),
    "stamped": ("Dates that suspiciously many articles share", "Ngày đăng trùng nhau một cách đáng ngờ"),
    "repeated": ("Titles and leads that suspiciously many articles share", "Tiêu đề, sa-pô trùng nhau một cách đáng ngờ"),
    "warcs": ("Evidence", "Chứng cứ"),
    "file": ("File", "Tệp"),
    "records": ("Records", "Bản ghi"),
    "open": ("not closed yet", "chưa đóng"),
    "minutes": ("{} min", "{} phút"),
    "dying": ("This portal is dying", "Cổng này sắp ngừng"),
    "gone.portal": ("This portal is gone", "Cổng này đã mất"),
    "sign": ("Sign", "Dấu hiệu"),
    "since": ("First seen", "Thấy lần đầu"),
    "last": ("Last seen", "Thấy lần cuối"),
    "evidence": ("Seen in", "Thấy ở"),
    "good": ("The last good crawl, and what it lacked", "Lượt thu thập tốt gần nhất, và những gì còn thiếu"),
    "good.none": ("No crawl of it ever came to its end with articles.", "Chưa lượt nào hoàn tất mà có bài."),
    "crawl": ("Crawl", "Lượt"),
    "complete": ("Completeness", "Mức đầy đủ"),
    "held": ("Articles held in all", "Tổng số bài đang giữ"),
    "lacks": ("Articles that may lack", "Số bài có thể còn thiếu"),
    "lacks.range": ("{} to {}", "từ {} đến {}"),
    "lacks.least": ("at least {}", "ít nhất {}"),
    "lacks.unknown": ("nobody can say", "không thể biết"),
    "lacks.why": ("Why", "Vì sao"),
    "lost": ("Images and files that never came", "Ảnh và tệp chưa bao giờ lấy được"),
    "hastened": ("Full crawl asked for as run", "Đã xếp lượt thu thập toàn bộ số"),
    "size": ("Size", "Dung lượng tệp"),
}  # fmt: skip
"""Each in English and in Vietnamese."""


@frozen
class Words:
    """Those of one language."""

    language: str

    def __getitem__(self, name: str) -> str:
        english, vietnamese = WORDS[name]
        return english if self.language == "en" else vietnamese

    def number(self, number: float, form: str = ",") -> str:
        """A number, formed as Python forms it and then written as the language writes it."""
        return numbers(format(number, form), self.language)

    def size(self, number: int) -> str:
        """Bytes as people say them."""
        shown = numbers(size(number), self.language)
        return shown if self.language == "en" else shown.replace("bytes", "byte")

    def clock(self, time: datetime) -> str:
        """A moment, and by which clock."""
        return self["time"].format(clock(time))

    def day(self, published: str) -> str:
        """A date of publication."""
        return day(published)

    def field(self, name: str) -> str:
        """One of the fields of an article, as a heading."""
        return reason_words.field(name, self.language).capitalize()

    def reason(self, text: str) -> str:
        """A reason as the archive keeps it."""
        return reason_words.reason(text, self.language)
