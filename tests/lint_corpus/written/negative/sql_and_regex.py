import re


def query(table, config):
    pattern = re.compile(r"^%s/\d+$" % table)
    return f"SELECT * FROM {table} WHERE region = '{config.region}'", pattern
