"""Token ids of CLIP's tokenizer on hard texts, by an implementation that shares nothing with ours.

  python tokenizer.py TOKENIZER_JSON      a CLIP's tokenizer.json (49,408 tokens); needs Python's standard library only

Writes tokenizerIds.json (texts and their ids) and tokenizer.json beside this file: the given tokenizer without the merges that cannot apply to any of the
texts and the tokens that cannot result, 40 times smaller. A merge is left out only if its result is no part of any word of the texts, so that the
remaining ones are tried in the same order on these texts as all of them would be. tokenizer.json's vocabulary and merges are OpenAI's (MIT licence).
"""
import json, os, sys, unicodedata

TEXTS = [
    "a photo of a cat", "A Photo of a CAT.", "", "   ", "\ta  b\n c ", "don't", "it's they're we've I'm you'll he'd WON'T", "rock'n'roll ''quoted''",
    "they’re", "2024-11-22 3.14159 1,000,000", "3d 4K a1b2", "!!!???...", "C++ / C#; <b>&amp;</b> @home #tag $5 100%", "e-mail: a_b@c.de",
    "naïve façade Straße ÆØÅ", "cafe\u0301 caf\u00e9", "ﬁne ﬀ ½ ² №", "İstanbul ΣΑΣ", "Привет, мир", "שלום עולם", "مرحبا بالعالم", "नमस्ते दुनिया", "สวัสดี",
    "一只猫的照片", "猫", "日本語のテキスト", "안녕하세요", "a 猫 and a 犬", "😀", "👍🏽", "👨‍👩‍👧‍👦 family", "🇫🇷🎉🐈‍⬛", "I ❤️ NY", "zero\u200bwidth\u00a0space\u3000wide",
    "<|startoftext|>a<|endoftext|>", "supercalifragilisticexpialidocious", "aaaaaaaaaaaaaaaaaaaaaaaa", "pneumonoultramicroscopicsilicovolcanoconiosis",
    "the quick brown fox jumps over the lazy dog " * 9, "x" * 400, "猫" * 400, "ab1 " * 100,
]


def byte_chars():
    codes = list(range(33, 127)) + list(range(161, 173)) + list(range(174, 256))
    table = {code: chr(code) for code in codes}
    for code in range(256):
        if code not in table:
            table[code] = chr(256 + len(table) - len(codes))
    return table


def is_letter(c):
    return unicodedata.category(c)[0] == "L"


def is_number(c):
    return unicodedata.category(c)[0] == "N"


def words(text):
    """CLIP's pattern, by hand: special tokens, contractions, runs of letters, single digits, runs of anything else but spaces."""
    i = 0
    while i < len(text):
        for special in ("<|startoftext|>", "<|endoftext|>", "'s", "'t", "'re", "'ve", "'m", "'ll", "'d"):
            if text.startswith(special, i):
                end = i + len(special)
                break
        else:
            end = i + 1
            if text[i].isspace():
                i = end
                continue
            if is_letter(text[i]):
                while end < len(text) and is_letter(text[end]):
                    end += 1
            elif not is_number(text[i]):
                while end < len(text) and not (text[end].isspace() or is_letter(text[end]) or is_number(text[end])):
                    end += 1
        yield text[i:end]
        i = end


def merge(pieces, rank):
    while len(pieces) > 1:
        best = min(range(len(pieces) - 1), key=lambda k: rank.get((pieces[k], pieces[k + 1]), 10**9))
        pair = (pieces[best], pieces[best + 1])
        if pair not in rank:
            break
        merged, k = [], 0
        while k < len(pieces):
            if tuple(pieces[k : k + 2]) == pair:
                merged.append(pieces[k] + pieces[k + 1])
                k += 2
            else:
                merged.append(pieces[k])
                k += 1
        pieces = merged
    return pieces


def clean(text):
    text = unicodedata.normalize("NFC", text)
    collapsed, space = [], False
    for c in text:
        if not c.isspace():
            collapsed.append(c)
        elif not space:
            collapsed.append(" ")
        space = c.isspace()
    return "".join(collapsed).lower()


def main(path):
    here = os.path.dirname(os.path.abspath(__file__))
    with open(path, encoding="utf-8") as file:
        tokenizer = json.load(file)
    model = tokenizer["model"]
    vocab = model["vocab"]
    merges = [tuple(m) if isinstance(m, list) else tuple(m.split(" ")) for m in model["merges"]]
    rank, table = {pair: i for i, pair in enumerate(merges)}, byte_chars()
    spelled, cases, used = set(), [], set(vocab[c] for c in vocab if len(c.replace("</w>", "")) == 1)
    for text in TEXTS:
        ids = []
        for word in words(clean(text)):
            if word in ("<|startoftext|>", "<|endoftext|>"):
                ids.append(vocab[word])
                continue
            chars = [table[b] for b in word.encode("utf-8")]
            spelled.add("".join(chars) + "</w>")
            ids += [vocab[piece] for piece in merge(chars[:-1] + [chars[-1] + "</w>"], rank)]
        cases.append({"text": text, "ids": ids})
    spelled_all = "\n".join(spelled)
    kept = [pair for pair in merges if pair[0] + pair[1] in spelled_all]
    tokens = {piece for pair in kept for piece in (*pair, pair[0] + pair[1])} | {"<|startoftext|>", "<|endoftext|>"}
    model["vocab"] = {token: i for token, i in vocab.items() if token in tokens or i in used}
    model["merges"] = [" ".join(pair) for pair in kept]
    for name, value in (("tokenizer.json", tokenizer), ("tokenizerIds.json", cases)):
        with open(os.path.join(here, name), "w", encoding="utf-8") as file:
            json.dump(value, file, ensure_ascii=True, separators=(",", ":"))
            file.write("\n")


if __name__ == "__main__":
    main(sys.argv[1])
