"""What a column of an uploaded table stands for, guessed from its header in English, German or Chinese; the person may correct it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from flask_babel import lazy_gettext as _

# key → (name shown, headers that mean it). The first match of the whole header counts, then a header that begins with one.
TARGETS = {
    "name": (
        _("Name"),
        "name|customer|customer name|full name|contact|contact name|company|firm|kunde|"
        "kundenname|firma|姓名|名称|客户|客户名称|客户姓名|公司|公司名称|單位|名稱|客戶|客戶名稱|客戶姓名|公司名稱|联系人|聯絡人",
    ),
    "first_name": (_("First name"), "first name|given name|forename|vorname|名"),
    "last_name": (_("Last name"), "last name|surname|family name|nachname|姓"),
    "kind": (_("Person or organisation"), "type|kind|customer type|art|类型|客户类型|類型|客戶類型"),
    "tier": (_("Tier"), "tier|level|class|segment|stufe|等级|客户等级|级别|等級|客戶等級"),
    "language": (_("Language"), "language|lang|sprache|语言|語言"),
    "phone": (
        _("Phone"),
        "phone|telephone|tel|phone number|mobile|mobile phone|cell|cell phone|"
        "telefon|handy|mobil|电话|手机|手机号|手机号码|联系电话|座机|電話|手機|手機號碼|聯絡電話|行動電話",
    ),
    "email": (_("Email"), "email|e-mail|mail|email address|e-mail address|e-mail-adresse|邮箱|电子邮箱|电子邮件|邮件|電子郵件|信箱|電郵"),
    "street": (
        _("Street"),
        "street|address|street address|address 1|address line 1|straße|strasse|adresse|anschrift|地址|详细地址|街道|詳細地址",
    ),
    "postal_code": (_("Postal code"), "postal code|postcode|post code|zip|zip code|plz|邮编|邮政编码|郵遞區號|郵編"),
    "city": (_("City"), "city|town|ort|stadt|wohnort|城市|市|所在城市"),
    "country": (_("Country"), "country|country code|land|国家|國家"),
    "access": (_("Access"), "access|directions|zugang|进入说明|門禁|门禁"),
    "equipment": (
        _("Equipment"),
        "equipment|device|appliance|product|unit|machine|gerät|anlage|produkt|设备|设备名称|产品|产品名称|設備|設備名稱|產品",
    ),
    "maker": (_("Maker"), "maker|manufacturer|brand|make|hersteller|marke|品牌|厂家|制造商|廠牌|製造商"),
    "model": (_("Model"), "model|model number|modell|typ|型号|设备型号|產品型號|型號"),
    "serial": (_("Serial number"), "serial|serial number|serial no|serial no.|s/n|sn|seriennummer|序列号|设备编号|机身号|序號|序列號"),
    "installed_on": (
        _("Installed on"),
        "installed|installed on|installation date|install date|einbau|einbaudatum|inbetriebnahme|安装日期|安装时间|安裝日期",
    ),
    "warranty_until": (
        _("Warranty until"),
        "warranty|warranty until|warranty end|warranty expires|garantie|garantie bis|gewährleistung bis|保修期|保修到期|"
        "质保到期|保修截止|保固到期|保固期限",
    ),
    "notes": (_("Notes"), "note|notes|comment|comments|remark|remarks|notiz|notizen|bemerkung|bemerkungen|备注|说明|備註|說明"),
    "": (_("Leave out"), ""),
}
# Only these may stand for several columns: two numbers, two addresses, all that goes into the notes.
REPEATABLE = frozenset({"phone", "email", "notes", ""})


def _plain(header: str) -> str:
    text = unicodedata.normalize("NFKC", header).lower()
    return re.sub(r"[\s_:：*#]+", " ", text.replace("(", " ").replace(")", " ")).strip(" .")


MEANINGS = {_plain(word): key for key, (_name, words) in TARGETS.items() for word in words.split("|") if word}


def guess(headers: Sequence[str]) -> list[str]:
    """A target for every header. What nothing is known about goes into the notes, so that nothing is lost without being said."""
    taken: set[str] = set()
    found: list[str] = []
    for header in headers:
        target = _meaning(_plain(header))
        if target in taken and target not in REPEATABLE:
            target = "notes"
        taken.add(target)
        found.append(target)
    return found


def _meaning(header: str) -> str:
    if header in MEANINGS:
        return MEANINGS[header]
    without_number = re.sub(r"[\s-]*\d+$", "", header)
    if without_number in MEANINGS:
        return MEANINGS[without_number]
    starts = [
        word for word in MEANINGS if header.startswith(word + " ") or (len(word) > 1 and not word.isascii() and header.startswith(word))
    ]
    ends = [word for word in MEANINGS if header.endswith(" " + word)]
    longest = max(starts + ends, key=len, default="")
    return MEANINGS.get(longest, "notes")
