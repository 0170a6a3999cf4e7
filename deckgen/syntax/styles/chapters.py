"""Headings that hold a document together, and are no question where nothing says so: Contents, License, 1.2.0."""

from __future__ import annotations

import re

from deckgen.patterns import later
from deckgen.syntax.styles.numerals import NUMERAL

CHAPTERS = later(
    r"(?:[\w.-]+ ){0,2}(?:contents|toc|overview|introduction|preface|background|purpose|summary|conclusions?|references"
    r"|links|resources|reading|acknowledge?ments?|credits|licen[sc]es?|copyright|notices?|contribut(?:e|ing|ors?|ions?)"
    r"|contact|authors?|maintainers|about|change ?log|history|notes|versions?|roadmap|status|features|limitations"
    r"|requirements|prerequisites|dependencies|install(?:ation|ing)?|set-?up|build(?:ing)?|start(?:ed)?|quick ?start"
    r"|usage|examples?|configuration|options|flags|parameters|arguments|commands|api|reference|faq|tests?|testing"
    r"|development|support|security|feedback|see also|synopsis|description|todo)(?: (?:guide|policy|instructions))?"
    r"|目录|前言|引言|序言?|简介|介绍|概述|背景|总结|小结|结语|参考(?:资料|文献|链接)?|相关(?:链接|阅读|资料)|延伸阅读"
    r"|扩展阅读|致谢|许可证?|协议|贡献(?:指南|者)?|联系(?:方式|我们)?|作者|关于|更新(?:日志|记录)|版本(?:历史|说明)?|特性|功能"
    r"|安装|环境(?:要求)?|依赖|快速(?:开始|上手|入门)|使用(?:方法|说明)?|用法|示例|配置|命令|参数|常见问题"
    r"|\[?(?:unreleased|v?\d+(?:\.\d+)+)\]?\W*(?:\d{4}\W.*)?",
    re.IGNORECASE,
)
"""What stands above no question."""
AROUND = later(rf"^(?:\d+[.、]\s+|{NUMERAL}[.、．])?[^\w\[]*|[^\w\]]*$")
"""Signs and emoji, and a number."""


def is_furniture(heading: str) -> bool:
    """Whether a heading is of that kind."""
    return CHAPTERS.fullmatch(AROUND.sub("", heading)) is not None
