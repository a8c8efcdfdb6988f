import subprocess


def download(s3_uri, folder):
    name = s3_uri.rstrip("/").split("/")[-1]
    subprocess.run(["aws", "s3", "cp", s3_uri + "/" + name, folder], check=True)
    return f"{folder}/{name}"
