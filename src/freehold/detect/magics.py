"""Lines that IPython reads and Python does not: commands for the shell, magics, forms of Colab. They stand in the cells
of notebooks, and in Python files that notebooks were saved as."""

from __future__ import annotations

import re

SHELL = re.compile(r"[ \t]*(?:!+|%(?:sx|system|pip|conda|env|set_env|run)\b)")
MAGIC = re.compile(r"[ \t]*(?:%%?[A-Za-z_]|\?)|.*\?\s*$")  # `% name` with a blank goes on with a format
#: `%env NAME text` is `%env NAME=text`.
_SET = re.compile(r"([ \t]*%(?:set_)?env[ \t]+\w+)[ \t](?=[^=\s])")
#: A variable of Python in a command.
_INSERTED = re.compile(r"(?<![${\w'])\{([A-Z]|[A-Za-z_]\w{1,80})\}")
#: A form of Colab: what is chosen from stands in a comment.
_FORM = re.compile(r"(\s*\w+\s*=(?!=)[^#\n]+?)#[ ]?@param[ ]*(?=(\[[^\]\n]*\]))")
#: What the shell gives back: `files = !ls`.
_GIVEN = re.compile(r"([ \t]*[\w, \t]{1,200}=[ \t]*)!.*")


def command(line: str) -> str:
    """Give the command of a line for the shell, where it stands on the line."""
    line = _SET.sub(r"\1=", line)
    prompt = SHELL.match(line)
    end = prompt.end() if prompt is not None else 0
    return " " * end + _INSERTED.sub(r"${\1}", line[end:])


def chosen(line: str) -> str:
    """Give a line of Python with what its form offers as another value."""
    form = _FORM.match(line) if "@param" in line else None
    return form[1] + "or".ljust(form.end() - len(form[1])) + form[2] if form is not None else line


def left_out(line: str) -> str:
    """Give what is left of a line that is no Python: an indented one may be all that a block holds."""
    indent = line[: len(line) - len(line.lstrip())]
    return f"{indent}pass" if indent else ""


def may_be_saved(data: bytes) -> bool:
    """Could this be a notebook saved as a Python file?"""
    return data.startswith(b"!") or b"\n!" in data


def apart(data: bytes) -> tuple[bytes, bytes]:
    """Give the Python of a saved notebook and its commands, both with every line in its place."""
    code, script, going_on = [], [], False
    for line in data.decode("utf-8", "replace").split("\n"):
        shell, begun = SHELL.match(line) is not None, going_on
        going_on = (shell or begun) and line.rstrip().endswith("\\")
        script.append(line if begun else command(line) if shell else "")
        given = _GIVEN.match(line)
        other = begun or shell or MAGIC.match(line) is not None
        code.append("" if begun else f"{given[1]}0" if given else left_out(line) if other else chosen(line))
    return "\n".join(code).encode(), "\n".join(script).encode()
