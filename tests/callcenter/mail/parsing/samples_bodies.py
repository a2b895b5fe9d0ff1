"""Messages whose body is the trouble: charsets, transfer encodings, structure, HTML, quoting."""

from __future__ import annotations

import base64

from tests.callcenter.mail.parsing.builders import FROM, PLAIN, PNG, TO, Sample, encoded, file, message, multipart, part

SUBJECT = "Subject: s"


def body_samples() -> list[Sample]:
    return _charsets() + _transfer() + _structure() + _html()


def _text(name: str, content_type: str, raw: bytes, expected: str, *, repaired: bool | None = None) -> Sample:
    want: dict[str, object] = {"text": expected}
    if repaired is not None:
        want["repaired"] = repaired
    return Sample(f"body_{name}", message(FROM, TO, SUBJECT, *([content_type] if content_type else []), body=raw), want)


def _charsets() -> list[Sample]:
    chinese, japanese, korean = (
        "您好，空调坏了，请派人来维修。谢谢！",
        "お世話になっております。エアコンが動きません。",
        "안녕하세요. 에어컨이 고장났습니다.",
    )
    russian, arabic = "Здравствуйте, у нас сломался кондиционер.", "مرحبا، المكيف لا يعمل منذ أمس"
    plain = "Content-Type: text/plain; charset="
    return [
        _text(
            "gb2312_beyond_gb2312", plain + "gb2312", "张彧：屏幕碎了，型号镕".encode("gb18030"), "张彧：屏幕碎了，型号镕", repaired=False
        ),
        _text("unknown_charset_name", plain + "iso-gb2312", chinese.encode("gbk"), chinese),
        _text("unknown_charset_altogether", plain + "x-made-up", chinese.encode("gbk"), chinese, repaired=True),
        _text("utf8_declared_as_gbk", plain + "gbk", chinese.encode(), chinese, repaired=True),
        _text("utf8_declared_as_ascii", plain + "us-ascii", russian.encode(), russian, repaired=True),
        _text("gbk_declared_as_utf8", plain + "utf-8", chinese.encode("gbk"), chinese, repaired=True),
        _text("gbk_declared_as_latin", plain + "iso-8859-1", chinese.encode("gbk"), chinese, repaired=True),
        _text(
            "big5_undeclared",
            "Content-Type: text/plain",
            "您好，冷氣壞了，請派人來維修。".encode("cp950"),
            "您好，冷氣壞了，請派人來維修。",
            repaired=True,
        ),
        _text("iso_2022_jp", plain + "iso-2022-jp", japanese.encode("iso2022_jp"), japanese, repaired=False),
        _text("iso_2022_jp_undeclared", "", japanese.encode("iso2022_jp"), japanese),
        _text("shift_jis_undeclared", "", japanese.encode("cp932"), japanese, repaired=True),
        _text("euc_kr", plain + "ks_c_5601-1987", korean.encode("cp949"), korean, repaired=False),
        _text("koi8", plain + "koi8-r", russian.encode("koi8-r"), russian, repaired=False),
        _text("windows_1251_undeclared", "", russian.encode("cp1251"), russian, repaired=True),
        _text("windows_1256", plain + "windows-1256", arabic.encode("cp1256"), arabic, repaired=False),
        _text(
            "latin_with_windows_quotes",
            plain + "iso-8859-1",
            "It’s broken – “again”".encode("cp1252"),
            "It’s broken – “again”",
            repaired=False,
        ),
        _text("utf7", plain + "utf-7", b"Gr+APwA3w-e", "Grüße", repaired=False),
        _text("utf16", plain + "utf-16", "Grüße".encode("utf-16"), "Grüße"),
        _text("hz", plain + "hz-gb-2312", "维修".encode("hz"), "维修"),
        _text("utf8_with_one_bad_byte", plain + "utf-8", chinese.encode() + b"\xff", chinese + "\ufffd", repaired=True),
        _text("nul_bytes", PLAIN, b"a\x00b", "a\ufffdb"),
    ]


def _transfer() -> list[Sample]:
    def coded(name: str, encoding: str, raw: bytes, expected: str, *, repaired: bool | None = None) -> Sample:
        sample = _text(name, PLAIN + f"\r\nContent-Transfer-Encoding: {encoding}", raw, expected, repaired=repaired)
        return Sample(sample.name, sample.raw, sample.expected)

    lines = "First line, then äöü.\nSecond line.".encode()
    uu = b"Here it is:\nbegin 644 note.txt\n#0V%T\n`\nend\nRegards"
    return [
        coded("base64", "base64", base64.encodebytes(lines), lines.decode(), repaired=False),
        coded("base64_without_padding", "base64", base64.b64encode(b"four").rstrip(b"="), "four"),
        coded("base64_declared_but_plain", "base64", b"Hello, this was never encoded!", "Hello, this was never encoded!", repaired=True),
        coded(
            "base64_with_list_footer",
            "base64",
            base64.encodebytes(lines) + b"_______\nA list, its footer; see www.example.org.\n",
            lines.decode() + "\n_______\nA list, its footer; see www.example.org.",
            repaired=True,
        ),
        coded("quoted_printable", "quoted-printable", b"h=C3=B6rt auf=\n zu laufen =3D aus", "hört auf zu laufen = aus", repaired=False),
        coded("quoted_printable_broken", "quoted-printable", b"100=% sure =ZZ", "100=% sure =ZZ"),
        coded("unknown_encoding", "8bits-maybe", "schön".encode(), "schön", repaired=True),
        Sample(
            "body_uuencoded_inside",
            message(FROM, TO, SUBJECT, PLAIN, body=uu),
            {"text": "Here it is:\n\nRegards", "attachments": [file("note.txt", b"Cat")]},
        ),
        _text(
            "begin_is_no_uuencode",
            PLAIN,
            b"We will\nbegin 644 now\nwith lower case words\nend\n",
            "We will\nbegin 644 now\nwith lower case words\nend",
        ),
        Sample(
            "body_flowed",
            message(FROM, TO, SUBJECT, PLAIN + "; format=flowed", body="One paragraph that \nwas wrapped.\n\n> a quote \n> too\nEnd"),
            {"text": "One paragraph that was wrapped.\n\n> a quote too\nEnd", "new_text": "One paragraph that was wrapped.\n\nEnd"},
        ),
    ]


def _structure() -> list[Sample]:
    plain, rich = part(PLAIN, "plain words"), part("Content-Type: text/html; charset=utf-8", "<p>rich <b>words</b></p>")

    def of(name: str, subtype: str, *parts: bytes, expected: dict[str, object], parameters: str = "") -> Sample:
        header, body = multipart(subtype, *parts, parameters=parameters)
        return Sample(f"structure_{name}", message(FROM, TO, SUBJECT, header, body=body), expected)

    inner_header, inner = multipart("alternative", plain, rich, boundary="inner")
    blank = part(PLAIN, " \n ")
    image = encoded("Content-Type: image/png\nContent-ID: <logo@x>", PNG)
    related_header, related = multipart(
        "related", part("Content-Type: text/html", '<p>see <img src="cid:logo@x"></p>'), image, boundary="rel"
    )
    wrong = message(
        FROM,
        TO,
        SUBJECT,
        'Content-Type: multipart/mixed; boundary="declared"',
        body="--real\nContent-Type: text/plain\n\nfound anyway\n--real--\n",
    )
    return [
        of(
            "alternative",
            "alternative",
            plain,
            rich,
            expected={"text": "plain words", "html": "<p>rich <b>words</b></p>", "attachments": []},
        ),
        of("alternative_blank_plain", "alternative", blank, rich, expected={"text": "rich words"}),
        of("two_texts", "mixed", plain, part(PLAIN, "and more"), expected={"text": "plain words\n\nand more", "attachments": []}),
        of("text_then_html", "mixed", plain, rich, expected={"text": "plain words\n\nrich words"}),
        of("nested", "mixed", part(inner_header, inner), expected={"text": "plain words", "html": "<p>rich <b>words</b></p>"}),
        of(
            "inline_image",
            "mixed",
            part(related_header, related),
            expected={
                "text": "see",
                "html": '<p>see <img src="cid:logo@x"></p>',
                "attachments": [file("logo.png", PNG, "image/png")],
                "inline": [True],
            },
        ),
        of("same_boundary_inside", "mixed", part(*multipart("alternative", plain, rich)), expected={"text": "plain words"}),
        Sample("structure_wrong_boundary", wrong, {"text": "found anyway", "repaired": True}),
        Sample(
            "structure_no_boundary_at_all",
            message(FROM, TO, SUBJECT, "Content-Type: multipart/mixed", body="No parts here."),
            {"text": "No parts here.", "repaired": True},
        ),
        Sample(
            "structure_cut_off",
            message(FROM, TO, SUBJECT, 'Content-Type: multipart/mixed; boundary="b"', body="preamble\n--b\n\nthe only part\n"),
            {"text": "the only part", "repaired": True},
        ),
        Sample(
            "structure_thousand_levels",
            b"From: ann@example.com\nContent-Type: multipart/mixed; boundary=b0\n\n"
            + b"".join(b"--b%d\nContent-Type: multipart/mixed; boundary=b%d\n\n" % (level - 1, level) for level in range(1, 900))
            + b"--b899\n\ndeep inside\n",
            {"text": "deep inside"},
        ),
    ]


def _html() -> list[Sample]:
    def html(
        name: str, source: str | bytes, expected: dict[str, object], content_type: str = "Content-Type: text/html; charset=utf-8"
    ) -> Sample:
        return Sample(f"html_{name}", message(FROM, TO, SUBJECT, content_type, body=source), expected)

    return [
        html("only", "<html><body><p>First</p><p>Second<br>line</p></body></html>", {"text": "First\n\nSecond\nline"}),
        html("list_and_table", "<ul><li>a<li>b</ul><table><tr><td>x<td>y</tr></table>", {"text": "- a\n- b\n\nx\ty"}),
        html("script", "<p onclick=x()>a</p><script>bad()</script><style>p{}</style>", {"text": "a", "html": "<p>a</p>"}),
        html(
            "remote_image",
            '<p>a<img src="https://track.example/p.gif" alt="p"></p>',
            {"text": "a", "html": '<p>a<img data-blocked-src="https://track.example/p.gif" alt="p"></p>'},
        ),
        html("remote_background", '<p style="background:url(http://x/y);color:red">a</p>', {"html": "<p>a</p>"}),
        html(
            "javascript_link",
            '<a href="javascript:bad()">a</a>',
            {"text": "a", "html": '<a target="_blank" rel="noopener noreferrer nofollow">a</a>'},
        ),
        html("entities", "<p>caf&eacute; &amp; &#20320;&#22909;&nbsp;!</p>", {"text": "café & 你好 !"}),
        html("charset_in_meta", '<meta charset="gb2312"><p>空调坏了</p>'.encode("gbk"), {"text": "空调坏了"}, "Content-Type: text/html"),
        html("not_declared", "<!DOCTYPE html><html><body>seen</body></html>", {"text": "seen"}, "X-Nothing: 1"),
        html("hidden_preheader", '<div style="display:none">secret</div><p>shown</p>', {"text": "shown"}),
        html("only_comment_never_closed", "<!-- all of it", {"text": "<!-- all of it", "repaired": True}),
        html("quote", "<div>Yes.</div><div>On Mon, Ann &lt;a@x.de&gt; wrote:<br></div><blockquote>old</blockquote>", {"new_text": "Yes."}),
    ]
