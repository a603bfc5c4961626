import asyncio
import multiprocessing
import os
import pickle
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from kyson_crawler import portal
from kyson_crawler.reading.furniture import Attention
from kyson_crawler.reading.reader import LARGEST, Reader
from kyson_crawler.reading.reading_process import ReadingFailed
from kyson_crawler.reading.seen import Answer

TARGET = portal.ad_hoc("http://kyson.example/")
STORY = "Sáng nay, tại bản Xốp Tụ, bà con đã góp công dựng lại chiếc cầu treo bị lũ cuốn trôi từ tháng trước. "

READS_APART = """
import asyncio, multiprocessing
from kyson_crawler import portal
from kyson_crawler.reading.furniture import Attention
from kyson_crawler.reading.reader import Reader
from kyson_crawler.reading.seen import Answer
async def main():
    reader = Reader(portal.ad_hoc('http://kyson.example/'), here=0)
    answer = Answer(url='http://kyson.example/a', body=b'%PDF', content_type='application/pdf', cms=None)
"""


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
        READS_APART + "    for _ in range(2):\n"
        "        print((await reader.read(answer, Attention())).fault)\n"
        "    reader.close()\n"
        "asyncio.run(main())\n"
    )
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, timeout=60)
    assert done.stdout.splitlines() == ["not a page but application/pdf"] * 2


def test_the_end_of_a_crawl_cancels_what_is_being_read_and_starts_no_other_process():
    async def closed_meanwhile():
        reader = Reader(TARGET, here=0)
        await reader.read(answer(0), Attention())
        waiting = [asyncio.create_task(reader.read(answer(number), Attention())) for number in range(1, 5)]
        await asyncio.sleep(0)
        reader.close()
        found = await asyncio.gather(*waiting, return_exceptions=True)
        return [type(one) for one in found], multiprocessing.active_children()

    assert asyncio.run(closed_meanwhile()) == ([asyncio.CancelledError] * 4, [])


def test_a_process_that_is_still_starting_when_the_crawl_ends_is_ended_too():
    async def closed_at_once():
        reader = Reader(TARGET, here=0)
        waiting = asyncio.create_task(reader.read(answer(0), Attention()))
        await asyncio.sleep(0)
        reader.close()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        return multiprocessing.active_children()

    assert asyncio.run(closed_at_once()) == []


def test_what_cannot_be_handed_over_leaves_the_answers_of_others_in_their_order():
    async def with_one_that_cannot():
        reader = Reader(TARGET, here=0)
        broken = Answer(url="http://kyson.example/a", body=lambda: b"", content_type="text/html", cms=None)
        reader.is_apart = lambda answer: True
        try:
            return await asyncio.gather(
                *(reader.read(one, Attention()) for one in (answer(0), broken, answer(1))), return_exceptions=True
            )
        finally:
            reader.close()

    first, failed, last = asyncio.run(with_one_that_cannot())
    assert [seen.article.title for seen in (first, last)] == ["Dựng lại cầu treo số 0", "Dựng lại cầu treo số 1"]
    assert isinstance(failed, (pickle.PicklingError, AttributeError))


def test_the_process_that_reads_ends_with_the_crawl_however_that_ended(tmp_path):
    script = tmp_path / "killed.py"
    script.write_text(
        READS_APART + "    await reader.read(answer, Attention())\n"
        "    print(multiprocessing.active_children()[0].pid, flush=True)\n"
        "    await asyncio.sleep(60)\n"
        "if __name__ == '__main__':\n"
        "    asyncio.run(main())\n"
    )
    with subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE, text=True) as process:
        reading = int(process.stdout.readline())
        process.kill()
    for _ in range(100):
        if not is_running(reading):
            return
        time.sleep(0.05)
    pytest.fail("it goes on")


def is_running(pid):
    """Whether there is such a process that has not ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0] != "Z"
    except OSError:
        return False
