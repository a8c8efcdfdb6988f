import pandas as pd


def load(input_paths, output_paths):
    frame = pd.read_csv(input_paths["DATA"] + "/part.csv")
    frame["route"] = frame["origin"] + "/" + frame["dest"]
    frame.to_csv(f"{output_paths['processed']}/all.csv")
