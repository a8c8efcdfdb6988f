"""Scripts of the plugin for local runs, one function a node; the fixture writes each into a file of its own."""

PREPARE = """
import csv, os
def main(input_paths, output_paths, environ_vars, job_args):
    rows = []
    for name in sorted(os.listdir(input_paths["DATA"])):
        with open(os.path.join(input_paths["DATA"], name)) as file:
            rows += list(csv.DictReader(file))
    cut = max(1, len(rows) // 2)
    parts = [("train", rows[:cut]), ("val", rows[cut:])]
    for split, part in parts if job_args.job_type == "all" else [(job_args.job_type, rows)]:
        folder = os.path.join(output_paths["processed"], split)
        os.makedirs(folder)
        with open(os.path.join(folder, split + "_processed_data.csv"), "w", newline="") as file:
            writer = csv.DictWriter(file, fieldnames=rows[0].keys())
            writer.writeheader()
            writer.writerows(part)
    print(job_args.job_type, environ_vars["LABEL"], len(rows), "rows", sorted(input_paths))
"""

LEARN = """
import csv, json, os
def main(input_paths, output_paths, environ_vars, job_args):
    hyper = json.load(open(input_paths["hyper"]))
    with open(os.path.join(input_paths["input_path"], "train", "train_processed_data.csv")) as file:
        late = [float(row["late"]) for row in csv.DictReader(file)]
    rate = sum(late) / len(late)
    json.dump({"rate": rate, **hyper}, open(os.path.join(output_paths["model_output"], "model.json"), "w"))
    folder = os.path.join(output_paths["evaluation_output"], "val")
    os.makedirs(folder)
    with open(os.path.join(folder, "predictions.csv"), "w") as file:
        file.write("id,prob_class_1\\n1,%s\\n2,%s\\n" % (rate, rate))
    json.dump({"auc_roc": 0.5}, open(os.path.join(folder, "metrics.json"), "w"))
"""

JUDGE = """
import json, os, tarfile
def main(input_paths, output_paths, environ_vars, job_args):
    with tarfile.open(os.path.join(input_paths["model_input"], "model.tar.gz")) as archive:
        rate = json.load(archive.extractfile("model.json"))["rate"]
    job, = os.listdir(input_paths["evaluation"])
    with tarfile.open(os.path.join(input_paths["evaluation"], job, "output", "output.tar.gz")) as archive:
        names = archive.getnames()
    print(os.listdir(input_paths["model_input"]), job, names)
    metrics = {"rate": rate, "before": {"ece": 0.2}, "bins": [1, 2], "label": "late", "odd": float("nan")}
    json.dump(metrics, open(os.path.join(output_paths["metrics"], "metrics.json"), "w"))
    with open(os.path.join(output_paths["metrics"], "roc.svg"), "w") as file:
        file.write('<svg xmlns="http://www.w3.org/2000/svg"/>')
"""

PLAIN = """
def main(input_paths, output_paths, environ_vars, job_args):
    open(output_paths["thing"] + "/thing.txt", "w").write("made")
"""

SCRIPTS = {"Prepare": PREPARE, "Learn": LEARN, "Judge": JUDGE, "Plain": PLAIN}
