"""Messages whose parts are the trouble: how programs nest, sign, forward and forget; and what people attach."""

from __future__ import annotations

import base64

from tests.callcenter.mail.parsing.builders import FROM, PDF, PLAIN, PNG, TO, Sample, encoded, file, message, multipart, part, word

SUBJECT = "Subject: s"
HTML = "Content-Type: text/html; charset=utf-8"


def structure_samples() -> list[Sample]:
    return _structure() + _attachments()


def _structure() -> list[Sample]:
    def of(name: str, subtype: str, *parts: bytes, parameters: str = "", **expected: object) -> Sample:
        header, body = multipart(subtype, *parts, parameters=parameters)
        return Sample(f"structure_{name}", message(FROM, TO, SUBJECT, header, body=body), expected)

    def whole(name: str, header: str, body: str | bytes, **expected: object) -> Sample:
        return Sample(f"structure_{name}", message(FROM, TO, SUBJECT, header, body=body), expected)

    plain, rich = part(PLAIN, "plain words"), part(HTML, "<p>rich words</p>")
    picture = encoded('Content-Type: image/png; name="leak.png"\nContent-Disposition: inline; filename="leak.png"', PNG)
    inner_header, inner = multipart(
        "mixed", part(PLAIN, "inner words"), encoded('Content-Type: application/pdf; name="in.pdf"', PDF), boundary="in"
    )
    forwarded = f"From: bob@example.com\nSubject: {word('旧的邮件', 'utf-8')}\n{inner_header}\n\n".encode() + inner.rstrip()
    receipt = "Final-Recipient: rfc822; ann@example.com\nDisposition: manual-action/MDN-sent-manually; displayed"
    return [
        of("apple_text_picture_text", "mixed", part(PLAIN, "before"), picture, part(PLAIN, "after"),
           text="before\n\nafter", attachments=[file("leak.png", PNG)]),
        of("signed_smime", "signed", plain, encoded('Content-Type: application/pkcs7-signature; name="smime.p7s"', b"signature"), text="plain words",
           attachments=[file("smime.p7s", b"signature")]),
        of("signed_pgp", "signed", plain, part("Content-Type: application/pgp-signature", "-----BEGIN PGP SIGNATURE-----"), text="plain words",
           attachments=[file("signature.asc", b"-----BEGIN PGP SIGNATURE-----")]),
        of("encrypted_pgp", "encrypted", part("Content-Type: application/pgp-encrypted", "Version: 1"),
           part('Content-Type: application/octet-stream; name="encrypted.asc"', "-----BEGIN PGP MESSAGE-----"), text="", bounce=False),
        of("read_receipt", "report", part(PLAIN, "It was read."), part("Content-Type: message/disposition-notification", receipt),
           parameters="; report-type=disposition-notification", text="It was read.", bounce=False),
        of("digest", "digest", b"\n" + part("From: a@x.org\nSubject: one", "first"), b"\n" + part("From: b@x.org\nSubject: two", "second"), text="",
           attachments=[file("one.eml", b"From: a@x.org\nSubject: one\n\nfirst".replace(b"\n", b"\r\n")),
                        file("two.eml", b"From: b@x.org\nSubject: two\n\nsecond".replace(b"\n", b"\r\n"))]),
        of("forwarded_with_attachment", "mixed", plain, part("Content-Type: message/rfc822", forwarded), text="plain words",
           attachments=[file("旧的邮件.eml", forwarded.replace(b"\n", b"\r\n"), "message/rfc822")]),
        of("alternative_with_calendar", "alternative", plain, rich, part("Content-Type: text/calendar; method=REQUEST", "BEGIN:VCALENDAR"),
           text="plain words", html="<p>rich words</p>", attachments=[file("invitation.ics", b"BEGIN:VCALENDAR")]),
        of("alternative_of_html_twice", "alternative", part(HTML, "<p>poor</p>"), rich, text="rich words"),
        of("alternative_plain_says_see_html", "alternative", part(PLAIN, ""), rich, text="rich words"),
        of("attachment_before_the_text", "mixed", encoded('Content-Type: application/pdf; name="a.pdf"', PDF), plain, text="plain words",
           attachments=[file("a.pdf", PDF)]),
        of("only_attachments", "mixed", picture, encoded('Content-Type: application/pdf; name="a.pdf"', PDF), text="",
           attachments=[file("leak.png", PNG), file("a.pdf", PDF)]),
        of("empty_parts", "mixed", part(PLAIN, ""), plain, part(PLAIN, ""), text="plain words", attachments=[]),
        whole("single_part_html_in_base64", HTML + "\r\nContent-Transfer-Encoding: base64",
              base64.encodebytes("<p>空调坏了</p>".encode()), text="空调坏了"),
        whole("preamble_and_epilogue", 'Content-Type: multipart/mixed; boundary="b"',
              "Your program is too old.\n--b\n\nthe words\n--b--\nAdvertisement of a gateway\n", text="the words"),
        whole("first_boundary_damaged", 'Content-Type: multipart/mixed; boundary="b"',
              "--B1\nContent-Type: text/html; charset=utf-8\n\n<p>the words</p>\n--b\nContent-Type: application/pdf; name=a.pdf\n\nPDF\n--b--\n",
              text="the words", html="<p>the words</p>", attachments=[file("a.pdf", b"PDF")], repaired=True),
        whole("inner_boundary_damaged", 'Content-Type: multipart/mixed; boundary="b"',
              '--b\nContent-Type: multipart/alternative; boundary="c"\n\n--cx\n\nthe words\n'
              "--b\nContent-Type: application/pdf; name=a.pdf\n\nPDF\n--b--\n", text="the words", attachments=[file("a.pdf", b"PDF")]),
        whole("only_an_empty_file", 'Content-Type: multipart/mixed; boundary="b"',
              "--b\nContent-Type: application/pdf; name=a.pdf\n\n--b--\n", text="", attachments=[file("a.pdf", b"")]),
        whole("preamble_is_a_notice", 'Content-Type: multipart/mixed; boundary="b"',
              "This is a multi-part message in MIME format.\n--b\nContent-Type: application/pdf; name=a.pdf\n\nPDF\n--b--\n",
              text="", attachments=[file("a.pdf", b"PDF")]),
        whole("boundary_with_odd_marks", "Content-Type: multipart/mixed; boundary=\"=_(a)'+,-./:=? b\"",
              "--=_(a)'+,-./:=? b\n\nthe words\n--=_(a)'+,-./:=? b--\n", text="the words"),
        whole("boundary_followed_by_blanks", 'Content-Type: multipart/mixed; boundary="b"', "--b  \n\nthe words\n--b--\t\n", text="the words"),
        whole("boundary_begins_with_another", 'Content-Type: multipart/mixed; boundary="b"',
              '--b\nContent-Type: multipart/alternative; boundary="bb"\n\n--bb\n\nthe words\n--bb--\n--b\n\nthe rest\n--b--\n',
              text="the words\n\nthe rest"),
        whole("boundary_never_closed_inside", 'Content-Type: multipart/mixed; boundary="b"',


                                        '--b\nContent-Type: multipart/alternative; boundary="c"\n\n--c\n\nthe words\n'
              '--b\nContent-Type: application/pdf; name=a.pdf\n\nPDF\n--b--\n',
              text="the words", attachments=[file("a.pdf", b"PDF")]),
        whole("closed_twice", 'Content-Type: multipart/mixed; boundary="b"', "--b\n\nthe words\n--b--\n--b--\nafter the end\n", text="the words"),
        whole("type_with_a_comment", "Content-Type: text/plain (only text); charset=utf-8 (really)", "schön", text="schön"),
        whole("type_in_capitals", "CONTENT-TYPE: TEXT/HTML; CHARSET=UTF-8", "<P>schön</P>", text="schön"),
        whole("type_with_two_semicolons", "Content-Type: text/plain;; charset=gbk;", "报修".encode("gbk"), text="报修"),
        whole("type_text_alone", "Content-Type: text; charset=utf-8", "schön", text="schön"),
        whole("type_enriched", "Content-Type: text/enriched", "<bold>Hot</bold> water", text="Hot water"),
        whole("type_markdown", "Content-Type: text/markdown; charset=utf-8", "# Title\n\n- one", text="# Title\n\n- one"),
        whole("html_called_plain", PLAIN, "<html><body><p>Is this seen?</p></body></html>", text="<html><body><p>Is this seen?</p></body></html>"),
        whole("external_body", "Content-Type: message/external-body; access-type=URL; URL=\"http://evil.example/\"",
              "Content-Type: application/pdf\n\nphantom", html=""),
        Sample("structure_headers_only", b"From: ann@example.com\r\nSubject: nothing else\r\n",
               {"subject": "nothing else", "text": "", "attachments": []}),
        Sample("structure_empty", b"", {"subject": "", "text": "", "from_email": ""}),
        Sample("structure_ends_in_a_header", b"From: ann@example.com\r\nSubject: cut o", {"from_email": "ann@example.com", "subject": "cut o"}),
    ]  # fmt: skip


def _attachments() -> list[Sample]:
    text = part(PLAIN, "see attached")

    def of(name: str, headers: str, filename: str, content: bytes = PDF, content_type: str = "") -> Sample:
        header, body = multipart("mixed", text, encoded(headers, content))
        files = [file(filename, content, content_type)]
        return Sample(f"attachment_{name}", message(FROM, TO, SUBJECT, header, body=body), {"text": "see attached", "attachments": files})

    pdf = "Content-Type: application/pdf\nContent-Disposition: attachment; "
    korean = "%EA%B2%AC%EC%A0%81%EC%84"  # the last character is split between two pieces
    return [
        of("rfc2231_character_split", pdf + f"filename*0*=UTF-8''{korean};\n filename*1*=%9C.pdf", "견적서.pdf"),
        of("rfc2231_beside_a_plain_name", pdf + "filename=\"offer.pdf\"; filename*=UTF-8''%E6%8A%A5%E4%BB%B7.pdf", "报价.pdf"),
        of("rfc2231_charset_wrong", pdf + "filename*=iso-8859-1''%E6%8A%A5%E4%BB%B7.pdf", "报价.pdf"),
        of("encoded_word_in_pieces", pdf + f'filename="{word("报价", "gbk")}\n {word("单.pdf", "gbk")}"', "报价单.pdf"),
        of("percent_without_star", pdf + 'filename="%E6%8A%A5.pdf"', "%E6%8A%A5.pdf"),
        of("name_with_direction_override", pdf + "filename*=UTF-8''photo%E2%80%AEgnp.exe", "photognp.exe"),
        of("name_with_line_break", pdf + "filename*=UTF-8''a%0D%0ASet-Cookie%3A%20x.pdf", "a Set-Cookie x.pdf"),
        of("name_is_dots", pdf + 'filename=".."', "attachment.pdf"),
        of("name_is_very_long", pdf + f'filename="{"n" * 400}.pdf"', "n" * 196 + ".pdf"),
        of("name_climbs", pdf + 'filename="../../../etc/passwd"', "passwd"),
        of("name_quote_never_closed", pdf + 'filename="plan.pdf', "plan.pdf"),
        of("executable_called_picture", 'Content-Type: image/jpeg; name="holiday.jpg.exe"', "holiday.jpg.exe", b"MZ\x90\x00 no picture",
           "image/jpeg"),
        of("picture_called_program", 'Content-Type: application/x-msdownload; name="leak.png"', "leak.png", PNG, "application/x-msdownload"),
        of("type_says_html_name_says_pdf", 'Content-Type: text/html; name="a.pdf"\nContent-Disposition: attachment; filename="a.pdf"', "a.pdf",
           b"<script>alert(1)</script>", "text/html"),
        of("svg_with_script", 'Content-Type: image/svg+xml; name="logo.svg"', "logo.svg", b"<svg><script>alert(1)</script></svg>", "image/svg+xml"),
        of("zip_stays_packed", 'Content-Type: application/zip; name="all.zip"', "all.zip", b"PK\x05\x06" + b"\x00" * 18, "application/zip"),
        of("empty_file", pdf + 'filename="empty.pdf"', "empty.pdf", b""),
        of("name_in_japanese_raw", pdf + 'filename="' + "見積書.pdf".encode("cp932").decode("utf-8", "surrogateescape") + '"', "見積書.pdf"),
    ]  # fmt: skip
