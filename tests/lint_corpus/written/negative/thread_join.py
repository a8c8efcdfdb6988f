import threading


def run(workers, execution_prefix):
    threads = [threading.Thread(target=worker, args=(execution_prefix,)) for worker in workers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
