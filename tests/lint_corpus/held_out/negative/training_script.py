import argparse
import os


def parse():
    parser = argparse.ArgumentParser()
    parser.add_argument("--model-dir", default=os.environ.get("SM_MODEL_DIR"))
    return parser.parse_args()


if __name__ == "__main__":
    args = parse()
    path = os.path.join(args.model_dir, "model.json")
    print(f"saved {path}/done")
