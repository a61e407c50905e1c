"""Tags that are worked out once say what Django's say."""

from __future__ import annotations

from typing import Any

import pytest
from django.template import Context, Engine, Template
from django.urls import NoReverseMatch, set_script_prefix
from django.utils import translation

from foundation.ui.addresses import address_of
from foundation.ui.templatetags.folded import Constant, Sentence

_I18N = "django.templatetags.i18n"
PLAIN = Engine(builtins=[_I18N])
FOLDED = Engine(builtins=[_I18N, "foundation.ui.templatetags.folded"])

CASES = {
    "a word": "{% translate 'Sign out' %}",
    "kept under a name": "{% translate 'Sign out' as said %}[{{ said }}]",
    "one word of two meanings": "{% translate 'Answer' context 'a request' %}",
    "a percent sign": "{% translate '50%% of all' %}",
    "markup in a text": "{% translate '<b>' %}",
    "of a value": "{% translate word %}",
    "filtered": "{% translate 'sign out'|upper %}",
    "not translated": "{% translate 'Sign out' noop %}",
    "a sentence": "{% blocktranslate %}Sign out{% endblocktranslate %}",
    "with a value": "{% blocktranslate with n=count %}entry No. {{ n }}{% endblocktranslate %}",
    "trimmed": "{% blocktranslate trimmed %}\n  Sign\n  out\n{% endblocktranslate %}",
    "with values of the page": "{% blocktranslate %}{{ markup }} and {{ lazy }} and {{ nothing }}{% endblocktranslate %}",
    "counted": "{% blocktranslate count n=count %}{{ n }} credit{% plural %}{{ n }} credits{% endblocktranslate %}",
    "about something": "{% blocktranslate context 'a request' %}Answer{% endblocktranslate %}",
    "kept sentence": "{% blocktranslate asvar said with n=markup %}a {{ n }}{% endblocktranslate %}[{{ said }}]",
    "percents": "{% blocktranslate %}100% of {{ count }}{% endblocktranslate %}",
    "without escaping": "{% autoescape off %}{% blocktranslate %}{{ markup }}{% endblocktranslate %}{% endautoescape %}",
    "an address": "{% url 'public:catalogue' %}",
    "an address under a name": "{% url 'public:catalogue' as where %}[{{ where }}]",
    "no address under a name": "{% url 'public:nowhere' as where %}[{{ where }}]",
    "an address with a number": "{% url 'public:event' count %}",
    "an address of a value": "{% url name %}",
}
VALUES: dict[str, Any] = {
    "word": "Sign out",
    "count": 1234,
    "markup": "<i>",
    "lazy": translation.gettext_lazy("Sign out"),
    "name": "public:catalogue",
}


@pytest.mark.parametrize("source", CASES.values(), ids=CASES.keys())
def test_a_tag_says_what_djangos_says_in_each_language_every_time(source: str) -> None:
    plain, ours = Template(source, engine=PLAIN), Template(source, engine=FOLDED)

    for language in ("ru", "en", "ru"):
        with translation.override(language):
            for values in (VALUES, {**VALUES, "count": 1, "markup": "&"}):
                assert ours.render(Context(values)) == plain.render(Context(values))


def test_a_word_is_looked_up_once_for_a_language() -> None:
    template = Template("{% translate 'Sign out' %}{% blocktranslate %}Sign out{% endblocktranslate %}", engine=FOLDED)

    for language in ("ru", "en"):
        with translation.override(language):
            template.render(Context())

    word, sentence = template.nodelist
    assert isinstance(word, Constant)
    assert isinstance(sentence, Sentence)
    assert word.said == sentence.found == {"ru": "Выйти из системы", "en": "Sign out"}


def test_a_sentence_whose_translation_does_not_fit_is_said_in_english() -> None:
    template = Template("{% blocktranslate %}entry {{ count }}{% endblocktranslate %}", engine=FOLDED)
    sentence = template.nodelist[0]
    assert isinstance(sentence, Sentence)
    sentence.found["ru"] = "запись %(number)s"

    with translation.override("ru"):
        assert template.render(Context({"count": 7})) == "entry 7"


@pytest.mark.parametrize("tag", ["{% url 'public:catalogue' %}", "{% url 'public:event' 7 %}"])
def test_an_address_depends_on_where_the_portal_is_served(tag: str) -> None:
    template = Template(tag, engine=FOLDED)
    before = template.render(Context())

    set_script_prefix("/nmo/")
    try:
        assert template.render(Context()) == f"/nmo{before}"
    finally:
        set_script_prefix("/")
    assert template.render(Context()) == before


def test_addresses_that_look_alike_are_told_apart() -> None:
    assert [address_of("public:event", number) for number in (1, 2, 1)] == [
        f"/catalogue/events/{n}/" for n in (1, 2, 1)
    ]
    with pytest.raises(NoReverseMatch):
        address_of("public:event", "1x")


def test_an_address_that_is_not_there_is_an_error() -> None:
    with pytest.raises(NoReverseMatch):
        Template("{% url 'public:nowhere' %}", engine=FOLDED).render(Context())
