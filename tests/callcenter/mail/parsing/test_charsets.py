"""Bytes become the text that was meant."""

from __future__ import annotations

import pytest

from callcenter.mail.parsing.charsets import canonical, decode, storable

SENTENCES = [
    ("空调故障", "gb18030"),
    ("测试", "gb18030"),
    ("关于设备维修的请求，请尽快安排", "gb18030"),
    ("冷氣故障請儘快維修", "cp950"),
    ("測試", "cp950"),
    ("テスト", "cp932"),
    ("修理のお願い", "cp932"),
    ("見積書の件", "cp932"),
    ("エアコン修理のお願い", "euc_jp"),
    ("수리 요청", "cp949"),
    ("견적서", "cp949"),
    ("안녕하세요 에어컨이 고장났습니다", "cp949"),
    ("Здравствуйте, сломался кондиционер", "cp1251"),
    ("Ремонт", "cp1251"),
    ("Привет мир", "koi8_r"),
    ("Здравствуйте, сломался кондиционер", "koi8_r"),
    ("مرحبا المكيف معطل", "cp1256"),
    ("Réparation de la chaudière cassée", "cp1252"),
    ("Müller", "cp1252"),
    ("Größe und Übermaß", "cp1252"),
    ("Zażółć gęślą jaźń", "cp1250"),
    ("Καλημέρα σας, το κλιματιστικό χάλασε", "cp1253"),
    ("สวัสดีครับ แอร์เสีย", "cp874"),
    ("שלום, המזגן שלנו לא עובד", "cp1255"),
    ("Klimamız çalışmıyor, teşekkürler", "cp1254"),
]


@pytest.mark.parametrize(("text", "codec"), SENTENCES)
def test_undeclared_text_is_recognised(text: str, codec: str) -> None:
    assert decode(text.encode(codec)).text == text


@pytest.mark.parametrize(
    ("label", "codec"),
    [
        ("GB2312", "gb18030"),
        ("iso-gb2312", "gb18030"),
        ('"utf-8"', "utf-8"),
        ("windows1251", "cp1251"),
        ("x-sjis", "cp932"),
        ("cp-850", "cp850"),
        ("latin1", "cp1252"),
        ("unknown-8bit", ""),
        ("rot13", ""),
        ("base64", ""),
        ("idna", ""),
        ("unicode_escape", ""),
        ("no such", ""),
    ],
)
def test_labels_mean_what_senders_mean(label: str, codec: str) -> None:
    assert canonical(label) == codec


def test_vendor_characters_of_iso_2022_jp_are_read() -> None:
    assert decode(b"\x1b$B-!3t<02q<R\x1b(B abc \x1b(I1\x1b(B", "iso-2022-jp").text == "①株式会社 abc ｱ"


def test_western_text_declared_latin_is_not_taken_for_chinese() -> None:
    for text in ("ÀÉÈ ÙÇ ÄÖÜ ÊËÎÏ", "Où est-il ? À côté, là-bas, très près.", "ÄÖÜäöüß ÄÖÜäöüß"):
        assert decode(text.encode("latin-1"), "iso-8859-1").text == text


def test_what_postgresql_refuses_is_replaced() -> None:
    assert storable("a\x00b\ud800c😀") == "a\ufffdb\ufffdc😀"
