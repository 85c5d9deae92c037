"""The words of a message, in the language of its reader.

The shipped words are in `messages.json`: by BCP 47 tag `sms`, `email_subject` and `email_text`, with the placeholders
`{code}`, `{minutes}` and `{app_name}`. They name the service, say how long the code lives and to share it with nobody.
`lasting_sms` and `lasting_email_text` are for codes that live for hours: they do not say how long.
"""

import html
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from cognito_otp import email_html, locales

Words = Mapping[str, str]

_PLACEHOLDER = re.compile(r"\{(code|minutes|app_name)\}")
_LAST_RESORT = "en"
_ON_THE_WAY = 15  # seconds that a request may take to get here without a minute less being told
_LASTING = 3600  # seconds; whoever has longer need not hurry, and hundreds of minutes help nobody
_SHIPPED: Mapping[str, Words] = json.loads(Path(__file__).with_name("messages.json").read_text(encoding="utf-8"))


@dataclass(frozen=True)
class Message:
    """What is sent: `text` on every channel; `subject` and `html` where the channel has them."""

    subject: str
    text: str
    html: str | None = None


class Messages:
    """Composes messages.

    A locale's words come from the first of these that has them: for each tag that serves the user's locale (see
    `locales.lookup`), the override, then what is shipped; the same for the default locale; English.

    Args:
        app_name: the service's name as people know it.
        default_locale: for users without a locale, or with one that there are no words for.
        overrides: by BCP 47 tag any of `sms`, `email_subject`, `email_text` and `email_html`.
        web_otp_domain: host name of the web site that may read the code out of an SMS.
        android_app_hash: 11 characters that tell Android which app may read the SMS.
    """

    def __init__(
        self,
        app_name: str,
        default_locale: str,
        overrides: Mapping[str, Words],
        *,
        web_otp_domain: str | None = None,
        android_app_hash: str | None = None,
    ) -> None:
        self._app_name = app_name
        self._default_locale = default_locale
        self._web_otp_domain = web_otp_domain
        self._android_app_hash = android_app_hash
        self._words: dict[str, list[tuple[str, Words]]] = {}
        for by_tag in (overrides, _SHIPPED):
            for tag, words in by_tag.items():
                self._words.setdefault(tag.lower(), []).append((tag, words))

    def compose(self, channel: str, code: str, ttl: int, locale: str | None) -> Message:
        """Return the message that carries a code.

        Args:
            channel: `"sms"` or `"email"`.
            code: digits.
            ttl: what is left of the code's life in seconds, told in whole minutes.
            locale: the user's, free text.
        """
        values = self._values(code, ttl)
        if channel == "sms":
            return Message("", "\n".join([self._sms(values, locale), *self._lines_for_machines(code)]))
        return self._email(values, locale)

    def around(self, channel: str, placeholder: str, ttl: int, locale: str | None) -> Message:
        """Return the message for a code that Cognito makes and puts in a placeholder's place.

        Without the lines for machines. A code that lives for more than an hour has words that do not say how long,
        where they are shipped; words of the caller's own are as they are.

        Args:
            channel: `"sms"` or `"email"`.
            placeholder: what Cognito replaces, e.g. `"{####}"`.
            ttl: the code's life in seconds.
            locale: the user's, free text.
        """
        values, is_lasting = self._values(placeholder, ttl), ttl > _LASTING
        if channel == "sms":
            return Message("", self._sms(values, locale, is_lasting=is_lasting))
        return self._email(values, locale, is_lasting=is_lasting)

    def _values(self, code: str, ttl: int) -> Mapping[str, str]:
        return {"code": code, "minutes": str(max(1, (ttl + _ON_THE_WAY) // 60)), "app_name": self._app_name}

    def _sms(self, values: Mapping[str, str], locale: str | None, *, is_lasting: bool = False) -> str:
        _, template = self._find("sms", locale, is_lasting=is_lasting)
        return _fill(template, values)

    def _lines_for_machines(self, code: str) -> Iterator[str]:
        # Android's SMS Retriever asks that the message include the hash (an earlier edition of its guide: that it end
        # with it, https://developers.google.com/identity/sms-retriever/verify). WebOTP asks for its own line at the
        # end; those before are explanatory text (https://wicg.github.io/sms-one-time-codes/#authoring). So in this
        # order both find theirs.
        if self._android_app_hash:
            yield self._android_app_hash
        if self._web_otp_domain:
            yield f"@{self._web_otp_domain} #{code}"

    def _email(self, values: Mapping[str, str], locale: str | None, *, is_lasting: bool = False) -> Message:
        _, subject_template = self._find("email_subject", locale)
        language, text_template = self._find("email_text", locale, is_lasting=is_lasting)
        subject, text = _fill(subject_template, values), _fill(text_template, values)
        own = self._own_html(locale)
        if own is None:
            return Message(subject, text, email_html.document(language, subject, text, values["code"]))
        return Message(subject, text, _fill(own, {name: html.escape(value) for name, value in values.items()}))

    def _own_html(self, locale: str | None) -> str | None:
        """Return the HTML that goes with the text: beside it or nearer to the locale, never another language's."""
        for _, words in self._candidates(locale):
            if words.get("email_html"):
                return words["email_html"]
            if words.get("email_text"):
                break
        return None

    def _find(self, part: str, locale: str | None, *, is_lasting: bool = False) -> tuple[str, str]:
        """Return a part's words and the tag that they stand under; what is shipped for English has every part."""
        tag, words = next((tag, words) for tag, words in self._candidates(locale) if words.get(part))
        return tag, (words.get(f"lasting_{part}") if is_lasting else None) or words[part]

    def _candidates(self, locale: str | None) -> Iterator[tuple[str, Words]]:
        for wanted in (locale, self._default_locale, _LAST_RESORT):
            for tag in locales.lookup(wanted):
                yield from self._words.get(tag, [])


def _fill(template: str, values: Mapping[str, str]) -> str:
    """Put values in the place of the placeholders, all at once: no value is looked into, other braces stay."""
    return _PLACEHOLDER.sub(lambda found: values[found[1]], template)
