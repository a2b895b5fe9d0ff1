"""Which single-byte charset short text is in, by how often its special characters are the frequent letters of a language."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class _Alphabet:
    """`letters` may occur; `frequent` are the commonest. Western text has many rare ones, so there frequency weighs less."""

    codec: str
    letters: frozenset[str]
    frequent: frozenset[str]


def _alphabet(codec: str, letters: str, frequent: str) -> _Alphabet:
    return _Alphabet(codec, frozenset(letters + letters.upper() + "’‘“”–—…€°«»•§\xa0"), frozenset(frequent))


_RUSSIAN, _RUSSIAN_FREQUENT = "абвгдежзийклмнопрстуфхцчшщъыьэюяё", "оеаинтсрвлкмдпу"
_ARABIC = "".join(map(chr, range(0x621, 0x653))) + "پچژگ،؛؟"
# In order of preference where two fit equally well.
_ALPHABETS = (
    _alphabet("cp1252", "àâäáãåæçéèêëíìîïñóòôöõøœúùûüÿß¡¿£©®·", "éèàâêçüöäßáíóúñåøæãõôîûùÜÖÄÉÀ’‘“”–—…€°«»\xa0"),
    _alphabet("cp1251", _RUSSIAN + "іїєґўџјљњђћ№", _RUSSIAN_FREQUENT),
    _alphabet("koi8_r", _RUSSIAN, _RUSSIAN_FREQUENT),
    _alphabet("iso8859_5", _RUSSIAN + "іїєўџјљњђћ№", _RUSSIAN_FREQUENT),
    _alphabet("cp1250", "ąćęłńóśźżáčďéěíňřšťúůýžőűöüäăâîşţĺľôŕđß", "ąęłńśźżóáčěířšžůéýőűăţş"),
    _alphabet("cp1254", "çğıöşüâîûİ", "çğıöşüİ"),
    _alphabet("cp1253", "αβγδεζηθικλμνξοπρστυφχψωςάέήίόύώϊϋΐΰ", "αοιετσνηυρπκςίά"),
    _alphabet("cp1255", "אבגדהוזחטיךכלםמןנסעףפץצקרשת", "יוהלאמרתבשנםקעדזח"),
    _alphabet("cp1256", _ARABIC, "اليمنوتربةعدسفكه"),
    _alphabet("cp874", "".join(map(chr, [*range(0xE01, 0xE3B), *range(0xE40, 0xE5C)])), "านรอกเงมยลวดทส่้ัี"),
)
_UPPER_INSIDE_WORD = re.compile(r"[^\W\d_A-Z](?=[^\W\d_a-z])")


def best_single_byte(sample: bytes) -> tuple[str, float]:
    """(codec, score): 1.5 is certain, below 0.9 nothing fits."""
    best, best_score = "", 0.0
    for alphabet in _ALPHABETS:
        score = _score(sample, alphabet)
        if score > best_score + 1e-9:
            best, best_score = alphabet.codec, score
    return best, best_score


def _score(sample: bytes, alphabet: _Alphabet) -> float:
    try:
        text = sample.decode(alphabet.codec)
    except UnicodeDecodeError:
        return 0.0
    special = [character for character in text if character > "\x7f"]
    if not special:
        return 0.0
    known = sum(1 for character in special if character in alphabet.letters) / len(special)
    frequent = sum(1 for character in special if character in alphabet.frequent) / len(special)
    # "пРИВЕТ": a capital after a small letter is how text in the wrong one of two Cyrillic charsets looks.
    misplaced = sum(1 for hit in _UPPER_INSIDE_WORD.finditer(text) if hit.group().islower() and text[hit.end()].isupper())
    return known + frequent * 0.5 - misplaced / len(special)
