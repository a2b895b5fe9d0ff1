"""Messages whose headers are the trouble: charsets, broken blocks, addresses."""

from __future__ import annotations

import base64

from tests.callcenter.mail.parsing.builders import FROM, PLAIN, TO, Sample, message, person, word


def header_samples() -> list[Sample]:
    return _charsets() + _blocks() + _addresses() + _senders()


def _charsets() -> list[Sample]:
    cut = "维修申请请尽快".encode("gb18030")
    halves = (base64_word(cut[:5]), base64_word(cut[5:]))
    return [
        Sample(
            "header_raw_gbk",
            message("From: 王伟 <wang@example.cn>".encode("gbk"), TO, "Subject: 空调故障，请尽快维修".encode("gbk"), PLAIN, body="您好"),
            {"subject": "空调故障，请尽快维修", "from_name": "王伟", "from_email": "wang@example.cn", "text": "您好", "repaired": True},
        ),
        Sample(
            "header_raw_gbk_hinted_by_body",
            message(FROM, TO, "Subject: 报价".encode("gbk"), "Content-Type: text/plain; charset=gbk", body="请报价", charset="gbk"),
            {"subject": "报价", "text": "请报价"},
        ),
        Sample(
            "header_raw_shift_jis",
            message(
                "From: 田中 <tanaka@example.jp>".encode("cp932"),
                TO,
                "Subject: エアコン修理のお願い".encode("cp932"),
                PLAIN,
                body="よろしく",
            ),
            {"subject": "エアコン修理のお願い", "from_name": "田中", "from_email": "tanaka@example.jp"},
        ),
        Sample(
            "header_raw_euc_kr",
            message(FROM, TO, "Subject: 에어컨이 고장났습니다".encode("cp949"), PLAIN, body="hi"),
            {"subject": "에어컨이 고장났습니다"},
        ),
        Sample(
            "header_raw_big5",
            message(FROM, TO, "Subject: 冷氣故障請儘快維修".encode("cp950"), PLAIN, body="hi"),
            {"subject": "冷氣故障請儘快維修"},
        ),
        Sample(
            "header_raw_utf8",
            message("From: Zoë Müller <zoe@example.de>", TO, "Subject: Heizung fällt aus – 修理", PLAIN, body="x"),
            {"subject": "Heizung fällt aus – 修理", "from_name": "Zoë Müller"},
        ),
        Sample(
            "header_raw_koi8",
            message(FROM, TO, "Subject: Сломался кондиционер".encode("koi8-r"), PLAIN, body="x"),
            {"subject": "Сломался кондиционер"},
        ),
        Sample(
            "header_raw_arabic",
            message(FROM, TO, "Subject: المكيف معطل منذ أمس".encode("cp1256"), PLAIN, body="x"),
            {"subject": "المكيف معطل منذ أمس"},
        ),
        Sample(
            "header_iso_2022_jp_raw",
            message(FROM, TO, "Subject: 修理のお願い".encode("iso2022_jp"), PLAIN, body="x"),
            {"subject": "修理のお願い"},
        ),
        Sample(
            "header_word_iso_2022_jp_vendor_characters",
            message(FROM, TO, "Subject: =?ISO-2022-JP?B?GyRCLSEtXxsoQg==?=", PLAIN, body="x"),
            {"subject": "①㍻"},
        ),
        Sample(
            "header_word_unknown_charset",
            message(FROM, TO, f"Subject: {word('维修', 'gb18030', 'iso-gb2312')}", PLAIN, body="x"),
            {"subject": "维修"},
        ),
        Sample(
            "header_word_gb2312_beyond_gb2312",
            message(FROM, TO, f"Subject: {word('朱镕基 彧', 'gb18030', 'gb2312')}", PLAIN, body="x"),
            {"subject": "朱镕基 彧"},
        ),
        Sample(
            "header_word_declared_latin_is_utf8",
            message(FROM, TO, f"Subject: {word('Überprüfung', 'utf-8', 'iso-8859-1')}", PLAIN, body="x"),
            {"subject": "Überprüfung", "repaired": True},
        ),
        Sample(
            "header_word_character_split",
            message(FROM, TO, f"Subject: {halves[0]}", f" {halves[1]}", PLAIN, body="x"),
            {"subject": "维修申请请尽快"},
        ),
        Sample(
            "header_word_quoted_printable_with_blanks",
            message(FROM, TO, "Subject: =?utf-8?Q?Broken h=C3=B6rn?= today", PLAIN, body="x"),
            {"subject": "Broken hörn today"},
        ),
        Sample(
            "header_word_cut_off",
            message(FROM, TO, "Subject: =?utf-8?B?57u05L+u", PLAIN, body="x"),
            {"subject": "维修", "repaired": True},
        ),
        Sample(
            "header_word_utf7",
            message(FROM, TO, "Subject: =?utf-7?Q?Gr+APwA3w-e?=", PLAIN, body="x"),
            {"subject": "Grüße"},
        ),
        Sample("header_subject_empty", message(FROM, TO, "Subject:", PLAIN, body="x"), {"subject": "", "text": "x"}),
        Sample(
            "header_subject_folded",
            message(FROM, TO, "Subject: a long one", "\tthat goes", "  on", PLAIN, body="x"),
            {"subject": "a long one that goes  on"},
        ),
    ]


def base64_word(data: bytes) -> str:
    return f"=?gb2312?B?{base64.b64encode(data).decode()}?="


def _blocks() -> list[Sample]:
    return [
        Sample(
            "block_bad_line_in_the_midst",
            message(FROM, "this line is no header at all", TO, "Subject: still found", PLAIN, body="body"),
            {"subject": "still found", "to": [person("support@callout.example")], "text": "body", "repaired": True},
        ),
        Sample(
            "block_subject_broken_without_blank",
            message(FROM, "Subject: first half", "second half", TO, PLAIN, body="body"),
            {"subject": "first half second half", "to": [person("support@callout.example")], "text": "body"},
        ),
        Sample(
            "block_boundary_parameter_not_folded",
            message(
                FROM,
                TO,
                "Subject: s",
                "Content-Type: multipart/mixed;",
                'boundary="b1"',
                "MIME-Version: 1.0",
                body="--b1\nContent-Type: text/plain\n\nfound\n--b1--\n",
            ),
            {"text": "found"},
        ),
        Sample(
            "block_blank_line_too_early",
            message(
                "Received: from relay by mx; Mon, 2 Mar 2026 10:00:00 +0000", "", FROM, TO, "Subject: after the gap", PLAIN, body="body"
            ),
            {"subject": "after the gap", "from_email": "ann@example.com", "text": "body", "repaired": True},
        ),
        Sample(
            "block_mbox_line_in_front",
            message("From ann@example.com Mon Mar  2 10:00:00 2026", FROM, TO, "Subject: from a box", PLAIN, body="body"),
            {"subject": "from a box", "from_email": "ann@example.com"},
        ),
        Sample(
            "block_no_blank_line_before_body",
            b"From: ann@example.com\nSubject: hurried\nThis is the body already.\nAnd its second line.\n",
            {"subject": "hurried", "text": "This is the body already.\nAnd its second line.", "repaired": True},
        ),
        Sample(
            "block_bare_carriage_returns",
            b"From: ann@example.com\rSubject: old Mac\r\rfirst\rsecond\r",
            {"subject": "old Mac", "text": "first\nsecond"},
        ),
        Sample("block_no_headers_at_all", b"\nJust text, nothing else.\n", {"text": "Just text, nothing else.", "from_email": ""}),
        Sample(
            "block_long_message_id_and_references",
            message(
                FROM,
                TO,
                "Subject: s",
                f"Message-ID: <{'a' * 200}@example.com>",
                "In-Reply-To: <one@example.com> (message of Monday)",
                "References: <zero@example.com>",
                " <one@example.com> <one@example.com>",
                PLAIN,
                body="x",
            ),
            {
                "message_id": f"<{'a' * 200}@example.com>",
                "in_reply_to": "<one@example.com>",
                "references": ["<zero@example.com>", "<one@example.com>"],
            },
        ),
        Sample(
            "block_date_in_another_zone",
            message(FROM, TO, "Date: Mon, 2 Mar 2026 10:00:00 +0800", PLAIN, body="x"),
            {"date": "2026-03-02T02:00:00+00:00"},
        ),
        Sample(
            "block_date_impossible", message(FROM, TO, "Date: Mon, 42 Foo 2026 99:00", PLAIN, body="x"), {"date": None, "repaired": True}
        ),
    ]


def _addresses() -> list[Sample]:
    def to(name: str, header: str | bytes, *expected: dict[str, str]) -> Sample:
        return Sample(f"address_{name}", message(FROM, header, "Subject: s", PLAIN, body="x"), {"to": list(expected)})

    bob = "bob@example.com"
    return [
        to("comment_as_name", f"To: {bob} (Bob Ray)", person(bob, "Bob Ray")),
        to("bare_comma_in_name", f"To: Ray, Bob <{bob}>, cy@example.com", person(bob, "Ray, Bob"), person("cy@example.com")),
        to("quoted_comma", f'To: "Ray, Bob" <{bob}>', person(bob, "Ray, Bob")),
        to("encoded_comma", f"To: =?utf-8?Q?Ray=2C_B=C3=B6b?= <{bob}>", person(bob, "Ray, Böb")),
        to("raw_comma_inside_encoded_word", f"To: =?utf-8?Q?Ray, B=C3=B6b?= <{bob}>", person(bob, "Ray, Böb")),
        to("encoded_in_quotes", f'To: "{word("王伟", "utf-8")}" <{bob}>', person(bob, "王伟")),
        to("undisclosed", "To: undisclosed-recipients:;"),
        to(
            "group",
            "To: Team: a@example.com, Bo <b@example.com>;, c@example.com",
            person("a@example.com"),
            person("b@example.com", "Bo"),
            person("c@example.com"),
        ),
        to("outlook_semicolons", "To: Bo <b@example.com>; c@example.com", person("b@example.com", "Bo"), person("c@example.com")),
        to("bracket_never_closed", f"To: Bob <{bob}", person(bob, "Bob")),
        to("brackets_doubled", f"To: Bob <<{bob}>>", person(bob, "Bob")),
        to("mailto", f"To: <mailto:{bob}>", person(bob)),
        to("address_as_name", f'To: "{bob}" <{bob}>', person(bob, bob)),
        to("quote_never_closed", f'To: "Bob Ray <{bob}>', person(bob, "Bob Ray")),
        to("escaped_quotes", f'To: "Bob \\"The Fixer\\" Ray" <{bob}>', person(bob, 'Bob "The Fixer" Ray')),
        to("quoted_local_part", 'To: "bob ray"@example.com', person('"bob ray"@example.com')),
        to("single_quotes", f"To: 'Bob Ray' <{bob}>", person(bob, "Bob Ray")),
        to("twice_the_same", f"To: {bob}, Bob <BOB@example.com>", person(bob)),
    ]


def _senders() -> list[Sample]:
    folded = word("维修中心王伟", "utf-8")
    return [
        Sample(
            "sender_encoded_word_split",
            message(f"From: {folded[:20]}", f" {folded[20:]} <wang@example.cn>", TO, "Subject: s", PLAIN, body="x"),
            {"from_name": "维修中心王伟", "from_email": "wang@example.cn"},
        ),
        Sample(
            "sender_wholly_encoded",
            message(f"From: {word('Jürgen <juergen@example.de>', 'utf-8')}", TO, "Subject: s", PLAIN, body="x"),
            {"from_name": "Jürgen", "from_email": "juergen@example.de"},
        ),
        Sample(
            "sender_from_reply_to",
            message("From: Contact form", "Reply-To: eve@example.com", TO, "Subject: s", PLAIN, body="x"),
            {"from_email": "eve@example.com", "from_name": "Contact form", "reply_to": [person("eve@example.com")], "repaired": True},
        ),
        Sample(
            "sender_from_return_path",
            message("Return-Path: <eve@example.com>", "From: <>", TO, "Subject: s", PLAIN, body="x"),
            {"from_email": "eve@example.com"},
        ),
        Sample(
            "sender_nobody",
            message("From: somebody", TO, "Subject: s", PLAIN, body="x"),
            {"from_email": "", "from_name": "somebody", "text": "x", "repaired": True},
        ),
        Sample(
            "sender_first_of_two",
            message("From: a@example.com, b@example.com", TO, "Cc: C <c@example.com>", PLAIN, body="x"),
            {"from_email": "a@example.com", "cc": [person("c@example.com", "C")]},
        ),
    ]
