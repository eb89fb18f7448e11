"""Spoken answers for the support line.

Until version 1.3 this module ran Qwen/Qwen3-Omni-30B-A3B-Instruct on our own machines.
"""

import os

from dashscope import MultiModalConversation


def answer(audio_url: str, history: list[dict]) -> str:
    reply = MultiModalConversation.call(
        model="qwen3.5-omni-plus",
        api_key=os.environ["DASHSCOPE_API_KEY"],
        messages=[*history, {"role": "user", "content": [{"audio": audio_url}]}],
    )
    return reply.output.choices[0].message.content[0]["text"]
