"""text/plain; format=flowed (RFC 3676): lines the sender's program wrapped become whole again."""

from __future__ import annotations


def unflow(text: str, *, delete_space: bool) -> str:
    """Join soft-wrapped lines of the same quote depth; `delete_space` is the parameter DelSp=yes (East Asian text)."""
    joined: list[str] = []
    open_depth = -1  # quote depth of a paragraph whose next line still belongs to it
    for line in text.split("\n"):
        depth = len(line) - len(line.lstrip(">"))
        content = line[depth:]
        content = content[1:] if content.startswith(" ") else content
        soft = content.endswith(" ") and content != "-- "
        if depth == open_depth and content != "-- ":
            joined[-1] += content
        else:
            joined.append((">" * depth + " " if depth else "") + content)
        if soft and delete_space:
            joined[-1] = joined[-1][:-1]
        open_depth = depth if soft else -1
    return "\n".join(line.rstrip() if line != "-- " else line for line in joined)
