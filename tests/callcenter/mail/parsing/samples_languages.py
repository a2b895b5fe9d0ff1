"""Messages of people who write neither English nor Chinese: their charsets, their encoded words, and how their programs quote."""

from __future__ import annotations

import base64

from tests.callcenter.mail.parsing.builders import FROM, PLAIN, TO, Sample, message, word

SUBJECT = "Subject: s"
# Customers who tell what was written, and when, and then list what they want: nothing of it is history.
TOLD = {
    "japanese": "お世話になっております。\n2026年3月2日のメールでご案内いただいた件ですが、次の点を教えてください：\n1. 料金\n2. 日程",
    "japanese_wrapped": "お世話になっております。\n2026年3月2日のメールの件ですが、\n次の点を教えてください：\n1. 料金",
    "korean": "안녕하세요.\n2026년 3월 2일에 작성하신 견적서에서 다음을 확인해 주세요:\n1. 요금",
    "thai": "สวัสดีค่ะ\nเมื่อวันที่ 2 มีนาคม 2026 ช่างเขียนว่าจะมา ขอถามดังนี้:\n1. ราคา",
    "german": "Guten Tag,\nAm 2. März 2026 schrieb ich Ihnen, dass Folgendes fehlt:\n- das Ventil\n- der Filter",
    "german_wrapped": "Guten Tag,\nAm 2. März 2026 schrieb ich Ihnen,\ndass Folgendes fehlt:\n- das Ventil",
    "german_colleague": "Guten Tag,\nam 2. März 2026 schrieb Ihr Techniker Folgendes:\n- das Ventil fehlt",
    "french": "Bonjour,\nLe 2 mars 2026 votre technicien m'a écrit :\n- il manque la vanne",
    "spanish": "Hola:\nEl 2 de marzo de 2026 el técnico escribió que faltaba lo siguiente:\n- la válvula",
    "dutch": "Hallo,\nOp 2 maart 2026 schreef ik dat dit ontbreekt:\n- de klep",
    "polish": "Witam,\n2 marca 2026 napisałem, czego brakuje:\n- zawór",
    "swedish": "Hej,\nDen 2 mars 2026 skrev jag till er om detta:\n- ventilen",
    "russian": "Добрый день!\n2 марта 2026 я написал:\n- нет клапана",
    "arabic": "مرحبا\nفي 2 مارس 2026 كتبت لكم ما يلي:\n- الصمام مفقود",
}


def language_samples() -> list[Sample]:
    return _bodies() + _words() + _replies()


def _bodies() -> list[Sample]:
    def body(name: str, label: str, text: str, codec: str, *, raw: bytes | None = None, **more: object) -> Sample:
        header = f"Content-Type: text/plain; charset={label}" if label else "Content-Type: text/plain"
        return Sample(f"language_{name}", message(FROM, TO, SUBJECT, header, body=raw or text.encode(codec)), {"text": text, **more})

    greek, hebrew = "Το κλιματιστικό χάλασε, στείλτε τεχνικό.", "המזגן התקלקל, אנא שלחו טכנאי."
    thai, turkish = "แอร์เสีย กรุณาส่งช่างมาซ่อม", "Klimamız çalışmıyor, lütfen usta gönderin. Teşekkürler, Işıl"
    persian, ukrainian = "سلام، کولر گازی ما خراب شده است", "Кондиціонер не працює, надішліть, будь ласка, майстра. Ґанок, їжа"
    polish, kana = "Klimatyzacja nie działa, proszę o przysłanie serwisanta.", "ｴｱｺﾝが動きません。至急お願いします。"
    japanese, korean = "給湯器からお湯が出ません。", "보일러가 작동하지 않습니다. 빨리 와 주세요."
    rare, hong_kong = "产品编号㐀䶮已坏", "冷氣機壞咗，麻煩你哋派師傅嚟整。"
    flipped = "UTF-16 に切り替えました"
    return [
        body("greek", "iso-8859-7", greek, "iso-8859-7", repaired=False),
        body("hebrew", "windows-1255", hebrew, "cp1255", repaired=False),
        body("hebrew_visual_label", "iso-8859-8-i", hebrew, "iso-8859-8", repaired=False),
        body("thai", "tis-620", thai, "cp874", repaired=False),
        body("turkish", "iso-8859-9", turkish, "cp1254", repaired=False),
        body("arabic_iso", "iso-8859-6", "المكيف لا يعمل منذ أمس", "iso-8859-6", repaired=False),
        body("persian_declared_ascii", "us-ascii", persian, "utf-8", repaired=True),
        body("ukrainian", "koi8-u", ukrainian, "koi8-u", repaired=False),
        body("polish", "iso-8859-2", polish, "iso-8859-2", repaired=False),
        body("russian_dos", "ibm866", "Сломался холодильник", "cp866", repaired=False),
        body("russian_mac", "x-mac-cyrillic", "Сломался холодильник", "mac_cyrillic", repaired=False),
        body("japanese_euc", "euc-jp", japanese, "euc_jp", repaired=False),
        body("japanese_half_width_kana", "shift_jis", kana, "cp932", repaired=False),
        body("japanese_declared_as_latin", "iso-8859-1", "お世話になっております。エアコンが動きません。", "cp932", repaired=True),
        body("japanese_utf16_without_mark", "utf-16le", flipped, "utf-16-le"),
        body("korean_stateful", "iso-2022-kr", korean, "iso2022_kr", repaired=False),
        body("korean_undeclared", "", korean, "cp949", repaired=True),
        body("chinese_four_byte", "gb18030", rare, "gb18030", repaired=False),
        body("chinese_hong_kong", "big5-hkscs", hong_kong, "big5hkscs", repaired=False),
        body("chinese_traditional_in_gbk", "gb2312", "冷氣故障，請儘快維修", "gbk", repaired=False),
        body("utf8_with_byte_order_mark", "utf-8", "维修", "utf-8-sig", repaired=False),
        body("charset_with_a_comment", "utf-8 (Unicode)", "维修完成", "utf-8"),
        body("charset_given_twice", "utf-8; charset=us-ascii", "Größe", "utf-8"),
    ]


def _words() -> list[Sample]:
    def subject(name: str, header: str | bytes, expected: str) -> Sample:
        return Sample(f"language_word_{name}", message(FROM, TO, header, PLAIN, body="x"), {"subject": expected})

    emoji = "漏水🚰急".encode()
    korean = "에어컨 수리 요청".encode("cp949")
    return [
        subject("with_a_language", "Subject: =?utf-8*zh-cn?B?" + base64.b64encode("报修".encode()).decode() + "?=", "报修"),
        subject("emoji_split", f"Subject: =?utf-8?B?{_b(emoji[:8])}?=\r\n =?UTF-8?b?{_b(emoji[8:])}?=", "漏水🚰急"),
        subject(
            "korean_split", f"Subject: =?ks_c_5601-1987?B?{_b(korean[:3])}?= =?ks_c_5601-1987?B?{_b(korean[3:])}?=", "에어컨 수리 요청"
        ),
        subject("glued_to_text", f"Subject: Re:{word('故障', 'utf-8')}(urgent)", "Re:故障(urgent)"),
        subject("glued_to_each_other", f"Subject: {word('故障', 'utf-8')}{word('维修', 'utf-8')}", "故障维修"),
        subject("underscores_are_blanks", "Subject: =?utf-8?Q?Gr=C3=B6=C3=9Fe_und_Ma=C3=9F?=", "Größe und Maß"),
        subject("in_quotes", f'Subject: "{word("报修", "gb18030", "gbk")}"', '"报修"'),
        subject("two_charsets", f"Subject: {word('修理', 'iso2022_jp', 'iso-2022-jp')} {word('ремонт', 'koi8-r', 'koi8-r')}", "修理ремонт"),
        subject("direction_override", "Subject: invoice \u202efdp.exe\u202c now", "invoice fdp.exe now"),
        Sample(
            "language_word_sender_japanese_raw_escape",
            message("From: 修理係 <kakari@example.jp>".encode("iso2022_jp"), TO, SUBJECT, PLAIN, body="x"),
            {"from_email": "kakari@example.jp", "from_name": "修理係"},
        ),
        Sample(
            "language_word_sender_arabic",
            message(f"From: {word('شركة التبريد', 'cp1256', 'windows-1256')} <info@example.ae>", TO, SUBJECT, PLAIN, body="x"),
            {"from_email": "info@example.ae", "from_name": "شركة التبريد"},
        ),
    ]


def _b(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _replies() -> list[Sample]:
    def reply(name: str, body: str, new: str) -> Sample:
        return Sample(f"reply_{name}", message(FROM, TO, SUBJECT, PLAIN, body=body), {"text": body.strip(), "new_text": new})

    def kept(name: str, body: str) -> Sample:
        return reply(f"{name}_told_and_kept", body, body)

    return [
        reply(
            "german",
            "Passt, danke!\n\nAm Mo., 2. März 2026 um 10:00 Uhr schrieb Support <s@x.org>:\n\n> Morgen um neun?\n",
            "Passt, danke!",
        ),
        reply(
            "german_wrapped",
            "Ja\n\nAm 02.03.2026 um 10:00 schrieb Support Team der Firma Beispiel\n<support@callout.example>:\n> Geht es?\n",
            "Ja",
        ),
        reply(
            "german_outlook",
            "Einverstanden\n\nVon: Support <s@x.org>\nGesendet: Montag, 2. März 2026 10:00\nAn: Ann\nBetreff: AW: s\n\nalt",
            "Einverstanden",
        ),
        reply("german_original", "Erledigt\n\n-----Ursprüngliche Nachricht-----\nVon: S\nalt", "Erledigt"),
        reply("french", "Oui, merci.\n\nLe lun. 2 mars 2026 à 10:00, Support <s@x.org> a écrit :\n\n> Demain ?\n", "Oui, merci."),
        reply(
            "french_outlook",
            "D'accord\n\nDe : Support <s@x.org>\nEnvoyé : lundi 2 mars 2026 10:00\nÀ : Ann\nObjet : RE: s\n\nancien",
            "D'accord",
        ),
        reply("spanish", "Gracias\n\nEl lun, 2 mar 2026 a las 10:00, Support (<s@x.org>) escribió:\n\n> ¿Funciona?\n", "Gracias"),
        reply("russian", "Да, спасибо\n\nпн, 2 мар. 2026 г. в 10:00, Support <s@x.org>:\n\n> Завтра?\n", "Да, спасибо"),
        reply("russian_yandex", 'Подходит\n\n02.03.2026, 10:00, "Support" <s@x.org> написал(а):\n> Завтра?\n', "Подходит"),
        reply(
            "russian_outlook",
            "Согласен\n\nОт: Support <s@x.org>\nОтправлено: 2 марта 2026 г. 10:00\nКому: Ann\nТема: RE: s\n\nстарое",
            "Согласен",
        ),
        reply("japanese", "お願いします。\n\n2026年3月2日(月) 10:00 Support <s@x.org>:\n\n> 明日はいかがですか。\n", "お願いします。"),
        reply(
            "japanese_outlook",
            "承知しました。\n\n差出人: Support <s@x.org>\n送信日時: 2026年3月2日 10:00\n宛先: Ann\n件名: Re: s\n\n古い内容",
            "承知しました。",
        ),
        reply(
            "korean",
            "네, 좋습니다.\n\n2026년 3월 2일 (월) 오전 10:00, Support <s@x.org>님이 작성:\n\n> 내일 괜찮으세요?\n",
            "네, 좋습니다.",
        ),
        reply(
            "korean_outlook",
            "확인했습니다.\n\n보낸 사람: Support <s@x.org>\n보낸 날짜: 2026년 3월 2일\n받는 사람: Ann\n제목: RE: s\n\n이전",
            "확인했습니다.",
        ),
        reply("arabic", "شكرا\n\nفي الاثنين، 2 مارس 2026 في 10:00 ص تمت كتابة ما يلي بواسطة Support <s@x.org>:\n\n> غدا؟\n", "شكرا"),
        reply("german_phone_signature", "Es tropft wieder.\n\nVon meinem iPhone gesendet", "Es tropft wieder."),
        reply("japanese_phone_signature", "水が止まりません。\n\niPhoneから送信", "水が止まりません。"),
        reply(
            "a_date_before_the_quotation_is_kept",
            "Termin war 2026 um 10:00.\nAm 02.03.2026 um 10:00 schrieb Support <s@x.org>:\n> Wann?",
            "Termin war 2026 um 10:00.",
        ),
        reply(
            "a_sentence_with_a_colon_is_kept",
            "Le client a écrit :\n- la pompe fuit\n- le tuyau aussi",
            "Le client a écrit :\n- la pompe fuit\n- le tuyau aussi",
        ),
        reply("german_name_alone", "Ja\n\nAm 02.03.26 um 10:00 schrieb Ben von der Heide:\nGeht es?", "Ja"),
        reply("polish", "Tak\n\npon., 2 mar 2026 o 10:00 Support <me@x.org> napisał(a):\n\nJutro?", "Tak"),
        reply("japanese_apple", "はい。\n\n2026/03/02 10:00、Support <s@x.org>のメール:\n\n明日は？", "はい。"),
        reply("thai", "ได้ค่ะ\n\nเมื่อ จ. 2 มี.ค. 2026 เวลา 10:00 Support <s@x.org> เขียนว่า:\n\nพรุ่งนี้?", "ได้ค่ะ"),
        reply("french_name_with_a_dot", "Oui\n\nLe lun. 2 mars 2026 à 10:00, callout.eu <s@callout.eu> a écrit :\n\nDemain ?", "Oui"),
        reply("russian_yahoo", "Да\n\nпонедельник, 2 марта 2026 г., 10:00:00 GMT+3, Ann Lee написал(-а):\n\nЗавтра?", "Да"),
        *(kept(name, body) for name, body in TOLD.items()),
    ]
