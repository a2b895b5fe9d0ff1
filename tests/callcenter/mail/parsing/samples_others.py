"""Messages about attachments, replies, automatic mail and bounces."""

from __future__ import annotations

from tests.callcenter.mail.parsing.builders import (
    FROM,
    PDF,
    PLAIN,
    PNG,
    TO,
    Sample,
    encoded,
    file,
    message,
    multipart,
    part,
    winmail,
    word,
)

SUBJECT = "Subject: s"


def other_samples() -> list[Sample]:
    return _attachments() + _replies() + _automatic() + _bounces()


def _attachments() -> list[Sample]:
    text = part(PLAIN, "see attached")

    def named(name: str, headers: str, filename: str, content_type: str = "application/pdf") -> Sample:
        return mixed(name, [encoded(headers, PDF)], [file(filename, PDF, content_type)])

    def mixed(name: str, parts: list[bytes], files: list[dict[str, object]], **more: object) -> Sample:
        header, body = multipart("mixed", text, *parts)
        return Sample(
            f"attachment_{name}", message(FROM, TO, SUBJECT, header, body=body), {"text": "see attached", "attachments": files, **more}
        )

    pdf, disposition = "Content-Type: application/pdf", "\nContent-Disposition: attachment; "
    forwarded = b"From: bob@example.com\r\nSubject: The old one\r\n\r\nold words\r\n"
    return [
        named("rfc2231", pdf + disposition + "filename*=UTF-8''%E5%8F%91%E7%A5%A8.pdf", "发票.pdf"),
        named(
            "rfc2231_continued",
            pdf + disposition + "\n filename*0*=gbk''%B7%A2%C6;\n filename*1*=%B1%202026;\n filename*2=\".pdf\"",
            "发票 2026.pdf",
        ),
        named("encoded_word", pdf + disposition + f'filename="{word("報告書.pdf", "iso-2022-jp")}"', "報告書.pdf"),
        named("name_in_content_type", pdf + '; name="plan.pdf"', "plan.pdf"),
        named("name_unquoted_with_blanks", pdf + disposition + "filename=my last plan.pdf", "my last plan.pdf"),
        named("name_is_a_path", pdf + disposition + 'filename="C:\\\\temp\\\\..\\\\plan.pdf"', "plan.pdf"),
        named("no_name", pdf, "attachment.pdf"),
        named("type_by_name", "Content-Type: application/octet-stream" + disposition + 'filename="plan.pdf"', "plan.pdf"),
        named("content_type_malformed", 'Content-Type: pdf; name="plan.pdf"', "plan.pdf"),
        mixed(
            "raw_gbk_name",
            [
                part(pdf, b"").replace(b"\n\n", '\nContent-Disposition: attachment; filename="维修报价单.pdf"\n\n'.encode("gbk"))
                + PDF.rstrip()
            ],
            [file("维修报价单.pdf", PDF.rstrip())],
        ),
        mixed("content_id_as_name", [encoded("Content-Type: image/png\nContent-ID: <photo77@phone>", PNG)], [file("photo77.png", PNG)]),
        mixed(
            "equal_names",
            [encoded(pdf + '; name="a.pdf"', PDF), encoded(pdf + '; name="A.pdf"', PNG), encoded(pdf + '; name="a.pdf"', b"3")],
            [file("a.pdf", PDF), file("A (2).pdf", PNG), file("a (3).pdf", b"3")],
        ),
        mixed(
            "forwarded_message",
            [part("Content-Type: message/rfc822", forwarded.rstrip())],
            [file("The old one.eml", forwarded.rstrip(), "message/rfc822")],
        ),
        mixed(
            "text_file",
            [part('Content-Type: text/plain\nContent-Disposition: attachment; filename="log.txt"', "line")],
            [file("log.txt", b"line", "text/plain")],
        ),
        mixed(
            "uuencoded_part",
            [
                part(
                    "Content-Type: application/octet-stream; name=cat.txt\nContent-Transfer-Encoding: x-uuencode",
                    b"begin 644 cat.txt\n#0V%T\n`\nend",
                )
            ],
            [file("cat.txt", b"Cat")],
        ),
        mixed(
            "winmail",
            [encoded("Content-Type: application/ms-tnef; name=winmail.dat", winmail("Angebot ä.pdf", PDF))],
            [file("Angebot ä.pdf", PDF, "application/pdf")],
            repaired=True,
        ),
        mixed(
            "winmail_damaged",
            [encoded("Content-Type: application/ms-tnef; name=winmail.dat", winmail("x.pdf", PDF)[:40] + b"\xff" * 30)],
            [file("winmail.dat", winmail("x.pdf", PDF)[:40] + b"\xff" * 30)],
            repaired=True,
        ),
        Sample(
            "attachment_winmail_with_the_only_text",
            message(
                FROM,
                TO,
                SUBJECT,
                "Content-Type: application/ms-tnef; name=winmail.dat",
                "Content-Transfer-Encoding: base64",
                body=encoded("", winmail("x.pdf", PDF, "The words are in here")).partition(b"\n\n")[2],
            ),
            {"text": "The words are in here", "attachments": [file("x.pdf", PDF)]},
        ),
        Sample(
            "attachment_alone",
            message(FROM, TO, SUBJECT, pdf + disposition.replace("\n", "\r\n") + "filename=scan.pdf", body=PDF.rstrip()),
            {"text": "", "attachments": [file("scan.pdf", PDF.rstrip())]},
        ),
        mixed(
            "calendar",
            [part("Content-Type: text/calendar; method=REQUEST", "BEGIN:VCALENDAR")],
            [file("invitation.ics", b"BEGIN:VCALENDAR")],
        ),
    ]


def _replies() -> list[Sample]:
    def reply(name: str, body: str, new: str) -> Sample:
        return Sample(f"reply_{name}", message(FROM, TO, SUBJECT, PLAIN, body=body), {"text": body.strip(), "new_text": new})

    return [
        reply(
            "gmail",
            "Works now, thanks!\n\nOn Mon, Mar 2, 2026 at 10:00 AM Support <s@x.org> wrote:\n\n> Please try again.\n",
            "Works now, thanks!",
        ),
        reply(
            "gmail_wrapped",
            "Yes\n\nOn Mon, Mar 2, 2026 at 10:00 AM Support Team of Callout\n<support@callout.example> wrote:\n> Hm?\n",
            "Yes",
        ),
        reply(
            "outlook",
            "See below.\n\n________________________________\nFrom: Support <s@x.org>\nSent: Monday\nTo: Ann\nSubject: Re: s\n\nold",
            "See below.",
        ),
        reply("original_message", "Done\n\n-----Original Message-----\nFrom: S\nold", "Done"),
        reply("chinese_gmail", "好的，谢谢。\n\nSupport <s@x.org> 于2026年3月2日周一 10:00写道：\n\n> 请再试一次\n", "好的，谢谢。"),
        reply("chinese_dated", "已经好了\n\n2026年3月2日 上午10:00，Support <s@x.org> 写道：\n\n> 请再试\n", "已经好了"),
        reply("chinese_netease", '收到\n\n在 2026-03-02 10:00:00，"Support" <s@x.org> 写道：\n旧的内容', "收到"),
        reply(
            "chinese_qq",
            '明天上午可以\n\n------------------ 原始邮件 ------------------\n发件人: "Support" <s@x.org>;\n主题: s\n\n旧的内容',
            "明天上午可以",
        ),
        reply(
            "chinese_outlook",
            "同意\n\n发件人: Support <s@x.org>\n发送时间: 2026年3月2日 10:00\n收件人: Ann\n主题: Re: s\n\n旧的内容",
            "同意",
        ),
        reply("taiwan", "了解\n\n寄件者: Support <s@x.org>\n寄件日期: 2026年3月2日\n收件者: Ann\n主旨: s\n\n舊的內容", "了解"),
        reply("signature", "It rattles.\n\n-- \nAnn Lee\nExample Ltd", "It rattles."),
        reply("phone_signature", "It rattles.\n\nSent from my iPhone", "It rattles."),
        reply("chinese_phone_signature", "空调还是不冷\n\n发自我的iPhone", "空调还是不冷"),
        reply("answer_below", "On Mon, Mar 2, 2026 Support <s@x.org> wrote:\n> Which floor?\n\nThe third.\n", "The third."),
        reply("answers_between", "> Which floor?\nThird.\n> Which room?\n301\n", "Third.\n301"),
        reply("hyphen_list_is_no_signature", "Broken:\n- fan\n- filter\nPlease come.", "Broken:\n- fan\n- filter\nPlease come."),
        reply("nothing_new", "> only\n> quoted", "> only\n> quoted"),
        reply("indentation_is_kept", "Error:\n    line 1\n    line 2", "Error:\n    line 1\n    line 2"),
    ]


def _automatic() -> list[Sample]:
    def mail(name: str, *headers: str, **expected: object) -> Sample:
        base = {"auto_reply": False, "bounce": False, "bulk": False, "mailing_list": False, "suppress_auto_reply": False}
        start = () if any(header.startswith("From:") for header in headers) else (FROM,)
        return Sample(f"automatic_{name}", message(*start, TO, *headers, PLAIN, body="x"), base | expected)

    robot: dict[str, object] = {"auto_reply": True, "suppress_auto_reply": True}
    return [
        mail("person", "Auto-Submitted: no"),
        mail("auto_submitted", "Auto-Submitted: auto-replied", **robot),
        mail("x_autoreply", "X-Autoreply: yes", **robot),
        mail("out_of_office_subject", "Subject: Automatic reply: Your ticket", **robot),
        mail("out_of_office_subject_chinese", "Subject: 自动回复: 您的工单", **robot),
        mail("bulk", "Precedence: bulk", bulk=True, suppress_auto_reply=True),
        mail("list", "List-Id: <l.example.com>", "Precedence: list", bulk=True, mailing_list=True, suppress_auto_reply=True),
        mail("unsubscribe", "List-Unsubscribe: <mailto:u@example.com>", mailing_list=True, suppress_auto_reply=True),
        mail("suppressed", "X-Auto-Response-Suppress: OOF, AutoReply", suppress_auto_reply=True),
        mail("empty_return_path", "Return-Path: <>", suppress_auto_reply=True),
        mail("mailer_daemon", "From: MAILER-DAEMON@example.com", **robot),
        mail("no_reply_address", "From: no-reply@example.com", suppress_auto_reply=True),
        mail("our_own_loop", "X-Loop: callout-7f3a", loops=["callout-7f3a"]),
    ]


def _bounces() -> list[Sample]:
    human = part(PLAIN, "Your message could not be delivered.")
    original = part(
        "Content-Type: message/rfc822", "From: support@callout.example\nMessage-ID: <t42.abc@callout.example>\nSubject: Re: s\n\nhello"
    )
    sender = "From: MAILER-DAEMON@mx.example.com"

    def report(name: str, fields: str, details: dict[str, object] | None) -> Sample:
        status = part("Content-Type: message/delivery-status", "Reporting-MTA: dns; mx.example.com\n\n" + fields)
        header, body = multipart("report", human, status, original, parameters="; report-type=delivery-status")
        expected: dict[str, object] = {
            "bounce": details is not None,
            "bounce_details": details,
            "text": "Your message could not be delivered.",
        }
        return Sample(
            f"bounce_{name}", message(sender, TO, "Subject: Undelivered", "Auto-Submitted: auto-replied", header, body=body), expected
        )

    def failed(recipient: str, permanent: bool | None, status: str, diagnostic: str = "", original_id: str = "") -> dict[str, object]:
        return {
            "failed_recipient": recipient,
            "permanent": permanent,
            "status": status,
            "diagnostic": diagnostic,
            "original_message_id": original_id,
        }

    ours = "<t42.abc@callout.example>"
    qmail = (
        "Hi. This is the qmail-send program at example.com.\n\n<gone@example.com>:\n192.0.2.1 does not like recipient.\n"
        "Remote host said: 550 5.1.1 no such user\n\n--- Below this line is a copy of the message.\n\nMessage-ID: <t42.abc@callout.example>\n"
    )
    return [
        report(
            "permanent",
            "Final-Recipient: rfc822; gone@example.com\nAction: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 no such user",
            failed("gone@example.com", True, "5.1.1", "smtp; 550 no such user", ours),
        ),
        report(
            "delayed",
            "Final-Recipient: rfc822;slow@example.com\nAction: delayed\nStatus: 4.4.1",
            failed("slow@example.com", False, "4.4.1", "", ours),
        ),
        report(
            "second_recipient_failed",
            "Final-Recipient: rfc822; ok@x.org\nAction: delivered\nStatus: 2.0.0\n\n"
            "Final-Recipient: rfc822; gone@x.org\nAction: failed\nStatus: 5.0.0",
            failed("gone@x.org", True, "5.0.0", "", ours),
        ),
        report("of_success", "Final-Recipient: rfc822; ok@x.org\nAction: delivered\nStatus: 2.0.0", None),
        Sample(
            "bounce_qmail",
            message(sender, TO, "Subject: failure notice", "Return-Path: <>", PLAIN, body=qmail),
            {"bounce": True, "bounce_details": failed("gone@example.com", True, "5.1.1", "", ours)},
        ),
        Sample(
            "bounce_exim",
            message(sender, TO, "Subject: Mail delivery failed", "X-Failed-Recipients: gone@example.com", PLAIN, body="all failed"),
            {"bounce": True, "bounce_details": failed("gone@example.com", None, "")},
        ),
        Sample(
            "bounce_a_person_writes_about_one",
            message(FROM, TO, "Subject: delivery failed again", PLAIN, body="Your parcel: 550 pieces"),
            {"bounce": False, "bounce_details": None},
        ),
    ]
