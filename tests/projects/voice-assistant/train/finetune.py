"""Teach the gated base our product names, as an adapter."""

from pathlib import Path

import yaml
from datasets import load_dataset
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM, AutoTokenizer
from trl import SFTConfig, SFTTrainer

BASE = "meta-llama/Llama-3.1-8B"


def main() -> None:
    config = yaml.safe_load(Path("train/finetune.yaml").read_text())
    tokenizer = AutoTokenizer.from_pretrained(BASE)
    model = AutoModelForCausalLM.from_pretrained(BASE, torch_dtype="bfloat16")
    model = get_peft_model(model, LoraConfig(r=config["lora_r"], lora_alpha=config["lora_alpha"]))
    data = load_dataset("json", data_files="data/products.jsonl", split="train")
    trainer = SFTTrainer(
        model=model,
        processing_class=tokenizer,
        train_dataset=data,
        args=SFTConfig(output_dir=config["output_dir"]),
    )
    trainer.train()


if __name__ == "__main__":
    main()
