"""MLflow's own server over SQLite in a folder. Says "ready on PORT" when it answers, and ends at SIGTERM."""

import os
import pathlib
import signal
import socket
import subprocess
import sys
import time
import urllib.request


def answers(port):
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=2) as response:
            return response.status == 200
    except OSError:
        return False


def main():
    folder = pathlib.Path(sys.argv[1])
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen(
        [
            sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(port), "--workers", "1",
            "--backend-store-uri", f"sqlite:///{folder}/mlflow.db", "--artifacts-destination", f"{folder}/artifacts",
        ],
        env={**os.environ, "MLFLOW_DISABLE_TELEMETRY": "true", "GIT_PYTHON_REFRESH": "quiet"}, start_new_session=True,
    )

    def end(*_):
        os.killpg(server.pid, signal.SIGTERM)
        sys.exit(server.wait())

    signal.signal(signal.SIGTERM, end)
    while not answers(port):
        if server.poll() is not None:
            sys.exit(f"mlflow server ended with {server.returncode}")
        time.sleep(0.2)
    print(f"ready on {port}", flush=True)
    server.wait()


if __name__ == "__main__":
    main()
