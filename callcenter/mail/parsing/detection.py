"""Guess the charset of bytes nobody declared.

First by how many of the decoded characters are the everyday ones of a language (this works on a subject of six characters, where
statistical detectors fail): East Asian multi-byte charsets, then single-byte ones; what is left goes to charset-normalizer.
"""

from __future__ import annotations

from functools import lru_cache

from charset_normalizer import from_bytes

from .single_byte import best_single_byte

_SAMPLE = 4096
_SINGLE_BYTE = ["cp1252", "cp1251", "koi8_r", "cp1250", "cp1253", "cp1254", "cp1255", "cp1256", "cp874", "cp1257", "iso8859_5", "iso8859_2"]
# The most frequent characters of each language, as text corpora count them.
_SIMPLIFIED = (
    "的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过发后作里用道行所然家种事成方多经么去法学如都同现当"
    "没动面起看定天分还进好小部其些主样理心她本前开但因只从想实日军者意无力它与长把机十民第公此已工使情明性知全三又关点正业外将两高间由问很最重并物手"
    "应战向头文体政美相见被利什二等产或新己制身果加西斯月话合回特代内信表化老给世位次度门任常先海通教儿原东声提立及比员解水名真论处走义各入几口认条平"
    "系气题活尔更别打女变四神总何电数安少报才结反受目太量再感建务做接必场件计管期市直德资命山金指克许统区保至队形社便空决治展马科司五基眼书非则听白却界"
    "达光放强即像难且权思王象完设式色路记南品住告类求据程北边死张该交规万取拉格望觉术领共确传师观清今切院让识候带导争运您请维修客服谢订单预约空调故障测试你好附件回复转"
)
_TRADITIONAL = (
    "的一是不了在人有我他這個們中來上大為和國地到以說時要就出會可也你對生能而子那得於著下自之年過發後作裡用道行所然家種事成方多經麼去法學如都同現當"
    "沒動面起看定天分還進好小部其些主樣理心她本前開但因只從想實日軍者意無力它與長把機十民第公此已工使情明性知全三又關點正業外將兩高間由問很最重並物手"
    "應戰向頭文體政美相見被利什二等產或新己制身果加西月話合回特代內信表化老給世位次度門任常先海通教兒原東聲提立及比員解水名真論處走義各入幾口認條平"
    "系氣題活更別打女變四神總何電數安少報才結反受目太量再感建務做接必場件計管期市直資命山金指許統區保至隊形社便空決治展馬科司五基眼書非則聽白卻界您請維修客服謝訂單預約附件回覆轉測試"
)
_KOREAN = (
    "이다는에의을가고하지사로한은기대를도리인자서어나아스시부해정일원라그수전여보장주제과있들게비조구상으우유공것미만치국오적와성었신안동내위러마관문요금트"
    "방진선니강소년면무분김지입개생세진드습계당임중없후반거모실바최때역호단행감회재영현용학통화법체연교두음업파차물산양명터결등월천속할합너려르"
    "건선청외더초박본달간새말복운작질피히발평매못타경처변느노크야녕문의감사합니다안녕하세요수리접수고장테스트첨부답장"
)


@lru_cache(maxsize=1)
def _everyday() -> dict[str, frozenset[str]]:
    return {"gb18030": frozenset(_SIMPLIFIED), "cp950": frozenset(_TRADITIONAL), "cp949": frozenset(_KOREAN)}


@lru_cache(maxsize=1)
def _ordinary() -> dict[str, frozenset[str]]:
    """The characters a charset's first level holds: in real text nearly all are of these."""
    return {
        "gb18030": _rows("gb2312", range(0xB0, 0xD8)) | _rows("gb2312", (0xA1, 0xA3)),
        "cp950": _rows("big5", range(0xA4, 0xC7)) | _rows("big5", (0xA1, 0xA2, 0xA3)),
        "cp949": _rows("euc_kr", range(0xB0, 0xC9)) | _rows("euc_kr", (0xA1, 0xA3)),
        "euc_jp": _rows("euc_jp", range(0xB0, 0xD0)) | _rows("euc_jp", (0xA1, 0xA3, 0xA4, 0xA5)),
        "cp932": _rows("euc_jp", range(0xB0, 0xD0)) | _rows("euc_jp", (0xA1, 0xA3, 0xA4, 0xA5)),
    }


def _rows(codec: str, leads: range | tuple[int, ...]) -> frozenset[str]:
    return frozenset("".join(bytes((lead, trail)).decode(codec, "ignore") for lead in leads for trail in range(0x40, 0xFF)))


def _is_kana(character: str) -> bool:
    return "\u3041" <= character <= "\u30fe"


def _prefix(data: bytes) -> bytes:
    """A sample that ends where an ASCII byte ends, so that no character is cut in two."""
    if len(data) <= _SAMPLE:
        return data
    for end in range(_SAMPLE, max(_SAMPLE - 400, 0), -1):
        if data[end - 1] < 0x40:
            return data[:end]
    return data[:_SAMPLE]


def _score(sample: bytes, codec: str) -> float:
    """How much `sample` reads like text in `codec`: 0 (not) … about 2 (surely)."""
    try:
        text = sample.decode(codec)
    except UnicodeDecodeError as error:
        if error.start < len(sample) - 3:
            return 0.0
        text = sample[: error.start].decode(codec)
    special = [character for character in text if character > "\x7f"]
    if not special:
        return 0.0
    ordinary = sum(1 for character in special if character in _ordinary()[codec]) / len(special)
    if codec in ("cp932", "euc_jp"):
        everyday = sum(1 for character in special if _is_kana(character)) / len(special)
    else:
        everyday = sum(1 for character in special if character in _everyday()[codec]) / len(special)
    return 0.0 if ordinary < 0.7 else ordinary * 0.5 + everyday * 1.5


def _best_east_asian(data: bytes) -> tuple[str, float]:
    sample = _prefix(data)
    scores = {codec: _score(sample, codec) for codec in ("gb18030", "cp950", "cp932", "cp949", "euc_jp")}
    best = max(scores, key=lambda codec: scores[codec])
    return best, scores[best]


def is_surely_east_asian(data: bytes) -> bool:
    """Whether bytes that pass as a Western charset are East Asian beyond doubt: several characters, nearly all everyday ones."""
    special = sum(1 for byte in data[:_SAMPLE] if byte > 0x7F)
    return special >= 8 and _best_east_asian(data)[1] >= 1.2


def detect(data: bytes) -> str:
    """Python's name of the likeliest codec of 8-bit `data` that is not UTF-8; "" when nothing fits. Looks at the first 4 kB only."""
    sample = _prefix(data)
    codec, score = _best_east_asian(sample)
    if score >= 0.9:
        return codec
    single, single_score = best_single_byte(sample)
    if single_score >= 1.2:
        return single
    match = from_bytes(sample, cp_isolation=_SINGLE_BYTE, threshold=0.4, enable_fallback=False).best()
    if score > 0.45 and (match is None or single_score < 0.9):
        return codec
    if single_score >= 0.9 or match is None:
        return single
    return str(match.encoding)
