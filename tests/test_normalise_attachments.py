import pytest

from kyson_crawler.items import ArticleItem, AttachmentItem
from kyson_crawler.normalise import article
from kyson_crawler.normalise.attachments import is_file
from tests.markup import fragment


@pytest.mark.parametrize(
    "href",
    [
        "/a.pdf",
        "/VanBan/K%E1%BA%BF ho%E1%BA%A1ch.DOCX?v=1",
        "http://a.example/UploadFile/Bieu 7- Danh gia (2010).doc",
        "/laws/detail/x/?download=1&id=0",
        "/Handlers/DownloadFile.ashx?fileid=7",
        "/bang.xlsx#page=2",
        "/documents/29207512/0/CT_08.pdf/3105b3a2-46e1-419a-b9cc-eefe29435479?t=1558000000000",
        "/Handlers/DownloadFile.ashx?id=7",
        "/van-ban/tai-ve/17",
    ],
)
def test_an_address_of_a_document_is_a_file(href):
    assert is_file(href)


@pytest.mark.parametrize(
    "href",
    [
        "/tin-tuc/ke-hoach-1.html",
        "/anh.jpg",
        "#pdf",
        "",
        "mailto:a@b.pdf",
        "javascript:alert(1)//a.pdf",
        "data:application/pdf;base64,JVBERi0.pdf",
        "http://[/a.pdf",
        "/profile=7",
        "/download/",
        "/tai-ve/huong-dan",
        "/a.pdf/xem",
    ],
)
def test_other_addresses_are_no_files(href):
    assert not is_file(href)


def read(body, *slot):
    url = "http://a.example/van-ban/x-12345"
    return article(ArticleItem(url=url, title="Văn bản", body=fragment(f"<p>Một câu.</p>{body}"), attachments=slot))


def test_a_file_is_absolute_escaped_and_labelled():
    (file,) = read('<p>Kèm theo: <a href="../tep/Phu luc 1.pdf"> Phụ&nbsp; lục 1 </a></p>').attachments
    assert (file.href, file.label) == ("http://a.example/tep/Phu%20luc%201.pdf", "Phụ lục 1")


def test_a_link_called_by_the_name_of_a_file_leads_to_one_whatever_its_address():
    found = read('<p>Kèm theo: <a href="/documents/20181/0/abc?version=1.0">Công văn.docx</a></p>')
    assert [(file.href, file.label) for file in found.attachments] == [
        ("http://a.example/documents/20181/0/abc?version=1.0", "Công văn.docx")
    ]
    assert read('<p><a href="/documents/abc">Công văn.docx</a></p>').paragraphs == ("Một câu.",)


@pytest.mark.parametrize("href", ["", "#", "#tep", "javascript:tai(7)", "mailto:a@b.example", "http://["])
def test_a_link_called_by_the_name_of_a_file_that_leads_nowhere_is_none(href):
    assert not read(f'<p>Kèm theo: <a href="{href}">Công văn.docx</a></p>').attachments


def test_a_file_linked_twice_is_one_however_its_address_is_written():
    slot = AttachmentItem(href="/tep/Kế hoạch.pdf", label="")
    (file,) = read('<a href="http://a.example/tep/K%E1%BA%BF%20ho%E1%BA%A1ch.pdf">Kế hoạch</a>', slot).attachments
    assert file.label == "Kế hoạch"


@pytest.mark.parametrize(
    "frame",
    [
        '<iframe src="/tep/kh.pdf"></iframe>',
        '<embed src="../tep/kh.pdf" type="application/pdf">',
        '<object data="http://a.example/tep/kh.pdf"></object>',
        '<iframe src="https://docs.google.com/gview?url=http://a.example/tep/kh.pdf&amp;embedded=true"></iframe>',
        '<iframe src="/viewer.html?file=%2Ftep%2Fkh.pdf"></iframe>',
        '<a href="/viewer.html?file=/tep/kh.pdf">Xem</a>',
    ],
)
def test_a_file_shown_in_a_frame_or_viewer_is_offered(frame):
    assert [file.href for file in read(frame).attachments] == ["http://a.example/tep/kh.pdf"]


@pytest.mark.parametrize(
    "frame",
    [
        '<iframe src="https://www.youtube.com/embed/x"></iframe>',
        '<iframe src="http://[/?url=a.pdf"></iframe>',
        "<iframe></iframe>",
    ],
)
def test_other_frames_offer_nothing(frame):
    assert read(frame).attachments == ()


def test_a_viewer_never_leads_to_a_script():
    (file,) = read('<iframe src="/viewer.html?file=javascript:alert(1)//a.pdf"></iframe>').attachments
    assert file.href.startswith("http://a.example/viewer.html?")


@pytest.mark.parametrize(
    "line",
    [
        'Xem chi tiết <a href="/a.pdf">tại đây</a>',
        '<a href="/a.pdf">Tải về</a>',
        '<a href="/a.pdf">Phu luc 1.pdf</a>',
        '<a href="/K%E1%BA%BF%20ho%E1%BA%A1ch.pdf">Kế hoạch.pdf</a>',
        'File đính kèm: <a href="/a.doc">tại đây.</a>',
        'Xem chi tiết <a href="/">tại đây</a>',
    ],
)
def test_words_that_only_point_to_a_file_are_no_paragraph(line):
    assert read(f"<p>{line}</p>").paragraphs == ("Một câu.",)


@pytest.mark.parametrize(
    "line",
    [
        'Theo <a href="/a.pdf">Kế hoạch số 58/KH-UBND</a>, huyện sẽ tiêm phòng đợt 1.',
        '<a href="/a.pdf">Kế hoạch tiêm phòng đợt 1 năm 2022</a>',
        "Xem chi tiết tại đây",
    ],
)
def test_words_that_say_something_stay_in_the_text(line):
    assert len(read(f"<p>{line}</p>").paragraphs) == 2


def test_a_pointer_of_many_dots_is_judged_at_once():
    assert len(read(f'<p><a href="/a.pdf">{"." * 100_000}x</a></p>').paragraphs) == 2
