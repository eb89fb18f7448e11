"""Spoken answers without a network: the small model on the shop's own machine."""

from transformers import Qwen2_5OmniForConditionalGeneration, Qwen2_5OmniProcessor

ON_DEVICE = "Qwen/Qwen2.5-Omni-7B"


def speaker():
    model = Qwen2_5OmniForConditionalGeneration.from_pretrained(ON_DEVICE, device_map="auto")
    processor = Qwen2_5OmniProcessor.from_pretrained(ON_DEVICE)
    return model, processor
