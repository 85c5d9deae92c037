"""A message as HTML, for mail clients.

Nothing is loaded from anywhere: no picture, font, style sheet or link. Every style stands in its element, because many
clients drop style sheets. No colour is set but one grey that shows on white and on black: the client's own text and
background stay, so the message is as readable in dark mode, whether the client knows media queries, inverts colours by
itself or neither. There is no hidden preview text: a notification shows the message's first words, as for an SMS.
"""

import html
import re

from cognito_otp import locales

_BLANK_LINES = re.compile(r"\n(?:[ \t]*\n)+")

_FONT = "font-family:-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif"
_BODY = f"margin:0;padding:0;{_FONT};font-size:16px;line-height:1.5"
_COLUMN = f"max-width:480px;padding:24px 16px;{_FONT};font-size:16px;line-height:1.5"
_PARAGRAPH = "margin:0 0 16px 0"
# Digits of one width, apart from each other, and in one piece when copied.
_BOX = (
    "padding:16px 24px;border:1px solid #8a8a8a;border-radius:8px;"
    "font-family:Menlo,Consolas,'Courier New',monospace;font-size:32px;line-height:1.2;font-weight:bold;"
    "letter-spacing:4px"
)


def document(language: str, subject: str, text: str, code: str) -> str:
    """Return a complete HTML document that says the same as a plain text.

    Args:
        language: BCP 47 tag of the text.
        subject: the document's title.
        text: paragraphs, with blank lines between them; one that is nothing but the code is shown large.
        code: digits.
    """
    paragraphs = _BLANK_LINES.split(text.replace("\r\n", "\n").strip())
    content = "\n".join(_box(code) if part.strip() == code else _paragraph(part) for part in paragraphs)
    return f"""<!DOCTYPE html>
<html lang="{html.escape(language)}" dir="{locales.direction(language)}" style="color-scheme:light dark">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<meta name="format-detection" content="telephone=no">
<title>{html.escape(subject)}</title>
</head>
<body style="{_BODY}">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0"><tr><td align="center">
<table role="presentation" cellpadding="0" cellspacing="0" border="0" width="100%" style="max-width:480px"><tr>
<td dir="{locales.direction(language)}" style="{_COLUMN}">
{content}
</td>
</tr></table>
</td></tr></table>
</body>
</html>
"""


def _paragraph(text: str) -> str:
    lines = "<br>\n".join(html.escape(line.strip()) for line in text.split("\n"))
    return f'<p style="{_PARAGRAPH}">{lines}</p>'


def _box(code: str) -> str:
    return (
        f'<table role="presentation" cellpadding="0" cellspacing="0" border="0" style="{_PARAGRAPH}"><tr>'
        f'<td dir="ltr" style="{_BOX}">{html.escape(code)}</td></tr></table>'
    )
