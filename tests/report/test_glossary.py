from markupsafe import escape

from samscope.report.glossary import GLOSSARY, explained


def test_a_word_is_marked_once_with_its_meaning() -> None:
    marked = explained("AUROC of this, and auroc of that")
    assert marked.count('class="term"') == 1
    assert marked.endswith("of this, and auroc of that")
    (auroc,) = [term for term in GLOSSARY if term.word == "AUROC"]
    assert f'href="#{auroc.anchor}"' in marked
    assert str(escape(auroc.meaning)) in marked


def test_what_is_markup_in_a_text_is_shown() -> None:
    assert explained("<b>J&F</b>").startswith("&lt;b&gt;<a")
    assert ">J&amp;F</a>&lt;/b&gt;" in explained("<b>J&F</b>")


def test_the_longer_word_wins_and_parts_of_words_stay() -> None:
    assert 'href="#term-object-score"' in explained("the object score")
    assert explained("redrawing a withdrawn drawl") == "redrawing a withdrawn drawl"


def test_anchors_are_unique() -> None:
    assert len({term.anchor for term in GLOSSARY}) == len(GLOSSARY)
