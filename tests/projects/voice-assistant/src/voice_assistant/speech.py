"""From sound to words."""

from transformers import AutoModelForSpeechSeq2Seq, AutoProcessor, pipeline

WHISPER = "openai/whisper-large-v3"


def listener(device: str = "cuda"):
    model = AutoModelForSpeechSeq2Seq.from_pretrained(WHISPER, torch_dtype="auto").to(device)
    processor = AutoProcessor.from_pretrained(WHISPER)
    return pipeline(
        "automatic-speech-recognition",
        model=model,
        tokenizer=processor.tokenizer,
        feature_extractor=processor.feature_extractor,
    )
