"""What figures say: how numbers are written, and the text read out in place of the picture.

The sentences are all here so that another language is a change to this file alone.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from deckgen.figures.numerics import Cost, Saturation

ROWS_NAMED = 8
"""Of more queries than these, alt text tells only the greatest weight."""


def number(value: float) -> str:
    """At most four digits and three decimals, without trailing zeros: `16`, `0.125`, `−2.5`, `0.00012`, `1.5e+07`."""
    size = abs(value)
    if size < 1e-3 or size >= 1e6:  # noqa: PLR2004 - what three decimals can tell, and six digits
        text = f"{value:.2g}"
    elif size >= 1e3:  # noqa: PLR2004 - whole thousands are written out
        text = f"{value:.0f}"
    else:
        text = f"{round(value, 3):.4g}"
    return text.replace("-", "−")


def softmax(
    scores: Sequence[float], greatest: Sequence[float], divisor: float | None, title: str, language: str
) -> str:
    """Alt text: the scores and the greatest probability of each panel, the second being that after the division."""
    listed = ", ".join(map(number, scores))
    if language == "en":
        text = f"softmax: the greatest probability of the scores {listed} is {greatest[0]:.4f}"
        text += f"; after division by {number(divisor)} it is {greatest[1]:.4f}" if divisor is not None else ""
    else:
        text = f"softmax：原始分数 {listed} 的最大概率 {greatest[0]:.4f}"
        text += f"；除以 {number(divisor)} 后 {greatest[1]:.4f}" if divisor is not None else ""
    return _titled(title, text, language)


def attention(
    queries: Sequence[str], keys: Sequence[str], weights: Sequence[Sequence[float]], title: str, language: str
) -> str:
    """Alt text: where each query looks most; of many queries only the greatest weight."""
    english = language == "en"
    peaks = [(max(row), query, _peak(row, keys)) for query, row in zip(queries, weights, strict=True)]
    if len(peaks) > ROWS_NAMED:
        weight, query, key = max(peaks, key=lambda peak: peak[0])
        told = (
            f"the greatest is {weight:.2f}, “{query}” to {key}"
            if english
            else f"最大权重 {weight:.2f}，“{query}”对{key}"
        )
    elif english:
        told = ", ".join(f"“{query}” looks most at {key} ({weight:.2f})" for weight, query, key in peaks)
    else:
        told = "，".join(f"“{query}”最关注{key}（{weight:.2f}）" for weight, query, key in peaks)
    if english:
        return _titled(title, f"attention weights, {len(queries)} queries × {len(keys)} keys: {told}", language)
    return _titled(title, f"注意力权重，{len(queries)} 个 query × {len(keys)} 个 key：{told}", language)


def masked(language: str) -> str:
    """What a hatched cell is."""
    return "masked" if language == "en" else "已遮蔽"


def hidden_later(language: str) -> str:
    """What a causal mask adds to alt text."""
    return "; the causal mask hides later keys" if language == "en" else "；因果掩码遮住后面的 key"


def hidden_padding(keys: Sequence[str], language: str) -> str:
    """What keys that are masked as padding add to alt text."""
    listed = "".join(f"“{key}”" for key in keys)
    if not keys:
        return ""
    return f"; masked as padding: {listed}" if language == "en" else f"；遮住填充 {listed}"


def axes(language: str) -> str:
    """What the rows and the columns of a heat map are, where there is no room to write it beside them."""
    return "row: query, column: key" if language == "en" else "行：query，列：key"


def head(number: int, language: str) -> str:
    """The name of an attention head that has none."""
    return f"head {number}" if language == "en" else f"头 {number}"


def multi_head(
    tokens: Sequence[str],
    names: Sequence[str],
    heads: Sequence[Sequence[Sequence[float]]],
    title: str,
    language: str,
) -> str:
    """Alt text: of each head the greatest weight between two words, for a word looks at itself as a matter of course."""
    told = [
        _link(name, weight, tokens[row], tokens[column], language)
        for name, (weight, row, column) in zip(names, map(_greatest_link, heads), strict=True)
    ]
    if language == "en":
        text = f"multi-head attention, {len(heads)} heads × {len(tokens)} tokens: {'; '.join(told)}"
    else:
        text = f"多头注意力，{len(heads)} 个头 × {len(tokens)} 个词元：{'；'.join(told)}"
    return _titled(title, text, language)


def _link(name: str, weight: float, query: str, key: str, language: str) -> str:
    if language == "en":
        return f"{name}, where “{query}” looks most at “{key}” ({weight:.2f})"
    return f"{name}，“{query}”最关注“{key}”（{weight:.2f}）"


def _greatest_link(weights: Sequence[Sequence[float]]) -> tuple[float, int, int]:
    """The greatest weight off the diagonal, its row and its column; the first of several."""
    links = [
        (round(weight, 6), row, column)
        for row, numbers in enumerate(weights)
        for column, weight in enumerate(numbers)
        if row != column or len(weights) == 1
    ]
    return max(links, key=lambda link: link[0])


def _peak(row: Sequence[float], keys: Sequence[str]) -> str:
    """The key with the greatest weight, or all that share it."""
    return "".join(f"“{key}”" for weight, key in zip(row, keys, strict=True) if math.isclose(weight, max(row)))


def _titled(title: str, text: str, language: str) -> str:
    separator = ": " if language == "en" else "——"
    return f"{title}{separator}{text}" if title else text


WORDS = {
    "entropy": ("熵", "entropy"),
    "not scaled": ("不缩放", "not scaled"),
    "variance": ("分数 q⋅k 的方差（虚线：理论值）", "Variance of the scores q⋅k (dashed: theory)"),
    "largest probability": ("softmax 的最大概率", "Largest probability of softmax"),
    "size of the Jacobian": (
        "梯度能通过多少：diag(p) − ppᵀ 的大小",
        "How much gradient passes: the size of diag(p) − ppᵀ",
    ),
    "dot product": ("点积", "dot product"),
    "additive": ("加性", "additive"),
    "multiply-adds": ("算分数的乘加次数", "Multiply-adds for the scores"),
    "numbers held": ("同时存着多少个数（→ float32 的内存）", "Numbers held at once (→ memory as float32)"),
    "and tanh": ("另有 n² d 次 tanh", "and n² d of tanh"),
    "length": ("序列长度 n，d = {d}", "sequence length n, d = {d}"),
    "Q": ("查询", "queries"),
    "K": ("键", "keys"),
    "V": ("值", "values"),
    "step: scores": ("每个 query 给每个 key 打分", "a score for each query and key"),
    "step: scale": ("让分数的方差回到 1", "brings the scores' variance back to 1"),
    "step: mask": ("不许看的位置加 −∞", "−∞ where a query may not look"),
    "step: softmax": ("每行变成和为 1 的权重", "each row: weights that sum to 1"),
    "step: values": ("按权重把 value 加起来", "sums the values by their weights"),
    "output": ("输出：每个 query 一行", "output: a row for each query"),
    "encoding": ("编码：一列一个位置，越往下变得越慢", "A column a position, lower is slower"),
    "similarity": ("点积只看距离：曲线一样，只是平移", "Dot products tell the distance: one curve, shifted"),
    "position": ("位置", "position"),
    "one projection": ("共用一个投影：", "shared: "),
    "two projections": ("两个投影：", "two: "),
    "symmetric": ("对称", "symmetric"),
    "asymmetric": ("不对称", "asymmetric"),
    "own peak": ("对角线最高的行：", "own score highest:"),
}
"""Words inside the drawings: Chinese, English."""


def word(name: str, language: str) -> str:
    """A word of `WORDS` in a language."""
    chinese, english = WORDS[name]
    return english if language == "en" else chinese


def temperature(
    scores: Sequence[float], panels: Sequence[tuple[float, float, float]], title: str, language: str
) -> str:
    """Alt text: of each temperature the greatest probability and the entropy in bits."""
    listed = ", ".join(map(number, scores))
    if language == "en":
        told = "; ".join(
            f"at T = {number(t)} the greatest probability is {greatest:.2f}, the entropy {entropy:.2f} bit"
            for t, greatest, entropy in panels
        )
        return _titled(title, f"softmax of the scores {listed} at several temperatures: {told}", language)
    told = "；".join(
        f"T = {number(t)} 时最大概率 {greatest:.2f}、熵 {entropy:.2f} bit" for t, greatest, entropy in panels
    )
    return _titled(title, f"分数 {listed} 在不同温度下的 softmax：{told}", language)


def saturation(
    dimensions: tuple[int, int],
    raw: tuple[Saturation, Saturation],
    scaled: tuple[Saturation, Saturation],
    title: str,
    language: str,
) -> str:
    """Alt text: what the least and the greatest dimension measure, not scaled and scaled."""
    least, greatest = dimensions
    if language == "en":
        text = (
            f"why scores are divided by √d_k: from d_k = {least} to {greatest} the variance of the scores q·k grows from"
            f" {raw[0].variance:.2f} to {raw[1].variance:.2f}, the mean largest probability from {raw[0].greatest:.2f} to"
            f" {raw[1].greatest:.2f}, and the Frobenius norm of the softmax Jacobian goes from {raw[0].jacobian:.2f} to"
            f" {raw[1].jacobian:.2f}; divided by √d_k they are, at the end, {scaled[1].variance:.2f}, {scaled[1].greatest:.2f}"
            f" and {scaled[1].jacobian:.2f}"
        )
    else:
        text = (
            f"为什么要除以 √d_k：d_k 从 {least} 到 {greatest}，分数 q·k 的方差从 {raw[0].variance:.2f} 变到"
            f" {raw[1].variance:.2f}，平均最大概率从 {raw[0].greatest:.2f} 变到 {raw[1].greatest:.2f}，softmax 的 Jacobian"
            f" 的 Frobenius 范数从 {raw[0].jacobian:.2f} 变到 {raw[1].jacobian:.2f}；除以 √d_k 后，d_k = {greatest} 时分别为"
            f" {scaled[1].variance:.2f}、{scaled[1].greatest:.2f} 和 {scaled[1].jacobian:.2f}"
        )
    return _titled(title, text, language)


UNITS = {
    "zh": (10_000, ("", "万", "亿", "万亿", "亿亿")),
    "en": (1000, ("", " k", " M", " G", " T", " P")),
}
"""Of large numbers, each so many times the one before: an exponent is too small to read on a phone."""


def rounded(count: int, language: str) -> str:
    """A whole number as it is up to 9999, and beyond in two digits and a unit: `11亿`, `1.1 G`."""
    if count < 10_000:  # noqa: PLR2004 - what still reads at a glance
        return str(count)
    base, units = UNITS["en" if language == "en" else "zh"]
    value, place = float(f"{count:.1e}"), 0
    while value >= base and place < len(units) - 1:
        value, place = value / base, place + 1
    return f"{value:g}{units[place]}"


def memory(size: int) -> str:
    """A number of bytes in the unit that leaves at most four digits before the point: `64 MiB`."""
    value, unit = float(size), "B"
    for greater in ("KiB", "MiB", "GiB", "TiB", "PiB", "EiB"):
        if value < 1024:  # noqa: PLR2004 - bytes go by 1024
            break
        value, unit = value / 1024, greater
    return f"{value:.3g} {unit}" if value < 1000 else f"{value:.0f} {unit}"  # noqa: PLR2004 - .3g would write 1e+03


def cost(dimension: int, length: int, counted: tuple[Cost, Cost], title: str, language: str) -> str:
    """Alt text: the formulas, and what they give for the greatest length; dot-product attention comes first."""
    dot, additive = counted
    if language == "en":
        text = (
            f"the cost of scores at n = {length}, d = {dimension}: dot-product attention n²d = {rounded(dot.multiply_adds, language)}"
            f" multiply-adds and n² = {rounded(dot.numbers, language)} numbers held; additive attention n²d + 2nd² ="
            f" {rounded(additive.multiply_adds, language)} multiply-adds, as many tanh as n²d, and n²d ="
            f" {rounded(additive.numbers, language)} numbers held. The work grows alike, the memory is d times as much"
        )
    else:
        text = (
            f"n = {length}、d = {dimension} 时算分数的开销：点积注意力乘加 n²d = {rounded(dot.multiply_adds, language)} 次，"
            f"存 n² = {rounded(dot.numbers, language)} 个数；加性注意力乘加 n²d + 2nd² = {rounded(additive.multiply_adds, language)} 次，"
            f"另有 n²d 次 tanh，存 n²d = {rounded(additive.numbers, language)} 个数。计算量同阶，内存差 d 倍"
        )
    return _titled(title, text, language)


def flow(
    inputs: Mapping[str, str], results: tuple[str, str], steps: Sequence[tuple[str, str]], title: str, language: str
) -> str:
    """Alt text: the shapes of the inputs, of the scores and of the output, and each step with what it is for."""
    given = ", ".join(f"{name} ({shape})" for name, shape in inputs.items())
    listed = " → ".join(f"{step} ({word(name, language)})" for name, step in steps)
    scores, output = results
    if language == "en":
        text = f"scaled dot-product attention: {given}; {listed}; the scores are {scores}, the output {output}"
    else:
        text = f"缩放点积注意力：{given}；{listed}；分数的形状 {scores}，输出 {output}"
    return _titled(title, text, language)


def positions(count: int, dimension: int, told: tuple[int, float, float], title: str, language: str) -> str:
    """Alt text: the size of the encoding, and of one position its dot products with itself and with its neighbour."""
    position, itself, neighbour = told
    if language == "en":
        text = (
            f"sinusoidal encoding of {count} positions in {dimension} dimensions; the dot product of position {position}"
            f" with itself is {number(itself)}, with its neighbour {neighbour:.2f}: it depends on the distance alone"
        )
    else:
        text = (
            f"{count} 个位置、{dimension} 维的正弦位置编码；位置 {position} 与自己的点积 {number(itself)}，"
            f"与相邻位置 {neighbour:.2f}：只取决于距离"
        )
    return _titled(title, text, language)


def projections(
    tokens: Sequence[str], told: Sequence[tuple[bool, int]], pair: tuple[str, str], title: str, language: str
) -> str:
    """Alt text: of each matrix whether it is symmetric and how many rows peak on the diagonal; a pair of the second."""
    symmetry = [word("symmetric" if symmetric else "asymmetric", language) for symmetric, _ in told]
    shared, two = (peaks for _, peaks in told)
    there, back = (text.replace("  ", " ") for text in pair)
    count = len(tokens)
    if language == "en":
        text = (
            f"scores of {count} tokens among each other: with one shared projection {symmetry[0]}, {shared} of {count} rows"
            f" have their maximum on the diagonal; with two projections {symmetry[1]}, {two} of {count} ({there}, {back})"
        )
    else:
        text = (
            f"{count} 个 token 两两的分数：共用一个投影时{symmetry[0]}，{shared}/{count} 行的最高分在对角线；"
            f"两个投影时{symmetry[1]}，{two}/{count} 行（{there}，{back}）"
        )
    return _titled(title, text, language)
