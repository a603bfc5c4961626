import asyncio
import multiprocessing
import os
import signal
import subprocess
import sys

import pytest

from kyson_crawler import portal
from kyson_crawler.furniture import Attention
from kyson_crawler.reader import LARGEST, Reader
from kyson_crawler.reading_process import ReadingFailed
from kyson_crawler.seen import Answer

TARGET = portal.ad_hoc("http://kyson.example/")
STORY = "Sáng nay, tại bản Xốp Tụ, bà con đã góp công dựng lại chiếc cầu treo bị lũ cuốn trôi từ tháng trước. "


def answer(number, body=None):
    body = body or (
        f"<html><head><title>Dựng cầu treo {number}</title></head><body><h1>Dựng lại cầu treo số {number}</h1>"
        f'<p>{STORY * 3}</p><p>{STORY * 2}</p><a href="/tin/{number + 1}.html">Tin tiếp theo</a></body></html>'
    )
    return Answer(url=f"http://kyson.example/tin/{number}.html", body=body.encode(), content_type="text/html", cms=None)


def read(answers, **how):
    async def all_of_them():
        reader = Reader(TARGET, **how)
        try:
            return await asyncio.gather(*(reader.read(one, Attention()) for one in answers))
        finally:
            reader.close()

    return asyncio.run(all_of_them())


def test_a_page_shows_the_same_wherever_it_is_read():
    answers = [answer(number) for number in range(4)]
    here, apart, partly = read(answers, here=4), read(answers, here=0), read(answers, here=2)
    assert here == apart == partly
    assert [seen.article.title for seen in here] == [f"Dựng lại cầu treo số {number}" for number in range(4)]
    assert all(f"http://kyson.example/tin/{number + 1}.html" in seen.ways.links for number, seen in enumerate(here))
    assert all(seen.ways.prose for seen in here)


def test_only_small_pages_behind_the_first_ones_are_read_apart():
    reader = Reader(TARGET, here=1)
    assert not reader.is_apart(answer(1))
    asyncio.run(reader.read(answer(1), Attention()))
    assert reader.is_apart(answer(2))
    assert not reader.is_apart(answer(3, body="<p>" + "x" * LARGEST))


def test_what_is_no_page_is_told_by_its_fault_from_another_process_too():
    (seen,) = read(
        [Answer(url="http://kyson.example/a", body=b"%PDF-1.4", content_type="application/pdf", cms=None)], here=0
    )
    assert "not a page" in seen.fault


def test_an_error_of_our_own_comes_back_from_another_process():
    broken = Answer(url="http://kyson.example/a", body="not bytes", content_type="text/html", cms=None)
    with pytest.raises(ReadingFailed, match="TypeError") as failed:
        read([broken], here=0)
    assert "in decode" in failed.value.__notes__[0]


def test_pages_are_read_again_when_the_process_that_reads_them_is_killed():
    async def killed_meanwhile():
        reader = Reader(TARGET, here=0)
        try:
            await reader.read(answer(0), Attention())
            (child,) = multiprocessing.active_children()
            os.kill(child.pid, signal.SIGKILL)
            return await asyncio.gather(*(reader.read(answer(number), Attention()) for number in range(1, 4)))
        finally:
            reader.close()

    found = asyncio.run(killed_meanwhile())
    assert [seen.article.title for seen in found] == [f"Dựng lại cầu treo số {number}" for number in range(1, 4)]


def test_a_script_that_crawls_when_it_is_imported_reads_its_pages_itself(tmp_path):
    script = tmp_path / "crawls.py"
    script.write_text(
        "import asyncio\n"
        "from kyson_crawler import portal\n"
        "from kyson_crawler.furniture import Attention\n"
        "from kyson_crawler.reader import Reader\n"
        "from kyson_crawler.seen import Answer\n"
        "async def main():\n"
        "    reader = Reader(portal.ad_hoc('http://kyson.example/'), here=0)\n"
        "    answer = Answer(url='http://kyson.example/a', body=b'%PDF', content_type='application/pdf', cms=None)\n"
        "    for _ in range(2):\n"
        "        print((await reader.read(answer, Attention())).fault)\n"
        "    reader.close()\n"
        "asyncio.run(main())\n"
    )
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, timeout=60)
    assert done.stdout.splitlines() == ["not a page but application/pdf"] * 2
