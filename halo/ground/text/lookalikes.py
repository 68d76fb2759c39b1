"""Letters that look like ours: what a name looks like, whatever it is made of.

Of Unicode's table of confusables (UTS #39) those that stand for one Latin letter, with the small letters of capitals,
and a few pairs by eye; compatibility forms (full-width, mathematical) and accents are folded before the table is asked.
A name that looks like another is not the same name: this only says that a person could take it for the other.
"""

from __future__ import annotations

import re
import unicodedata

_LETTERS = {
    "a": "ɑΑαАаᎪᗅ⍺ꓮ𐊠𖽀",
    "b": "ƄΒВЬвьᏏᏴᑲᖯᗷꓐꞴ𐊂𐊡𐌁",
    "c": "СсᏟᑕᴄⲤⲥꓚꮯ𐊢𐌂𐐕𐐽𐔜𑣩𑣲🝌",
    "d": "ĐđԁᎠᏧᑯᗞᗪꓒꓓ",
    "e": "ɛΕεЕеєҽᎬ℮⋿ⴹꓰꬲ𐊆𑢦𑢮",
    "f": "ϜքᖴẝꓝꞘꞙꬵ𐊇𐊥𐔥𑢢𑣂𝈓",
    "g": "ƍɡԌԍցᏀᏳᶃꓖ",
    "h": "ħΗНнһհᎻᏂᕼⲎꓧ𐋏",
    "j": "ͿϳЈјᎫᒍꓙꞲ",
    "k": "ΚκКкᏦᛕⲔꓗ𐔘",
    "l": "ıŁłƖǀɩɪΙιІіӀӏ۱ᎥᏞᒪᛁ∣⍳⏽ⲒⳐⵏꓡꓲꙇꭵ𐊊𐌉𐌠𐐛𐔦𑢣𑢲𑣃𖼖𖼨𝈪",
    "m": "ΜϺМмᎷᗰᛖⲘꓟ𐊰𐌑",
    "n": "ΝηпոռⲚꓠ𐔓",
    "o": "ØøΟοσОоՕօ۵०০੦૦ଠ୦௦ం౦ಂ೦ംഠ൦ං๐໐ဝ၀ჿዐᴏᴑⲞⲟⵔ〇ꓳꬽ𐊒𐊫𐐄𐐬𐓂𐓪𐔖𑓐𑢵𑣈𑣗𑣠",
    "p": "ΡρРрᏢᑭ⍴Ⲣⲣꓑ𐊕",
    "q": "ԛգզⵕ",
    "r": "ƦгᎡᏒᖇᴦⲅꓣꭇꭈꮁ𐒴𖼵𝈖",
    "s": "ƽЅѕՏᏕᏚꓢꜱꮪ𐊖𐐠𐑈𑣁𖼺",
    "t": "ŧΤτТтᎢ⊤⟙Ⲧꓔ𐊗𐊱𐌕𑢼𖼊🝨",
    "u": "ʋυиՍսሀᑌᴜ∪⋃ꓴꞟꭎꭒ𐓎𐓶𑢸𑣘𖽂",
    "v": "νѴѵ۷Ꮩᐯᴠ∨⋁ⴸꓦꛟꮩ𐔝𑜆𑢠𑣀𖼈𝈍",
    "w": "ɯωѡԜԝաᎳᏔᴡꓪꮃ𑜊𑜎𑜏𑣦𑣯",
    "x": "×ΧχХхᕁᕽ᙭᙮ᚷ╳⤫⤬⨯ⲬⵝꓫꞳ𐊐𐊴𐌗𐌢𐔧𑣬",
    "y": "ɣʏΥγУуҮүყᎩᎽᶌỿⲨꓬꭚ𐊲𑢤𑣜𖽃",
    "z": "ΖᏃᴢꓜꮓ𐋵𑢩𑣄𑣥",
}
"""What a letter is taken for. `i`, `l`, `1` and `|` are one, as are `o` and `0`."""
_TAKEN_FOR = str.maketrans(
    {sign: letter for letter, signs in _LETTERS.items() for sign in signs}
    | {"I": "l", "i": "l", "1": "l", "|": "l", "0": "o", "$": "s"}
)
_PAIRS = (("rn", "m"), ("vv", "w"))
_GAPS = re.compile(r"[\W_]+")


def holds(name: str, known: str) -> bool:
    """Whether words of the name look like the known name, with or without the spaces between them."""
    wanted, looks = "".join(words(known)), words(name)
    ends = range(1, len(looks) + 1)
    return any("".join(looks[first:last]) == wanted for last in ends for first in range(last))


def words(name: str) -> list[str]:
    """The words of a name as they look; `VSCode` is two words, and so is `Claude2`."""
    seen = "".join(sign for sign in unicodedata.normalize("NFKD", name) if unicodedata.category(sign)[0] not in "MC")
    text = "".join(sign if not _begins_word(seen[at - 1 : at], sign) else f" {sign}" for at, sign in enumerate(seen))
    text = text.translate(_TAKEN_FOR).lower().translate(_TAKEN_FOR)
    for pair, letter in _PAIRS:
        text = text.replace(pair, letter)
    return [word for word in _GAPS.split(text) if word]


def _begins_word(before: str, sign: str) -> bool:
    return (before.islower() and sign.isupper()) or (before.isalpha() and sign.isdigit())
