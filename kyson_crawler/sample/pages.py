"""The pages of the sample portal: the shell that every page wears, and what stands in its middle."""

from collections.abc import Sequence
from html import escape
from typing import Final

from kyson_crawler.sample.markup import body, lead
from kyson_crawler.sample.source import TWIN, UPLOADS, Story, section_names

SITE_NAME: Final = "Cổng thông tin điện tử huyện Mường Mẫu"
COUNTERS: Final = {"%VIEWS%": 216, "%ONLINE%": 3, "%TODAY%": 118, "%TOTAL%": 86_400}
"""What stands in a page where a counter will be printed, and what that counter shows before the first visit."""

STYLE: Final = "/giao-dien/muongmau.css"
"""The address of the style sheet of all pages."""

WEEKDAYS: Final = ("Thứ hai", "Thứ ba", "Thứ tư", "Thứ năm", "Thứ sáu", "Thứ bảy", "Chủ nhật")
FEATURED: Final = (TWIN[0], "408840", "401963")
NOTICES: Final = ("411902", "410655")


def home(stories: Sequence[Story]) -> str:
    """The front page: the newest articles, then the newest of each section."""
    boxes = [_box("Tin mới", _items(stories[:10]))]
    for section, name in section_names().items():
        newest = [story for story in stories if story.section == section][:3]
        boxes.append(_box(f'<a href="/{section}">{name}</a>', _links(newest)))
    return shell("".join(boxes), stories)


def listing(section: str, page: int, pages: int, shown: Sequence[Story], stories: Sequence[Story]) -> str:
    """One page of a section's list, with its pager; the link onward is there even on the last page."""
    numbers = "".join(f'<a href="/{section}?pageindex={n}">{n + 1}</a> ' for n in range(pages))
    onward = f'<a href="/{section}?pageindex={page + 1}">Trang sau</a>'
    table = _documents(shown) if shown and shown[0].document else _items(shown)
    name = section_names()[section]
    return shell(f'{_path(section)}{_box(name, table)}<div class="Pager">{numbers}{onward}</div>', stories)


def article(story: Story, related: Sequence[Story], stories: Sequence[Story]) -> str:
    """The page of one article."""
    others = "".join(
        f'<li><a href="{other.path}?pageindex=0">{escape(other.title)}</a> <span>({other.published:%d/%m/%Y})</span></li>'
        for other in related
    )
    saved = f'<div class="LastUpdate">Cập nhật: {story.updated:%d/%m/%Y %H:%M}</div>' if story.updated else ""
    return shell(
        f"{_path(story.section)}{_head(story)}"
        f'<div class="ViewCount">Lượt xem: %VIEWS%</div>'
        f'<div class="ArticleSummary">{lead(story)}</div>'
        f'<div class="ArticleContent">{body(story)}</div>'
        f"{_attachments(story)}"
        f'<div class="ArticleTools"><a href="{story.path}?print=1">In bài viết</a></div>{saved}'
        f'<div class="ArticleOther"><div class="title">Các tin khác</div><ul>{others}</ul></div>',
        stories,
    )


def printed(story: Story) -> str:
    """The same article for the printer, without menus and columns."""
    return _document(
        f'<div class="PrintView">{_head(story)}<div class="ArticleSummary">{lead(story)}</div>'
        f'<div class="ArticleContent">{body(story)}</div></div>'
    )


def notice(title: str, text: str, stories: Sequence[Story]) -> str:
    """A page that is no article: about the district, the contact, the login, the search, an address not found."""
    return shell(_box(title, f"<p>{text}</p>"), stories)


def shell(middle: str, stories: Sequence[Story]) -> str:
    """A whole page: banner, menus, the columns with their boxes, the middle, the footer."""
    return _document(
        f'<form id="form1"><div class="header"><a href="/"><img src="{UPLOADS}/banner/banner.png" alt="image banner"></a></div>'
        f'{_menu()}<div class="left">{_featured(stories)}{_counter()}</div><div class="center">{middle}</div>'
        f'<div class="right">{_notices(stories)}{_adverts()}{_login()}</div>{_footer()}</form>'
    )


def style() -> str:
    """The style sheet: three columns below a banner, on a background of mountain ridges."""
    return f"""body {{ margin: 0 auto; max-width: 1100px; font: 16px/1.5 Arial, sans-serif; color: #222;
  background: #e8efe9 url("{UPLOADS}/banner/nen.png") repeat-x; }}
#form1 {{ display: grid; grid-template-columns: 12rem 1fr 14rem; gap: 1rem; background: #fff; }}
.header, .menu, .footer {{ grid-column: 1 / -1; }}
.menu {{ display: flex; margin: 0; padding: 0 1rem; list-style: none; background: #1f6b45; }}
.menu a {{ padding: .5rem .75rem; color: #fff; text-decoration: none; }}
.menu ul {{ display: none; }}
.ArticleSummary {{ font-weight: bold; }}
.ArticleContent img {{ max-width: 100%; }}
@media print {{ .header, .menu, .left, .right, .footer {{ display: none; }} }}
"""


def _document(content: str) -> str:
    return (
        f'<!DOCTYPE html>\n<html lang="vi"><head><meta charset="utf-8"><title>{SITE_NAME}</title>'
        f'<meta name="viewport" content="width=device-width"><link rel="stylesheet" href="{STYLE}"></head>\n'
        f"<body>{content}</body></html>\n"
    )


def _menu() -> str:
    """The menu, each entry of which stands there twice."""
    entries = {"/": "Trang chủ", "/gioi-thieu": "Giới thiệu"}
    entries |= {f"/{section}": name for section, name in section_names().items()}
    entries |= {"/lien-he": "Liên hệ", "/tim-kiem?tu-khoa=": "Tìm kiếm"}
    links = (f'<a href="{path}"><span>{name}</span></a>' for path, name in entries.items())
    return '<ul class="menu">' + "".join(f"<li>{link}<ul><li>{link}</li></ul></li>" for link in links) + "</ul>"


def _path(section: str) -> str:
    return f'<div class="path"><a href="/">Trang chủ</a> » <a href="/{section}">{section_names()[section]}</a></div>'


def _head(story: Story) -> str:
    day = WEEKDAYS[story.published.weekday()]
    return (
        f'<div class="ArticleHeader">{escape(story.title)}</div>'
        f'<div class="PostDate">{day}, {story.published:%d/%m/%Y | %H:%M}</div>'
    )


def _attachments(story: Story) -> str:
    if story.document is None:
        return ""
    links = "".join(f'<li><a href="{file.href}">{file.label}</a></li>' for file in story.document.files)
    return f'<div class="ArticleAttachment"><span>Tệp đính kèm:</span><ul>{links}</ul></div>'


def _items(stories: Sequence[Story]) -> str:
    items = (
        f'<li><div class="Title"><a href="{story.path}">{escape(story.title)}</a></div>'
        f'<div class="Date">{story.published:%d/%m/%Y %H:%M}</div><div class="Summary">{lead(story)}</div></li>'
        for story in stories
    )
    return f'<ul class="ArticleList">{"".join(items)}</ul>'


def _links(stories: Sequence[Story]) -> str:
    items = (f'<li><a href="{story.path}">{escape(story.title)}</a></li>' for story in stories)
    return f'<ul class="ArticleInMenu">{"".join(items)}</ul>'


def _documents(stories: Sequence[Story]) -> str:
    rows = "".join(
        f'<tr><td>{story.document.number}</td><td><a href="{story.path}">{escape(story.title)}</a></td>'
        f"<td>{story.published:%d/%m/%Y}</td></tr>"
        for story in stories
        if story.document
    )
    head = "<tr><th>Số ký hiệu</th><th>Trích yếu</th><th>Ngày ban hành</th></tr>"
    return f'<table class="DocumentList">{head}{rows}</table>'


def _box(title: str, content: str, kind: str = "Article") -> str:
    """A module box, as every piece of a page is one."""
    return (
        f'<div class="{kind}Control"><div class="title">{title}</div><div class="ModuleContent">{content}</div></div>'
    )


def _featured(stories: Sequence[Story]) -> str:
    """The box "Tin nổi bật", which links one article under another section than its own."""
    chosen = sorted((story for story in stories if story.id in FEATURED), key=lambda story: FEATURED.index(story.id))
    paths = (story.path_in(TWIN[1]) if story.id == TWIN[0] else story.path for story in chosen)
    links = "".join(
        f'<li><a href="{path}">{escape(story.title)}</a></li>' for path, story in zip(paths, chosen, strict=True)
    )
    return _box("Tin nổi bật", f"<ul>{links}</ul>", "ArticleInMenu")


def _counter() -> str:
    lines = "Đang trực tuyến: %ONLINE%<br>Hôm nay: %TODAY%<br>Tổng lượt truy cập: %TOTAL%"
    return _box("Thống kê truy cập", lines, "OnlineCounter")


def _notices(stories: Sequence[Story]) -> str:
    links = "".join(
        f'<li><a href="{story.path}">{escape(story.title)}</a> <span>({story.published:%d/%m/%Y})</span></li>'
        for story in stories
        if story.id in NOTICES
    )
    return _box("THÔNG BÁO", f"<ul>{links}</ul>", "Announcement")


def _adverts() -> str:
    images = (f'<img src="{UPLOADS}/banner/b{n}.png" alt="image advertisement">' for n in range(4))
    return "".join(f'<div class="AdvertisementControl"><div class="ModuleContent">{i}</div></div>' for i in images)


def _login() -> str:
    return '<div class="LoginControl"><div class="ModuleContent"><a href="/dang-nhap">Đăng nhập</a></div></div>'


def _footer() -> str:
    return (
        '<div class="footer">CỔNG THÔNG TIN ĐIỆN TỬ HUYỆN MƯỜNG MẪU<br>Cơ quan chủ quản: UBND huyện Mường Mẫu<br>'
        "Chịu trách nhiệm nội dung: Vi Thanh Hòa - Chủ tịch UBND huyện<br>"
        "Cơ quan thường trực: Phòng Văn hóa - Thông tin huyện Mường Mẫu<br>"
        "Trụ sở: Khối 3, thị trấn Mường Khe, huyện Mường Mẫu, tỉnh Nghệ An<br>"
        "Điện thoại: (0238) 3 000 113 - Email: congthongtin@muongmau.example</div>"
    )
