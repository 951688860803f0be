"""The command line's own words in Chinese: headings of help pages, and what is wrong with a call."""

import click

_HEADINGS = {"Options": "选项", "Commands": "命令", "Arguments": "参数"}


class _Formatter(click.HelpFormatter):
    """Writes the fixed words of a help page in Chinese."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:  # noqa: ARG002
        super().write_usage(
            prog, args.replace("[OPTIONS]", "[选项]").replace("COMMAND [ARGS]...", "命令 …"), "用法："
        )

    def write_heading(self, heading: str) -> None:
        super().write_heading(_HEADINGS.get(heading, heading))


class _Context(click.Context):
    formatter_class = _Formatter


class ChineseCommand(click.Command):
    """A command whose help page is Chinese throughout."""

    context_class = _Context

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        """The option --help, explained in Chinese."""
        option = super().get_help_option(ctx)
        if option is not None:
            option.help = "显示本说明。"
        return option


class ChineseGroup(ChineseCommand, click.Group):
    """A group of commands whose help page is Chinese throughout."""


def explain(error: click.ClickException) -> str:
    """What is wrong with the call, in one Chinese line."""
    advice = "。运行 selfeval --help 查看用法。"
    match error:
        case click.NoSuchOption():
            return f"没有选项 {error.option_name}{advice}"
        case click.MissingParameter():
            name = error.param.metavar or error.param.name if error.param else ""
            return f"缺少 {name}{advice}"
        case click.BadParameter():
            name = error.param.opts[0] if error.param else ""
            return f"{name} 的值不对{advice}"
        case click.UsageError() if "No such command" in error.message:
            return f"没有命令 {error.message.split(chr(39))[1]}{advice}"
        case click.UsageError() if error.message.isascii():
            return f"命令写法不对{advice}"
        case _:
            return f"{error.message}{advice}"
