"""The labels that a tuned peer gives the test rows, and the true ones, a line each: what `bench/run tuned` compares ours with.

usage: peer_labels.py truth DATA.csv > LABELS
       peer_labels.py ours DATA.csv PREDICTIONS.csv > LABELS      the test rows of a file of `plumbline predict`
       peer_labels.py scikit-learn DATA.csv MODEL.joblib > LABELS
       peer_labels.py fasttext DATA.csv EPOCHS RATE > LABELS      fitted once more: its script keeps no model
"""
import os
import re
import subprocess
import sys
import tempfile

import pandas as pd

WORD = re.compile(r"\w+|[!?]", re.UNICODE)


def words(text):
    return " ".join(WORD.findall(text.lower()))


def fasttext(train, test, epochs, rate):
    names = {"__label__" + label.replace(" ", "_"): label for label in train.label.unique()}
    with tempfile.TemporaryDirectory() as work:
        fitted, asked = os.path.join(work, "train.txt"), os.path.join(work, "test.txt")
        with open(fitted, "w") as file:
            for text, label in zip(train.text, train.label):
                file.write(f"__label__{label.replace(' ', '_')} {words(text)}\n")
        with open(asked, "w") as file:
            file.writelines(words(text) + "\n" for text in test.text)
        model = os.path.join(work, "model")
        subprocess.run(
            ["fasttext", "supervised", "-input", fitted, "-output", model, "-wordNgrams", "2", "-epoch", epochs, "-lr", rate, "-dim", "50",
             "-minCount", "2", "-thread", "2", "-verbose", "0"], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        answers = subprocess.run(["fasttext", "predict", model + ".bin", asked], check=True, capture_output=True, text=True).stdout
    return [names.get(line.strip(), "?") for line in answers.splitlines()]


def main(peer, data, *rest):
    frame = pd.read_csv(data, dtype={"text": str, "label": str}, keep_default_na=False)
    train, test = frame[frame.split == "train"], frame[frame.split == "test"]
    if peer == "truth":
        labels = test.label
    elif peer == "ours":
        labels = pd.read_csv(rest[0], dtype=str, keep_default_na=False).label[test.index]
    elif peer == "scikit-learn":
        import joblib

        labels = joblib.load(rest[0]).predict(test.text)
    elif peer == "fasttext":
        labels = fasttext(train, test, *rest)
    else:
        sys.exit(__doc__)
    print("\n".join(labels))


main(*sys.argv[1:])
