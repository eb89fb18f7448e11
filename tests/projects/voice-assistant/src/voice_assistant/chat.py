"""Text answers from our own vLLM server, which speaks OpenAI's protocol."""

import os

from openai import OpenAI


def answer(question: str) -> str:
    client = OpenAI(base_url=os.environ["CHAT_URL"], api_key="-")
    reply = client.chat.completions.create(
        model=os.environ.get("CHAT_MODEL", "Qwen/Qwen3-8B"),
        messages=[{"role": "user", "content": question}],
    )
    return reply.choices[0].message.content
