"""The new part of a reply: without the history quoted below it and without the signature.

`mail-parser-reply` (English and Chinese) finds where history and signature begin; what it does not know is found here: Chinese webmail
separators, the forms of other languages, and answers written under or between quoted lines. The regular expressions inside that library are
not linear, so it sees only the first lines, each cut short; its verdict is then applied to the true lines.
"""

from __future__ import annotations

import re

from mailparser_reply.parser import EmailMessage

_MAXIMUM_LINES = 400
_MAXIMUM_LINE = 200
_RUNS = re.compile(r"([ \t*])\1+")
_RULE = re.compile(r"[_=-]{20,}\Z")
_QUOTED = re.compile(r"\s*(?:>|｜)")
# What begins a quotation, in the forms the library lacks. One line each, tested on short lines only.
_ATTRIBUTIONS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"-{2,}\s*(?:原始邮件|原始郵件|原邮件|转发邮件|轉寄郵件|回复的原邮件|回覆的原郵件|回复原文|"
        r"Original(?: Message)?|Forwarded message|Reply message|Urspr[üu]e?ngliche Nachricht|Weitergeleitete Nachricht|"
        r"Message d['’]origine|Message transf[ée]r[ée]|Mensaje original|Mensagem original|Messaggio originale|Oorspronkelijk bericht|"
        r"Исходное сообщение|Пересылаемое сообщение|元のメッセージ|원본 ?메시지|الرسالة الأصلية)\s*-{2,}",
        r"(?:在|于|於)?\s*\d{4}\s*[-/年.]\s*\d{1,2}\s*[-/月.]\s*\d{1,2}.{0,200}(?:写道|寫道|写到|來信|来信)\s*[:：]?",
        r"(?:At|On) \d{4}-\d\d-\d\d.{0,200}wrote:",
        r".{1,150}(?:<|＜|\[mailto:).{3,100}(?:>|＞|\])\s*(?:于|於|在).{1,100}(?:写道|寫道)\s*[:：]",
    )
)
# "Am 2. März 2026 schrieb …:", "2026년 3월 2일 … 작성:": a date, then the verb, a colon at the end. Where the verb ends the sentence nothing stands
# between the two; elsewhere at most who wrote.
_WROTE = re.compile(
    r"\bschrieb\b|\ba écrit\b|\bescribió\b|\bescreveu\b|\bha scritto\b|\bschreef\b|\bnapisała?\b(?:\(-?a\))?|\bskrev\b|\byazdı\b|\bđã viết\b|"
    r"\b(?:на)?писал[аи]?\b(?:\(-?а\))?|\bпишет\b|\bнаписав\b|\bكتب\b|تمت كتابة(?: ما يلي)?(?: بواسطة)?|"
    r"(?:のメール|さんは書きました|작성|썼습니다|쓰셨습니다|เขียนว่า)(?=\s*[:：]\Z)",
    re.IGNORECASE,
)
# A customer who tells what was written: "schrieb ich Ihnen", "m'a écrit". As written, for "Ben" and "Vi" are names.
_TOLD = re.compile(
    r"(?<![\w.-])(?:ich|wir|mir|uns|Ihnen|Ihr(?:e|er|em|en)?|[Ff]olgende[ns]?|ik|wij|we|mij|ons|jag|jeg|vi|mig|meg|oss|me|nos|nous|vous|eu|mi|ci|nam|"
    r"я|мы|мне|нам|вам|ми|мені|вас|tôi|chúng|ما|لكم|لنا|제가|저는|저희가)(?![\w-]|\.\w)|\bm['’]|私[はがの]"
)
_ADDRESS = re.compile(r"(?<![^<>()\[\]@\s])[^<>()\[\]@\s]{1,100}@[^<>()\[\]@\s:]{1,150}")
_WORD = re.compile(r"[^\W\d_][\w'’.-]*")
_IN_NAMES = frozenset((
    "von", "vom", "van", "der", "den", "de", "del", "della", "di", "da",
    "du", "dos", "das", "do", "la", "le", "y", "e", "und", "and", "et", "of", "für", "zu", "zur", "ter", "ten", "al", "el", "bin", "via",
))  # fmt: skip
_DATE = re.compile(r"\d{4}|\d{1,2}:\d\d")
_ENDS_IN_ADDRESS = re.compile(r"<[^<>@\s]{1,100}@[^<>@\s]{1,150}>\)?\s*[:：]\Z")
_HEADER_LINE = re.compile(
    r"[*\s]*(From|Sent|Date|To|Cc|Subject|发件人|发送时间|发送日期|日期|收件人|抄送|主题|"
    r"寄件者|寄件人|寄件日期|傳送時間|收件者|副本|主旨|Von|Gesendet|Datum|An|Betreff|De|Envoyé|À|Objet|Enviado(?: el)?|Para|Asunto|Assunto|"
    r"Da|Inviato|A|Oggetto|Van|Verzonden|Aan|Onderwerp|От|Отправлено|Дата|Кому|Копия|Тема|差出人|送信者|送信日時|日時|宛先|件名|"
    r"보낸 ?사람|보낸 ?날짜|받는 ?사람|참조|제목|من|تم الإرسال|التاريخ|إلى|الموضوع)[*\s]*[:：]",
    re.IGNORECASE,
)
_HEADER_FIRST = (
    "from", "发件人", "寄件者", "寄件人", "von", "de", "da", "van", "от", "差出人", "送信者", "보낸 사람", "보낸사람", "من",
)  # fmt: skip
_SIGNATURE = re.compile(
    r"(?:--\s?|__\s?|(?:发|發)自我的.{1,30}|(?:从|從)我的.{1,30}(?:发送|傳送|發送)|来自.{0,10}(?:QQ|网易|手机)邮箱.{0,20}|Sent from my .{1,40}|"
    r"Get Outlook for .{1,60}|Sent from Outlook.{0,40}|(?:Von|Diese Nachricht wurde von) meinem .{1,60} gesendet\.?|Envoyé de(?:puis)? mon .{1,40}|"
    r"Enviado desde mi .{1,40}|Inviato da(?:l mio)? .{1,40}|Отправлено с .{1,40}|.{1,20}から送信|나의 .{1,20}에서 보냄|"
    r"(?:使用|通过).{1,20}邮箱(?:客户端)?发送)\Z",
    re.IGNORECASE,
)


def new_text_of(text: str) -> str:
    """The part of `text` its writer added; `text` itself when nothing else would be left."""
    lines = text.split("\n")
    short = _shortened(lines)
    start = _history_start(short)
    kept = _before_signature(lines[:start], short[:start])
    answer = _strip_quoted(kept)
    if not answer:
        below = _answers_below(lines, short, start)
        answer = _strip_quoted(_before_signature(below, _shortened(below)))
    return answer or text.strip()


def _shortened(lines: list[str]) -> list[str]:
    """Lines as the expressions see them: cut, runs of blanks and stars made short."""
    return [_RUNS.sub(r"\1", line[:_MAXIMUM_LINE]).strip() for line in lines]


def _history_start(short: list[str]) -> int:
    """The index of the first line of quoted history; the number of lines when there is none."""
    own = next((index for index in range(len(short)) if _begins_history(short, index)), len(short))
    visible = short[: min(own, _MAXIMUM_LINES)]
    replies = EmailMessage(text=_for_library(visible), languages=["en", "zh"], keep_hyphen_lists=True).read().replies
    later = next((reply for reply in replies if reply.headers), None)
    if later is None or not later.headers:
        return own
    first = later.headers.split("\n")[0].strip()
    return next((index for index, line in enumerate(visible) if first and line == first), own)


def _begins_history(short: list[str], index: int) -> bool:
    line = short[index]
    if any(pattern.match(line) for pattern in _ATTRIBUTIONS) or _attributes(line):
        return True
    if index + 1 < len(short) and _attributes_with(line, short[index + 1]):
        return True
    if _RULE.match(line):  # Outlook's rule above the quoted headers
        index = next((later for later in range(index + 1, min(index + 4, len(short))) if short[later]), index)
        line = short[index]
    match = _HEADER_LINE.match(line)
    if match is None or match[1].lower() not in _HEADER_FIRST:
        return False
    following = [candidate for candidate in short[index + 1 : index + 8] if candidate]
    return sum(1 for candidate in following[:4] if _HEADER_LINE.match(candidate)) >= 2


def _attributes(line: str) -> bool:
    """Whether the line says who wrote what follows, and when: by a verb we know, or in no words at all: date, time, address, colon."""
    if not line.endswith((":", "：")) or _QUOTED.match(line):
        return False
    verb = _WROTE.search(line)
    if verb is not None:
        before, after = line[: verb.start()], line[verb.end() :]
        return _DATE.search(before) is not None and not _TOLD.search(_ADDRESS.sub("", f"{before} {after}")) and _is_writer(after)
    address = _ENDS_IN_ADDRESS.search(line)
    return address is not None and len(_DATE.findall(line, 0, address.start())) >= 2


def _is_writer(rest: str) -> bool:
    """Whether what stands between verb and colon is a name, an address, both or nothing."""
    words = _WORD.findall(_ADDRESS.sub("", rest))
    return _ENDS_IN_ADDRESS.search(rest) is not None or all(not word[0].islower() or word in _IN_NAMES for word in words)


def _attributes_with(line: str, following: str) -> bool:
    """Whether the two lines together do, where a program wrapped them; the second alone is not it."""
    if line.endswith((":", "：")) or _DATE.search(line) is None or _attributes(following):
        return False
    wrapped = _WROTE.search(line) is not None or _ENDS_IN_ADDRESS.match(following) is not None
    return wrapped and _attributes(f"{line} {following}")


def _for_library(lines: list[str]) -> str:
    """The lines without long runs of blank ones, on which its expressions take quadratic time."""
    kept: list[str] = []
    for line in lines:
        if line or len(kept) < 2 or kept[-1] or kept[-2]:
            kept.append(line)
    return "\n".join(kept)


def _before_signature(lines: list[str], short: list[str]) -> list[str]:
    """The lines above the signature, found by our list or by the library's; never all of them away."""
    stop = next((index for index, line in enumerate(short) if _SIGNATURE.match(line) and any(short[:index])), len(short))
    reply = EmailMessage(text=_for_library(short[:stop][:_MAXIMUM_LINES]), languages=["en", "zh"], keep_hyphen_lists=True).read().replies
    signature = reply[0].signatures if reply and not reply[0].headers else ""
    first = next((line.strip() for line in (signature or "").split("\n") if line.strip()), "")
    if first and any(short[:stop]):
        # Only a closing in the last lines is a signature: "Thanks," may open a letter, too.
        begin = next((index for index in range(stop - 1, max(stop - 15, 0), -1) if short[index] == first), stop)
        stop = begin if any(short[:begin]) else stop
    return lines[:stop]


def _strip_quoted(lines: list[str]) -> str:
    """Without quoted lines; blank ones are not doubled where these were."""
    kept: list[str] = []
    for line in lines:
        if _QUOTED.match(line):
            continue
        if line.strip() or (kept and kept[-1].strip()):
            kept.append(line.rstrip())
    return "\n".join(kept).strip()


def _answers_below(lines: list[str], short: list[str], start: int) -> list[str]:
    """The lines under a "> " quotation, for those who answer below or between; none where the history is not marked line by line."""
    first = next((index for index in range(start, min(start + 6, len(short))) if _QUOTED.match(short[index])), None)
    if first is None:
        return []
    rest = range(first, len(lines))
    nested = next((index for index in rest if not _QUOTED.match(short[index]) and _begins_history(short, index)), len(lines))
    return lines[first:nested]
