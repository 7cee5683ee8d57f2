"""What a pandas pipeline does between a CSV of reviews and its training set: the peer of `plumbline ingest`.

Columns text,label,user,item,time. Steps: load, drop rows without text or label, check ranges, drop duplicate texts, numeric features of the text,
split 70/15/15 by class, cap the classes of train, aggregates of users and items as of time, write. The aggregates are those that a shifted,
cumulative groupby gives: earlier records only. Prints seconds of the whole and of each step as one JSON line.
"""
import json
import resource
import sys
import time

import numpy
import pandas

source, target, cap = sys.argv[1], sys.argv[2], int(sys.argv[3])
steps, begun = {}, time.perf_counter()


def step(name):
    steps[name] = round(time.perf_counter() - begun - sum(steps.values()), 3)


frame = pandas.read_csv(source)
step("load")
frame = frame.dropna(subset=["text", "label"])
frame = frame[frame["text"].str.strip() != ""]
frame["time"] = pandas.to_datetime(frame["time"], utc=True)
lengths = frame["text"].str.len()
assert frame["label"].between(1, 5).all() and lengths.between(1, 100_000).all()
step("validate")
frame = frame.drop_duplicates(subset=["text"], keep="first")
step("dedup")
frame["clean"] = (
    frame["text"].str.lower().str.replace(r"http\S+|www\S+", " ", regex=True).str.replace(r"[^a-z\s]", " ", regex=True).str.replace(r"\s+", " ", regex=True).str.strip()
)
frame["text_len"] = frame["text"].str.len()
frame["word_count"] = frame["text"].str.split().str.len()
frame["exclamation_count"] = frame["text"].str.count("!")
frame["question_count"] = frame["text"].str.count(r"\?")
frame["caps_ratio"] = frame["text"].str.count(r"[A-Z]") / frame["text_len"]
step("features")
random = numpy.random.default_rng(0)
drawn = pandas.Series(random.random(len(frame)), index=frame.index)
frame["split"] = numpy.where(drawn < 0.15, "test", numpy.where(drawn < 0.30, "valid", "train"))
step("split")
frame = frame.sort_values("time", kind="stable")
for kind in ("user", "item"):
    groups = frame.groupby(kind, sort=False)
    frame[f"{kind}_review_count"] = groups.cumcount()
    frame[f"{kind}_avg_len"] = (groups["text_len"].cumsum() - frame["text_len"]) / frame[f"{kind}_review_count"].replace(0, numpy.nan)
    frame[f"{kind}_mean_label"] = (groups["label"].cumsum() - frame["label"]) / frame[f"{kind}_review_count"].replace(0, numpy.nan)
    frame[f"{kind}_days_since_last"] = groups["time"].diff().dt.total_seconds() / 86400
step("aggregates")
train = frame[frame["split"] == "train"]
train = train.groupby("label", group_keys=False).apply(lambda group: group.sample(min(len(group), cap), random_state=0))
frame = pandas.concat([train, frame[frame["split"] != "train"]])
step("balance")
frame.to_csv(target, index=False)
step("write")
print(json.dumps({"tool": "pandas", "rows": len(frame), "seconds": round(time.perf_counter() - begun, 3), "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024, "steps": steps}))
