"""What a message says, in which language, and what it is made of."""

import html.parser
import json
import re
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cognito_otp import email_html, locales
from cognito_otp import messages as module
from cognito_otp.messages import Messages
from cognito_otp.sms_segments import segments
from dev.package import ROOT

SHIPPED = json.loads(Path(module.__file__).with_name("messages.json").read_text(encoding="utf-8"))
WANTED = [
    "ar",
    "de",
    "en",
    "es",
    "fr",
    "hi",
    "id",
    "it",
    "ja",
    "ko",
    "nl",
    "pl",
    "pt",
    "ru",
    "tr",
    "uk",
    "zh",
    "zh-Hant",
]
CODE = "012345"


def compose(channel, locale, *, overrides=None, app_name="Example", default="en", ttl=300, code=CODE, **more):
    return Messages(app_name, default, overrides or {}, **more).compose(channel, code, ttl, locale)


# What is shipped


def test_the_languages_most_people_read_are_shipped():
    assert set(WANTED) <= set(SHIPPED)
    assert list(SHIPPED) == sorted(SHIPPED)


@pytest.mark.parametrize("locale", SHIPPED)
def test_a_shipped_language_has_every_part_with_its_placeholders(locale):
    words = SHIPPED[locale]
    assert set(words) == {"sms", "lasting_sms", "email_subject", "email_text", "lasting_email_text"}
    for part in ("sms", "email_text"):
        assert {"{code}", "{minutes}", "{app_name}"} == set(re.findall(r"\{.*?\}", words[part]))
        assert {"{code}", "{app_name}"} == set(re.findall(r"\{.*?\}", words[f"lasting_{part}"]))
        assert [words[name].count("{code}") for name in (part, f"lasting_{part}")] == [1, 1]
    assert set(re.findall(r"\{.*?\}", words["email_subject"])) == {"{app_name}"}
    assert "\n" not in words["sms"] + words["email_subject"]


@pytest.mark.parametrize("locale", SHIPPED)
def test_shipped_words_are_normalised_as_terraform_would(locale):
    for text in SHIPPED[locale].values():
        assert unicodedata.normalize("NFC", text) == text


@pytest.mark.parametrize("locale", SHIPPED)
def test_a_shipped_sms_begins_with_the_code_and_takes_one_segment(locale):
    text = compose("sms", locale, app_name="A" * 20, code="9876543210", ttl=600).text
    assert text.split()[0] == "9876543210"
    assert "A" * 20 in text
    assert "10" in text.removeprefix("9876543210")
    assert segments(text).segments == 1, segments(text)


@pytest.mark.parametrize("locale", SHIPPED)
def test_a_shipped_email_says_the_same_in_text_and_html(locale):
    message = compose("email", locale, ttl=420)
    assert message.text.split("\n\n")[0] == CODE
    assert "Example" in message.subject
    assert CODE not in message.subject
    assert "Example" in message.text
    assert "7" in message.text.replace(CODE, "")
    assert shown(message.html) == message.text.split("\n\n")


@pytest.mark.parametrize("locale", SHIPPED)
@pytest.mark.parametrize("channel", ["sms", "email"])
def test_no_placeholder_is_left(channel, locale):
    message = compose(channel, locale)
    for text in (message.subject, message.text, message.html or ""):
        assert not re.search(r"\{|\}", text)


def test_english():
    assert compose("sms", "en").text == "012345 is your Example code. It expires in 5 min. Do not share it with anyone."
    assert compose("sms", "en").subject == ""
    assert compose("sms", "en").html is None
    assert compose("email", "en").subject == "Your Example code"


@pytest.mark.parametrize(
    ("ttl", "minutes"), [(60, "1"), (104, "1"), (120, "2"), (284, "4"), (285, "5"), (300, "5"), (600, "10"), (1, "1")]
)
def test_minutes_are_whole_and_forgive_the_seconds_on_the_way(ttl, minutes):
    assert compose("sms", None, overrides={"en": {"sms": "{code} {minutes}"}}, ttl=ttl).text == f"{CODE} {minutes}"


# Which language


@pytest.mark.parametrize(
    ("locale", "tags"),
    [
        (None, [""]),
        ("", [""]),
        ("de", ["de"]),
        ("de-AT", ["de-at", "de"]),
        ("de_AT", ["de-at", "de"]),
        (" DE-at ", ["de-at", "de"]),
        ("de_DE.UTF-8@euro", ["de-de", "de"]),
        ("de-CH-1996", ["de-ch-1996", "de-ch", "de"]),
        ("zh-Hant-CN-x-private1-private2", ["zh-hant-cn-x-private1-private2", "zh-hant-cn-x-private1", "zh-hant-cn", "zh-hant", "zh"]),
        ("en-a-bbb-x-a-ccc", ["en-a-bbb-x-a-ccc", "en-a-bbb", "en"]),
        ("zh-TW", ["zh-tw", "zh-hant-tw", "zh-hant", "zh"]),
        ("zh_HK", ["zh-hk", "zh-hant-hk", "zh-hant", "zh"]),
        ("zh-MO", ["zh-mo", "zh-hant-mo", "zh-hant", "zh"]),
        ("zh-Hant-HK", ["zh-hant-hk", "zh-hk", "zh-hant", "zh"]),
        ("zh-Hans-HK", ["zh-hans-hk", "zh-hans", "zh"]),
        ("zh-CN", ["zh-cn", "zh-hans-cn", "zh-hans", "zh"]),
        ("zh-SG", ["zh-sg", "zh-hans-sg", "zh-hans", "zh"]),
        ("in_ID", ["in-id", "in", "id-id", "id"]),
        ("iw_IL", ["iw-il", "iw", "he-il", "he"]),
        ("no", ["no", "nb"]),
    ],
)  # fmt: skip
def test_lookup(locale, tags):
    assert list(locales.lookup(locale)) == tags


@pytest.mark.parametrize(
    ("locale", "language"),
    [
        ("de", "de"),
        ("de_AT", "de"),
        ("DE-CH", "de"),
        ("zh-TW", "zh-Hant"),
        ("zh-Hant-HK", "zh-Hant"),
        ("zh_CN", "zh"),
        ("zh-Hans", "zh"),
        ("pt-BR", "pt"),
        ("pt-PT", "pt-PT"),
        ("pt-AO", "pt"),
        ("iw", "he"),
        ("nb-NO", "nb"),
        ("ar-EG", "ar"),
        ("tlh", "fr"),
        ("", "fr"),
        (None, "fr"),
        ("Deutsch", "fr"),
        ("-", "fr"),
        ("../de", "fr"),
        ("d\u00e9", "fr"),
        ("*", "fr"),
    ],
)
@pytest.mark.parametrize("channel", ["sms", "email"])
def test_the_language_of_a_locale(channel, locale, language):
    sent = compose(channel, locale, default="fr")
    assert sent.text == compose(channel, language).text
    if channel == "email":
        assert f'<html lang="{language}"' in sent.html


def test_a_default_that_has_no_words_for_a_channel_leaves_english():
    assert compose("sms", "xx", default="tlh").text == compose("sms", "en").text


OVERRIDES = {
    "de": {"sms": "{code} DE", "email_html": "<b>{code} DE</b>"},
    "de-AT": {"email_text": "{code} AT", "sms": None},
    "zh-TW": {"sms": "{code} TW"},
    "tlh": {"sms": "{code} TLH"},
    "en": {"email_subject": "EN", "email_html": "<b>{code} EN</b>"},
}


@pytest.mark.parametrize(
    ("locale", "text"),
    [("de", "DE"), ("de-DE", "DE"), ("de-AT", "DE"), ("zh-Hant-TW", "TW"), ("tlh-001", "TLH"), ("TLH", "TLH")],
)
def test_a_word_of_ones_own_wins_over_a_shipped_one(locale, text):
    assert compose("sms", locale, overrides=OVERRIDES).text == f"{CODE} {text}"


def test_the_default_language_can_be_ones_own():
    assert compose("sms", "xx", overrides=OVERRIDES, default="tlh").text == f"{CODE} TLH"


def test_what_an_override_leaves_out_is_shipped():
    assert compose("email", "de", overrides=OVERRIDES).subject == "Ihr Code für Example"
    assert compose("email", "de", overrides=OVERRIDES).text == compose("email", "de").text
    assert compose("email", "tlh", overrides=OVERRIDES).text == compose("email", "en").text


def test_html_of_ones_own_goes_with_its_own_text_only():
    assert compose("email", "de", overrides=OVERRIDES).html == f"<b>{CODE} DE</b>"
    # The text is Austria's, so the HTML is made of it, though Germany has one.
    at = compose("email", "de-AT", overrides=OVERRIDES)
    assert (at.text, shown(at.html)) == (f"{CODE} AT", [f"{CODE} AT"])
    # A Frenchwoman gets no English HTML beside French text.
    fr = compose("email", "fr", overrides=OVERRIDES)
    assert shown(fr.html) == fr.text.split("\n\n")
    assert compose("email", "xx", overrides=OVERRIDES).html == f"<b>{CODE} EN</b>"


@given(st.text(), st.sampled_from(["sms", "email"]))
def test_no_locale_is_too_strange(locale, channel):
    assert CODE in compose(channel, locale, overrides=OVERRIDES).text


@given(st.lists(st.sampled_from(["zh", "de", "no", "tw", "hant", "x", "a", "", "1", "DE"])).map("-".join))
def test_no_tag_is_too_strange(locale):
    tags = list(locales.lookup(locale))
    assert tags[0] == locale.lower()
    assert compose("sms", locale).text.startswith(CODE)


# Placeholders


def test_values_are_put_in_literally():
    template = "{code} {0} {code.real} {{code}} {Code} %(code)s {app_name}{"
    text = compose("sms", "xx", overrides={"en": {"sms": template}}, app_name="{minutes} {code}").text
    assert text == f"{CODE} {{0}} {{code.real}} {{{CODE}}} {{Code}} %(code)s {{minutes}} {{code}}{{"


# SMS for machines


@pytest.mark.parametrize("android_app_hash", [None, "FA+9qCX9VSu"])
@pytest.mark.parametrize("locale", ["en", "ar", "ja"])
def test_the_last_line_binds_the_code_to_the_site(locale, android_app_hash):
    """https://wicg.github.io/sms-one-time-codes/#parsing: the last line is a marked host, one space and a marked code."""
    text = compose("sms", locale, web_otp_domain="login.example.com", android_app_hash=android_app_hash).text
    *explanation, last = text.split("\n")
    assert re.fullmatch(r"@([^\t\n\f\r ]+) #([^\t\n\f\r ]+)", last).groups() == ("login.example.com", CODE)
    assert explanation == [compose("sms", locale).text, *([android_app_hash] if android_app_hash else [])]


def test_androids_hash_stands_on_a_line_of_its_own():
    assert compose("sms", "en", android_app_hash="FA+9qCX9VSu").text.split("\n")[1:] == ["FA+9qCX9VSu"]


def test_an_email_has_no_lines_for_phones():
    plain = compose("email", "en")
    assert compose("email", "en", web_otp_domain="example.com", android_app_hash="FA+9qCX9VSu") == plain


# HTML


class Document(html.parser.HTMLParser):
    """Reads a document strictly: what opens must close in order."""

    VOID = frozenset({"meta", "br"})

    def __init__(self, text):
        super().__init__()
        self.tags, self.attributes, self.blocks, self._open = [], [], [], []
        self.feed(text)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.attributes += attributes
        if tag not in self.VOID:
            self._open.append(tag)
            self.blocks.append((tag, ""))
        if tag == "br":
            self._say("\n")

    def handle_endtag(self, tag):
        assert self._open.pop() == tag

    def handle_data(self, data):
        if data.strip():
            self._say(data.strip("\n"))

    def _say(self, data):
        tag, text = self.blocks[-1]
        self.blocks[-1] = (tag, text + data)


def shown(text):
    """Return the paragraphs and boxes of a document."""
    return [text.strip() for tag, text in Document(text).blocks if tag in ("p", "td") and text.strip()]


@pytest.mark.parametrize("locale", SHIPPED)
def test_html_loads_nothing_and_keeps_its_style_to_itself(locale):
    document = compose("email", locale).html
    assert not re.search(r"https?:|//|url\(|@import|@font-face|src=|href=|background=", document, re.IGNORECASE)
    assert set(Document(document).tags) <= {"html", "head", "meta", "title", "body", "table", "tr", "td", "p", "br"}


def test_html_is_for_light_and_dark():
    """No colour but one grey: black or white text, and their background, are the client's."""
    document = compose("email", "en").html
    assert '<meta name="color-scheme" content="light dark">' in document
    assert '<meta name="supported-color-schemes" content="light dark">' in document
    assert set(re.findall(r"#[0-9a-f]{3,8}\b|rgba?\(|background", document)) == {"#8a8a8a"}
    assert not re.search(r"(?<![-\w])color:", document)


def test_digits_are_no_phone_number():
    assert '<meta name="format-detection" content="telephone=no">' in compose("email", "en").html


@pytest.mark.parametrize(
    ("language", "direction"),
    [
        ("ar", "rtl"),
        ("he", "rtl"),
        ("fa", "rtl"),
        ("ur-PK", "rtl"),
        ("en", "ltr"),
        ("ru", "ltr"),
        ("AR-eg", "rtl"),
        ("arn", "ltr"),
    ],
)
def test_direction(language, direction):
    document = email_html.document(language, "subject", CODE, CODE)
    assert f'<html lang="{language}" dir="{direction}"' in document
    assert re.search(rf'<td dir="ltr"[^>]*>{CODE}</td>', document)


def test_only_a_paragraph_that_is_the_code_is_a_box():
    text = f"Your code: {CODE}\n\n  {CODE}  \n\t\nline one\nline two\r\n\r\nthe end\n"
    blocks = [block for block in Document(email_html.document("en", "s", text, CODE)).blocks if block[1].strip()]
    assert blocks == [
        ("title", "s"),
        ("p", f"Your code: {CODE}"),
        ("td", CODE),
        ("p", "line one\nline two"),
        ("p", "the end"),
    ]


EVIL = """<script>alert("1")</script>&amp;'"""


@given(st.text(alphabet="<>&\"'a /=;", max_size=30))
def test_no_name_becomes_markup(name):
    document = compose("email", "en", app_name=name).html
    assert set(Document(document).tags) <= {"html", "head", "meta", "title", "body", "table", "tr", "td", "p", "br"}
    assert f"This is your {name} code." in shown(document)[1]


def test_values_are_escaped_in_html_of_ones_own_and_nowhere_else():
    overrides = {"en": {"email_html": "<p title='{app_name}'>{code}</p>", "email_text": "{app_name} {code}"}}
    message = compose("email", "en", overrides=overrides, app_name=EVIL)
    assert message.text == f"{EVIL} {CODE}"
    assert message.subject == f"Your {EVIL} code"
    assert message.html == f"<p title='&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&amp;amp;&#x27;'>{CODE}</p>"


def test_words_of_ones_own_are_escaped_when_html_is_made_of_them():
    document = compose(
        "email", "en", overrides={"en": {"email_text": f"{{code}}\n\n{EVIL}", "email_subject": EVIL}}
    ).html
    assert "script" not in Document(document).tags
    assert shown(document) == [CODE, EVIL]


# Documentation


def test_the_documentation_names_every_shipped_language_with_its_encoding():
    page = (ROOT / "docs" / "messages.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| (.+) \| (GSM-7|UCS-2) \|$", page, re.MULTILINE))
    listed = {locale: encoding for row, encoding in rows.items() for locale in re.findall(r"`([\w-]+)`", row)}
    assert listed == {locale: segments(compose("sms", locale).text).encoding for locale in SHIPPED}
