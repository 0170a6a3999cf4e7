"""What a callout is called that has no title of its own."""

from __future__ import annotations

CHINESE = {
    "note": "注",
    "abstract": "摘要",
    "summary": "总结",
    "tldr": "总结",
    "info": "信息",
    "todo": "待办",
    "tip": "提示",
    "hint": "提示",
    "important": "重要",
    "success": "成功",
    "check": "完成",
    "done": "完成",
    "question": "问题",
    "help": "帮助",
    "faq": "常见问题",
    "warning": "警告",
    "caution": "小心",
    "attention": "注意",
    "failure": "失败",
    "fail": "失败",
    "missing": "缺失",
    "danger": "危险",
    "error": "错误",
    "bug": "缺陷",
    "example": "例子",
    "quote": "引用",
    "cite": "引用",
}


def title(kind: str, *, chinese: bool) -> str:
    """The kind as a Chinese word where it has one, else as it is typed, with a capital."""
    word = kind.replace("-", " ").capitalize()
    return CHINESE.get(kind, word) if chinese else word
