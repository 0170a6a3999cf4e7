"""The notes that are built. The same number gives the same note, however many there are and whatever the machine."""

from __future__ import annotations

import random
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, slots=True)
class Sample:
    """A note before any syntax: the pieces of an answer are text and phrases in turn, text first."""

    question: str
    answer: tuple[str, ...]
    details: tuple[str, ...]
    """List items below the answer's paragraph."""
    remark: str

    @property
    def phrases(self) -> int:
        """How many cards it makes."""
        return len(self.answer) // 2


def generated(count: int) -> Iterator[Sample]:
    """Notes in Chinese with English terms, two to four phrases each, as an interview deck has them."""
    return map(_generated, range(count))


SUBJECTS = (
    "多头注意力", "位置编码", "层归一化", "残差连接", "KV 缓存", "投机解码", "混合专家", "梯度累积", "权重衰减", "学习率预热",
    "标签平滑", "知识蒸馏", "量化感知训练", "张量并行", "流水线并行", "混合精度", "检索增强生成", "思维链", "指令微调", "奖励模型",
    "近端策略优化", "直接偏好优化", "字节对编码", "束搜索", "温度采样", "核采样", "旋转位置编码", "滑动窗口注意力", "分页注意力", "前缀缓存",
    "LoRA", "QLoRA", "FlashAttention", "RMSNorm", "SwiGLU", "Adam", "ZeRO", "RLHF", "BLEU", "perplexity",
)  # fmt: skip
ASPECTS = (
    "解决什么问题", "为什么有效", "代价在哪里", "怎样实现", "什么时候失效", "与相近的做法有何不同", "有哪些超参数", "怎样验证", "最初怎样提出",
    "对显存有什么影响", "对训练稳定性有什么影响", "对推理延迟有什么影响", "怎样与并行训练配合", "常见的误解是什么", "为什么后来被改进",
    "怎样向外行解释", "复杂度是多少", "数值上要注意什么", "怎样调试", "有哪些替代方案",
)  # fmt: skip
SETTINGS = (
    "预训练", "微调", "长文本", "小批量", "多机训练", "手机端", "对话", "代码生成", "翻译", "摘要", "多模态", "低精度", "在线服务", "离线批处理",
    "稀疏数据", "多语言", "检索", "分类", "强化学习", "流式输出", "高并发", "冷启动", "消融实验", "面试", "教学", "论文复现", "生产环境", "单卡",
    "异构集群", "安全审计",
)  # fmt: skip
OPENERS = (
    "一般认为",
    "直观地看",
    "从梯度看",
    "从显存看",
    "实验表明",
    "换个角度",
    "严格说来",
    "在实践中",
    "按原论文的说法",
    "粗略估算",
)
CLAUSES = (
    "输入先经过线性投影再缩放", "各个位置的分数相互独立", "方差随维度 $d_k$ 线性增长", "softmax 的梯度几乎为零", "权重只需读取一次",
    "激活值要在反向传播时重算", "通信量与参数量成正比", "每一步只生成一个 token", "误差会沿着序列累积", "批量越大吞吐越高", "尾部词的概率被压低",
    "`attention_mask` 会屏蔽后面的位置", "学习率过大时 loss 会突然发散", "数值范围由 `float16` 的指数位决定", "模型倾向于复制上文",
    "结果对随机种子不敏感", "显存占用从 $O(n^2)$ 降到 $O(n)$", "不同的头关注不同的关系", "训练与推理的分布并不一致", "收益随规模递减",
)  # fmt: skip
PHRASES = (
    "低维子空间", "显存带宽", "梯度消失", "归一化", "因果掩码", "线性增长", "首词延迟", "稀疏激活", "数值溢出", "负载均衡", "自回归", "均匀分布",
    "最小集合", "名次不变", "过拟合", "偏差与方差的权衡", "query 与 key 的点积", "feed-forward 层", "teacher forcing", "all-reduce", "top-p",
    "**温度** $T$", "残差流", "参数共享", "早停", "信息瓶颈", "logits", "低秩近似", "重参数化", "指数滑动平均",
)  # fmt: skip
SOURCES = (
    "原论文第三节",
    "作者的开源代码",
    "后续的复现报告",
    "一次线上事故的复盘",
    "课程讲义",
    "框架的文档",
    "消融实验的附表",
    "社区的讨论",
)


def _generated(number: int) -> Sample:
    choose = random.Random(number)
    rest, subject = divmod(number, len(SUBJECTS))
    rest, aspect = divmod(rest, len(ASPECTS))
    setting = SETTINGS[rest % len(SETTINGS)] + (
        "" if rest < len(SETTINGS) else f"的第 {rest // len(SETTINGS) + 1} 阶段"
    )
    pieces = [f"{choose.choice(OPENERS)}，{choose.choice(CLAUSES)}，其中的关键是"]
    for phrase in choose.sample(PHRASES, choose.randint(2, 4)):
        pieces += [phrase, f"：{choose.choice(CLAUSES)}，约为 {choose.randint(2, 9999)}；{choose.choice(OPENERS)}，"]
    pieces[-1] = f"，{choose.choice(CLAUSES)}。"
    details = [f"{choose.choice(SUBJECTS)}：{clause}" for clause in choose.sample(CLAUSES, choose.choice((0, 0, 2, 3)))]
    year = choose.randint(2014, 2026)
    return Sample(
        question=f"{setting}时，{SUBJECTS[subject]}{ASPECTS[aspect]}？",
        answer=tuple(pieces),
        details=tuple(details),
        remark=f"见{choose.choice(SOURCES)}（{year}）；{choose.choice(CLAUSES)}，并非*总是*如此。",
    )


def real(count: int) -> Iterator[Sample]:
    """Notes cut from prose that people wrote, since generated text says little of compression: the language reference
    that comes with Python. There are about six hundred.
    """
    return islice(_real(), count)


def _real() -> Iterator[Sample]:
    from pydoc_data.topics import topics  # noqa: PLC0415 - half a megabyte, for one row of the table

    for name, text in sorted(topics.items()):
        paragraphs = [" ".join(paragraph.split()) for paragraph in text.split("\n\n")]
        prose = [p for p in paragraphs if len(p) > 150 and p[0].isalpha() and not set(p) & set("<>{}[]`$\\|~&")]
        for number, paragraph in enumerate(prose):
            words = paragraph.split(" ")
            third = len(words) // 3
            yield Sample(
                question=f"{name}, {number + 1}: {' '.join(words[:8])} …?",
                answer=(
                    " ".join(words[: third - 2]) + " ",
                    " ".join(words[third - 2 : third]),
                    " " + " ".join(words[third : 2 * third]) + " ",
                    " ".join(words[2 * third : 2 * third + 3]),
                    " " + " ".join(words[2 * third + 3 :]),
                ),
                details=(),
                remark=f"Python’s language reference on {name}.",
            )
