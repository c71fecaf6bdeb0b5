"""Vietnamese as people type it: keys under which a word is found, however its diacritics were written.

Every token of a text has two keys. The *folded key* is the word without diacritics (`d` for `đ`, `i` for a lone final
`y`), with a light stemming of English words: the index finds by it, so nothing is lost when no diacritics were typed.
The *exact key* keeps the diacritics in one spelling (the tone as a trailing digit, wherever it was placed): ranking
uses it when a tone was typed. The exact key determines the folded key.
"""
