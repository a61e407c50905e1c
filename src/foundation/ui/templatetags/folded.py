"""Django's own `url`, `translate` and `blocktranslate`, with what never changes about a tag worked out once.

A page of the cabinet has some thirty words and fourteen addresses; looking them up anew was a sixth of its cost
(docs/decisions/0013). They say the same as Django's, which render whatever is not known beforehand.
"""

from __future__ import annotations

from typing import Any

from django import template
from django.template.base import FilterExpression, Node, Parser, Token, Variable, render_value_in_context
from django.template.context import Context
from django.template.defaulttags import URLNode
from django.template.defaulttags import url as django_url
from django.templatetags.i18n import BlockTranslateNode, TranslateNode, do_block_translate, do_translate
from django.urls import get_script_prefix
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext, ngettext, npgettext, pgettext

from foundation.ui.addresses import address_of

register = template.Library()


class Constant(Node):
    """A tag that says the same whenever its key is the same; what it says is kept for each key."""

    child_nodelists = ()

    def __init__(self, node: TranslateNode | URLNode) -> None:
        self.node = node
        self.said: dict[str, str] = {}

    def key(self) -> str:
        return get_language() or "-"

    def render(self, context: Context) -> str:
        key, name = self.key(), self.node.asvar
        if key not in self.said:
            text = self.node.render(context)
            self.said[key] = context[name] if name else text
        if not name:
            return self.said[key]
        context[name] = self.said[key]
        return ""


class ConstantAddress(Constant):
    """The address of a page without parameters; it depends on the prefix under which the portal is served."""

    def key(self) -> str:
        return get_script_prefix()


class Address(Node):
    """The address of a page about something: worked out once for each of them."""

    child_nodelists = ()

    def __init__(self, node: URLNode, name: str) -> None:
        self.node, self.name = node, name

    def render(self, context: Context) -> str:
        args = [arg.resolve(context) for arg in self.node.args]
        if not all(type(arg) is int for arg in args):  # whatever else may not be told from what is alike
            return self.node.render(context)
        return address_of(self.name, *args)


class Sentence(BlockTranslateNode):
    """A sentence with values in it: the sentence is found once for each language, the values each time."""

    def __init__(self, node: BlockTranslateNode) -> None:
        super().__init__(
            extra_context=node.extra_context,
            singular=node.singular,
            plural=node.plural,
            countervar=node.countervar,
            counter=node.counter,
            message_context=node.message_context,
            trimmed=node.trimmed,
            asvar=node.asvar,
            tag_name=node.tag_name,  # type: ignore[attr-defined]
        )
        self.about = _literal(node.message_context) if node.message_context else ""
        self.one, names = self.render_token_list(node.singular)
        self.many, more = self.render_token_list(node.plural) if node.plural else ("", [])
        self.names = list(dict.fromkeys([*names, *more]))
        self.found: dict[str, str] = {}

    def render(self, context: Context, nested: bool = False) -> str:  # noqa: FBT001, FBT002
        if nested:  # a translation that does not fit its values: Django says it in English
            return super().render(context, nested=True)
        given = {name: value.resolve(context) for name, value in self.extra_context.items()}
        if self.counter and self.countervar:
            given[self.countervar] = self.counter.resolve(context)
        try:
            said = self._sentence(given) % {name: self._value(name, given, context) for name in self.names}
        except (KeyError, ValueError, TypeError):
            return super().render(context)
        if not self.asvar:
            return said
        context[self.asvar] = SafeString(said)
        return ""

    def _sentence(self, given: dict[str, Any]) -> str:
        if self.many and self.countervar:
            count = given[self.countervar]
            if self.about:
                return npgettext(self.about, self.one, self.many, count)
            return ngettext(self.one, self.many, count)
        language = get_language() or "-"
        if language not in self.found:
            self.found[language] = pgettext(self.about, self.one) if self.about else gettext(self.one)
        return self.found[language]

    def _value(self, name: str, given: dict[str, Any], context: Context) -> str:
        return render_value_in_context(given[name] if name in given else context[name], context)


def _literal(expression: FilterExpression) -> str | None:
    """The text of an expression that is nothing but a text."""
    var = expression.var
    if expression.filters or not (var if isinstance(var, str) else isinstance(var, Variable) and var.literal):
        return None
    return var if isinstance(var, str) else str(var.literal)


@register.tag
def url(parser: Parser, token: Token) -> Node:
    """As Django's; it is worked out once, with numbers as its parameters once for each."""
    node = django_url(parser, token)
    name = _literal(node.view_name)
    if not name or node.kwargs:
        return node
    if node.args:
        return node if node.asvar else Address(node, name)
    return ConstantAddress(node)


@register.tag("translate")
def translate(parser: Parser, token: Token) -> Node:
    """As Django's; a text is looked up once for each language."""
    node = do_translate(parser, token)
    known = _literal(node.filter_expression) and (not node.message_context or _literal(node.message_context))
    return Constant(node) if known and not node.noop else node


@register.tag("blocktranslate")
def blocktranslate(parser: Parser, token: Token) -> Node:
    """As Django's; the sentence is looked up once for each language."""
    node = do_block_translate(parser, token)
    if node.message_context and not _literal(node.message_context):
        return node
    return Sentence(node)
