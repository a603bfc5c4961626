"""The body of a sample article as CKEditor 5 and pastes from Word leave it."""

import re
from html import escape

from archive.records import Block
from kyson_crawler.sample.source import Picture, Story

NBSP = "&nbsp;"
SPACER = f"<p>{NBSP}</p>"
WORD_SPAN = '<span style="font-family:\'Times New Roman\',serif;font-size:14.0pt;" lang="VI">'


def body(story: Story) -> str:
    """The inside of `div.ArticleContent`: the blocks, then the lines that sign the article."""
    pieces = [_piece(block, story) for block in story.blocks]
    if story.dress == "spaced":
        pieces = [part for piece in pieces for part in (piece, SPACER)]
    if story.byline:
        pieces += [SPACER, f'<p style="text-align:right"><strong>{escape(story.byline)}</strong></p>']
    if story.source:
        pieces.append(f'<p style="text-align:right"><i>Nguồn: {escape(story.source)}</i></p>')
    return "".join(pieces)


def lead(story: Story) -> str:
    """The inside of `div.ArticleSummary`: HTML of its own, empty when the article has no lead."""
    if not story.lead:
        return ""
    if story.dress == "plain":
        return _inline(story.lead)
    return f"<p><strong>{_inline(story.lead)}</strong></p>"


def _piece(block: Block, story: Story) -> str:
    if block.image is not None:
        return _figure(story.pictures[block.image])
    match block.kind:
        case "heading":
            return f"<h{block.level}>{_inline(block.text)}</h{block.level}>"
        case "list":
            return "<ul>" + "".join(f"<li>{_inline(item)}</li>" for item in block.items) + "</ul>"
        case "table":
            return _table(block.rows)
        case "quote":
            return f"<blockquote><p>{_inline(block.text)}</p></blockquote>"
    return _paragraph(block.text, story.dress)


def _paragraph(text: str, dress: str) -> str:
    marked = _inline(text)
    if dress == "justified":
        return f'<p style="text-align:justify">{marked}</p>'
    if dress != "word":
        return f"<p>{marked}</p>"
    # Word begins a new span in mid-sentence wherever the spelling checker or the language changed.
    spans = f"</span>{WORD_SPAN}".join(re.split(r"(?<=,)(?= )", marked, maxsplit=2))
    return f'<p style="text-align:justify;text-indent:36.0pt;">{WORD_SPAN}{NBSP * 3} {spans}{NBSP}</span></p>'


def _figure(picture: Picture) -> str:
    image = f'<img src="{escape(picture.src)}" alt="Anh-tin-bai">'
    caption = escape(picture.caption or "", quote=False)
    figure = f'<figure class="image">{image}</figure>'
    match picture.manner:
        case "strong":
            return f"{figure}<p><strong>{caption}</strong></p>"
        case "nbsp":
            return f'{figure}<p style="text-align:center"><i>{NBSP * 40}{caption}</i></p>'
        case "centred":
            return f'<p style="text-align:center">{image}</p><p style="text-align:center">{caption}</p>'
        case "figcaption":
            return f'<figure class="image">{image}<figcaption>{caption}</figcaption></figure>'
        case "table":
            cells = f"<tr><td>{image}</td></tr><tr><td>{caption}</td></tr>"
            return f'<table align="center" border="0"><tbody>{cells}</tbody></table>'
    return figure


def _table(rows: tuple[tuple[str, ...], ...]) -> str:
    lines = ("".join(f"<td>{_inline(cell)}</td>" for cell in row) for row in rows)
    body = "".join(f"<tr>{cells}</tr>" for cells in lines)
    return f'<figure class="table"><table border="1"><tbody>{body}</tbody></table></figure>'


def _inline(text: str) -> str:
    marked = re.sub(r"\*\*(.+?)\*\*", r"<strong>\1</strong>", escape(text, quote=False))
    return marked.replace(" // ", "<br>")
