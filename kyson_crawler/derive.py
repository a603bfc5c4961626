"""What is derived of a captured file: the text of a PDF."""

import asyncio
from pathlib import Path

from archive import warc
from archive.derived import Derived, NoText
from archive.errors import WarcFault
from archive.texts import File
from kyson_crawler.normalise import pdf_text


async def derive(warcs: Path, file: File) -> Derived:
    """The text of a file in the WARCs of a folder, or why it has none; neither reading nor deriving holds up anybody else.

    Raises WarcFault when its record cannot be read back, and OSError when no process can be started.
    """
    if not file.is_whole:
        return Derived(reason=NoText.NOT_WHOLE, software=pdf_text.software())
    record = await asyncio.to_thread(warc.read, warcs, file.warc, file.offset, file.length)
    try:
        body = await asyncio.to_thread(record.content)
    except WarcFault:  # a content coding that is none
        return Derived(reason=NoText.UNREADABLE, software=pdf_text.software())
    return await pdf_text.text_layer(body)
