"""What was said before, found again by meaning."""

from sentence_transformers import SentenceTransformer

EMBEDDER = "BAAI/bge-m3"


class Memory:
    def __init__(self) -> None:
        self.model = SentenceTransformer(EMBEDDER)
        self.sentences: list[str] = []

    def remember(self, sentence: str) -> None:
        self.sentences.append(sentence)

    def recall(self, question: str) -> str:
        scores = self.model.encode([question]) @ self.model.encode(self.sentences).T
        return self.sentences[int(scores.argmax())]
