"""The command line's own words in Chinese: headings of help pages, and what is wrong with a call."""

from pathlib import Path
from typing import Any

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


class Output(click.ParamType[Path]):
    """A file to write, of the one kind that is written; where ``folder`` is set, a folder that is there will do.

    A workbook named .docx, or a report named like a folder that is not there, opens in no program.
    """

    name = "file"

    def __init__(self, suffix: str, *, folder: bool = False) -> None:
        self.suffix, self.folder = suffix, folder

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:  # noqa: ARG002
        path = Path(value)
        if path.suffix.lower() != self.suffix and not (self.folder and path.is_dir()):
            where = f"要写以 {self.suffix} 结尾的文件名" + "，或已有的文件夹" * self.folder
            raise click.UsageError(f"{path} 不能用：{where}", ctx)
        return path


def explain(error: click.ClickException) -> str:
    """What is wrong with the call, in one Chinese line; a call that says nothing gets the help page."""
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        return error.message
    context = error.ctx if isinstance(error, click.UsageError) else None
    match error:
        case click.NoSuchOption():
            wrong = f"没有选项 {error.option_name}"
        case click.BadOptionUsage():
            wrong = f"{error.option_name} 的写法不对：后面缺少值，或多写了值"
        case click.MissingParameter():
            wrong = f"缺少 {(error.param.metavar or error.param.name) if error.param else ''}"
        case click.BadParameter():
            wrong = f"{error.param.opts[0] if error.param else ''} 的值不对"
        case click.UsageError() if "No such command" in error.message:
            wrong = f"没有命令 {error.message.split(chr(39))[1]}"
        case click.UsageError() if error.message.startswith("Got unexpected extra"):
            wrong = f"多写了 {error.message.partition('(')[2].rstrip(')')}"
        case click.UsageError() if error.message.isascii():
            wrong = "命令写法不对"
        case _:
            wrong = error.message
    return f"{wrong}。运行 {context.command_path if context else 'selfeval'} --help 查看用法。"
