"""What people call a question and an answer, as patterns: in marks, labels, headings, folds and the heads of tables.

Only Latin letters are without their case: for Chinese characters too that takes a pattern twice as long to compile.
"""

from __future__ import annotations

from deckgen.patterns import one_of

SIGNS = r"(?:[\u2190-\u245f\u25a0-\u2bff\U0001f000-\U0001faff]\ufe0f?\u200d?\s*)*"
"""Arrows, stars and faces that may stand before any of these, and before a number."""
QUESTION = "(?i:question|frage|pregunta|pergunta|domanda|вопрос)|質問|질문|문제|(?:面试|高频|经典|典型|真|考|简答)?(?:问题?|题目?)"
"""With a number or a colon behind."""
ASKER = f"面试官(?:继续|接着|又)?(?:{one_of('提追反')}?问)?|考官|(?i:interviewer)"
ANSWER = (
    "(?i:(?:correct |right |model |sample )?(?:ans|answers?)|solution|antwort|lösung|réponse|respuesta|resposta|risposta|ответ)"
    "|(?:参考|正确|标准)?(?:答案|回答|解答)(?:要点|解析)?|正解|答え|[答解]|답변?|정답|해답"
)
EXPLANATION = "(?:参考|题目)?解析|(?i:explanation)"
"""Where it has a heading or a fold of its own; in a line it may be a part of the answer."""
ANSWERER = "我|候选人|面试者|应聘者|求职者|(?i:candidate)"
FIRST_OF_LINE = "QqAaFfPpDdВвIiCc質질문问题答面考高经典真简例思提我候应求"
"""What a line begins with, brackets apart, that may begin a question or an answer without an empty line above it."""
FIRST_OF_QUESTION = "QqFfPpDdВвIi質질문问题面高经典真考简例思提"
"""What a question's mark begins with, brackets apart: a text that begins otherwise need not be looked at."""
FIRST_OF_ANSWER = "AaCcRrMmSsLlОо参正标答回解답정해我候面应求"
"""The same of an answer's mark."""
