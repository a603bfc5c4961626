"""Notices of closing: the many ways in which a portal says that it ends, and what only sounds like it."""

import pytest

from kyson_crawler import portal as portals
from kyson_crawler.watch.notices import notice

TOML = 'name = "Cổng thông tin điện tử huyện Kỳ Sơn"\ndistrict = "Kỳ Sơn"\nseeds = ["http://a.example/"]\npage_hosts = ["a.example"]\n'
KY_SON = portals.parse(TOML, slug="ky-son", origin="test")
TOWN = portals.parse(
    TOML.replace("huyện Kỳ Sơn", "Sở Y tế").replace('district = "Kỳ Sơn"\n', ""), slug="so", origin="test"
)

CLOSES = [
    "Cổng thông tin điện tử huyện Kỳ Sơn ngừng hoạt động từ ngày 01/7/2025.",
    "Trang thông tin điện tử này đã dừng cập nhật tin bài kể từ 0 giờ ngày 01/7/2025",
    "THÔNG BÁO: TRANG THÔNG TIN ĐIỆN TỬ HUYỆN KỲ SƠN CHÍNH THỨC KẾT THÚC HOẠT ĐỘNG",
    "Website không còn được cập nhật, quý bạn đọc vui lòng theo dõi trang của xã.",
    "Trang web này sẽ chấm dứt hoạt động sau khi kết thúc mô hình cấp huyện.",
    "Cổng TTĐT huyện nhà sẽ không tiếp tục duy trì sau ngày 30/6.",
    "Cổng thông tin điện tử huyện Kỳ Sơn đã sáp nhập vào Cổng thông tin điện tử tỉnh Nghệ An.",
    "Cổng thông tin điện tử huyện được hợp nhất với cổng của các xã mới.",
    "Trang thông tin điện tử chuyển sang địa chỉ mới: https://muongxen.example.vn",
    "Kể từ ngày 1/7, Cổng thông tin điện tử chuyển đổi sang tên miền muongxen.example.vn",
    "Địa chỉ mới của Trang thông tin điện tử xã Mường Xén",
    "Website đã chuyển về www.nghean.example, mời bà con truy cập.",
    "Từ ngày 1/7/2025, UBND huyện Kỳ Sơn kết thúc hoạt động, bàn giao cho các xã.",
    "Huyện Kỳ Sơn chính thức kết thúc sứ mệnh lịch sử sau hơn 60 năm",
    "Cả nước chấm dứt hoạt động của đơn vị hành chính cấp huyện",
    "Kết thúc việc tổ chức chính quyền cấp huyện từ 1/7",
    "Hội nghị tổng kết trước khi bỏ cấp huyện",
    "Nghị quyết về không tổ chức đơn vị hành chính cấp huyện",
]
SOUNDS_LIKE = [
    "Cổng thông tin điện tử tạm ngừng hoạt động để bảo trì từ 20h đến 22h ngày 12/3.",
    "Cổng thông tin điện tử huyện Con Cuông ngừng hoạt động từ ngày 01/7/2025.",
    "Cổng thông tin điện tử tỉnh Nghệ An chuyển sang tên miền mới",
    "Cổng Dịch vụ công của tỉnh dừng hoạt động, chuyển sang Cổng Dịch vụ công quốc gia.",
    "Trang thông tin điện tử đưa tin về việc sáp nhập vào xã mới của hai thôn.",
    "UBND huyện Kỳ Sơn yêu cầu chợ Mường Xén ngừng hoạt động để phòng dịch.",
    "UBND huyện Kỳ Sơn đình chỉ cơ sở khai thác cát ngừng hoạt động trái phép.",
    "Trung tâm Y tế huyện chuyển sang địa chỉ mới tại khối 4, thị trấn Mường Xén.",
    "Tập huấn cho cán bộ cấp huyện và cấp xã",
    "Bộ Công an cảnh báo website giả mạo cổng thông tin đã bị dừng hoạt động.",
    "Cổng thông tin điện tử huyện Kỳ Sơn hoạt động trở lại",
    "Cổng thông tin điện tử huyện Kỳ Sơn thay đổi giao diện mới",
    "Huyện Kỳ Sơn chuyển đổi số: mời truy cập trang thông tin điện tử",
    "Cơ quan chủ quản: UBND huyện Kỳ Sơn. Trang thông tin điện tử huyện Kỳ Sơn. Đang hoạt động.",
    "Trường Mầm non Huồi Tụ chuyển đổi sang trường mới",
    "",
]


@pytest.mark.parametrize("text", CLOSES)
def test_a_notice_of_closing_is_recognised_however_it_is_worded(text):
    assert notice(["Tin tức", text], KY_SON) == text


@pytest.mark.parametrize("text", SOUNDS_LIKE)
def test_what_rests_for_a_night_or_is_said_of_others_is_no_notice_of_closing(text):
    assert notice([text], KY_SON) is None


def test_the_end_of_the_districts_ends_only_the_portals_of_districts():
    assert notice(["Cả nước chấm dứt hoạt động của đơn vị hành chính cấp huyện"], TOWN) is None


def test_only_the_sentence_that_says_so_is_told():
    text = "Kính gửi bạn đọc! Trang thông tin điện tử ngừng cập nhật từ ngày mai. Xin cảm ơn."
    assert notice([text], KY_SON) == "Trang thông tin điện tử ngừng cập nhật từ ngày mai."


def test_hostile_text_takes_no_time():
    assert notice(["cổng thông tin " * 5_000, "website " * 40 + "chuyển " * 10, "huyện " * 60], KY_SON) is None
