from datetime import date


def run_name(index, total):
    return f"{date.today():%Y/%m/%d}/{index:03d}-of-{total:03d}" + "/" + "%.2f" % (index / total)
