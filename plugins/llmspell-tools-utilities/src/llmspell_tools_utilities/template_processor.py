"""Render a template: the same language as everywhere else in llmspell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from attrs import field, frozen

from llmspell.errors import ValidationError
from llmspell.spec.tools import Doc, Example

if TYPE_CHECKING:
    from llmspell.spec.context import Context

MAX_TEMPLATE = 1 << 20


@frozen(kw_only=True)
class TemplateOptions:
    """How to render."""

    strict: Annotated[bool, Doc("Refuse a variable that is not given, instead of writing nothing.")] = False
    escape_html: Annotated[bool, Doc("Escape & < > and quotes in variables; `{{{x}}}` is never escaped.")] = False


@frozen(kw_only=True)
class TemplateArgs:
    """What to render with what."""

    template: Annotated[
        str | None,
        Doc(
            "Template with `{{name}}`, `{{a.b}}`, `{{#if x}}..{{else}}..{{/if}}`, "
            "`{{#each list}}..{{/each}}`. Give template or path.",
            max_length=MAX_TEMPLATE,
        ),
    ] = None
    path: Annotated[str | None, Doc("File that holds the template; needs the right fs.read.")] = None
    variables: Annotated[dict[str, Any], Doc("Values of the variables.")] = field(factory=dict)
    options: Annotated[TemplateOptions, Doc("How to render.")] = field(factory=TemplateOptions)


class TemplateProcessor:
    """Render a template.

    Result: `text` (and `output`, the same), `length` in characters. Partials are not part of the language.
    """

    examples = (
        Example(
            "variables",
            {
                "template": "Hello {{name}}, your score is {{score}}/{{maxScore}}!",
                "variables": {"name": "Alice", "score": 95, "maxScore": 100},
                "options": {"strict": True, "escape_html": False},
            },
            {"text": "Hello Alice, your score is 95/100!"},
        ),
        Example(
            "a list",
            {"template": "{{#each items}}- {{this}}\n{{/each}}", "variables": {"items": ["a", "b"]}},
            {"text": "- a\n- b\n"},
        ),
        Example(
            "a choice",
            {"template": "{{#if ready}}go{{else}}wait{{/if}}", "variables": {"ready": False}},
            {"text": "wait"},
        ),
        Example(
            "escaped",
            {"template": "<b>{{x}}</b>", "variables": {"x": "1 < 2"}, "options": {"escape_html": True}},
            {"text": "<b>1 &lt; 2</b>"},
        ),
        Example(
            "from a file",
            {"path": "hello.hbs", "variables": {"name": "Ada"}},
            {"text": "Hello Ada"},
            files={"hello.hbs": "Hello {{name}}"},
            grants=("fs.read=.",),
        ),
    )

    async def run(self, args: TemplateArgs, ctx: Context) -> dict[str, Any]:
        """Return the text. Raises `ValidationError` for a wrong template or, when strict, a missing variable."""
        if (args.template is None) == (args.path is None):
            message = "give either template or path"
            raise ValidationError(message, context={"faults": [{"path": "template", "message": message}]})
        template = args.template
        if template is None:
            data = await ctx.fs.read(args.path or "", limit=MAX_TEMPLATE)
            try:
                template = data.decode()
            except UnicodeDecodeError as error:
                raise ValidationError(
                    f"{args.path} is not UTF-8 text", suggestions=["save the template as UTF-8"]
                ) from error
        options = args.options
        text = ctx.templates.render(template, args.variables, strict=options.strict, escape_html=options.escape_html)
        return {"text": text, "output": text, "length": len(text)}
