import json
import re
from base64 import b64encode
from hashlib import sha256

import numpy as np
import pytest

from samscope.report.scripts import SCRIPTS, carried, inline, rounded

HOSTILE = "</script><script>alert(1)</script>&<!--\N{LINE SEPARATOR}"


def test_data_come_back_as_they_were_and_cannot_leave_their_element() -> None:
    value = {"name": HOSTILE, "numbers": [1, None, 2.5], "truth": True}
    text = str(carried(value))
    assert json.loads(text) == value
    assert not set(text) & set("<>&\N{LINE SEPARATOR}")


def test_data_hold_only_what_json_knows() -> None:
    with pytest.raises(ValueError, match="JSON"):
        carried([float("nan")])
    assert rounded(np.array([np.nan, np.inf, 0.0, 1.23456, 98765.4])) == [None, None, 0.0, 1.235, 98770.0]


def test_the_policy_allows_exactly_this_style_and_this_script() -> None:
    found = inline()
    for text, directive in ((found.style, "style-src"), (found.script, "script-src")):
        digest = b64encode(sha256(str(text).encode()).digest()).decode()
        assert f"{directive} 'sha256-{digest}'" in found.policy
    assert found.policy.startswith("default-src 'none'; img-src data:;")
    assert "unsafe" not in found.policy


def test_scripts_write_text_and_never_markup() -> None:
    script = str(inline().script)
    assert len(SCRIPTS) == 5
    for risky in (
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "document.write",
        "eval(",
        "new Function",
        "fetch(",
    ):
        assert risky not in script
    assert not re.search(r"</?(script|style)", script)
