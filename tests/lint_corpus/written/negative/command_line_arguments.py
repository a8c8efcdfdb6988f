import argparse


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--execution-prefix")
    args = parser.parse_args()
    return f"{args.execution_prefix}/report.json"
