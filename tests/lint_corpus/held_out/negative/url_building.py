from urllib.parse import urljoin

API = "https://api.example.com"


def endpoint(config, run_id):
    return urljoin(API, f"/runs/{run_id}") + "?stage=" + config.stage
