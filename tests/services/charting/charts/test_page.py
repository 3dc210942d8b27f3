"""The HTML of a chart around its specification; tests/services/charting/renderer/test_html.py opens it in a browser."""

import json
import re

from services.charting.charts import page, page_policy
from services.charting.charts.page import json_for_script

HOSTILE = "</script><script>alert(1)</script><!-- & \u2028"


def test_a_sensors_name_cannot_leave_the_data_it_is_in() -> None:
    document = page({"title": {"text": HOSTILE}, "usermeta": {"locale": '"><script>'}}, b"/* bundle */").decode()
    assert len(re.findall("<script", document)) == 3
    assert "<!--" not in document
    data = re.search(r'<script id="spec" type="application/json">(.*?)</script>', document, re.DOTALL)
    assert data is not None
    assert json.loads(data[1])["title"]["text"] == HOSTILE


def test_the_policy_allows_these_scripts_and_no_network() -> None:
    policy = page_policy(b"/* bundle */")
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert "unsafe-eval" not in policy
    assert page_policy(b"/* another */") != policy
    assert f'content="{policy}"' in page({}, b"/* bundle */").decode()


def test_escaped_json_is_the_same_json() -> None:
    assert json.loads(json_for_script({"a": HOSTILE})) == {"a": HOSTILE}
