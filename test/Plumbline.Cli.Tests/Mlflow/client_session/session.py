"""What all steps of the session share."""

import os
import pathlib
import tempfile
import warnings

for variable, value in {
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "0",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "30",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_ENABLE_PROXY_MULTIPART_UPLOAD": "true",
    "MLFLOW_MULTIPART_UPLOAD_MINIMUM_FILE_SIZE": str(8 << 20),
    "GIT_PYTHON_REFRESH": "quiet",
    "NO_PROXY": "127.0.0.1",
}.items():
    os.environ.setdefault(variable, value)

import mlflow
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException

warnings.simplefilter("ignore")

STEPS = []


class Session:
    """What steps hand to those after them."""

    def __init__(self, arguments):
        self.uri, self.expected = arguments.uri, arguments.expected
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="client-session-"))
        self.client = MlflowClient(arguments.uri)


def step(function):
    STEPS.append(function)
    return function


def attempt(action):
    """The value of an action, or the class and code of its error."""
    try:
        return action()
    except MlflowException as error:
        return {"raised": type(error).__name__, "code": error.error_code}
    except Exception as error:
        return {"raised": type(error).__name__}


def cases(**actions):
    return {name: attempt(action) for name, action in actions.items()}


def names(things):
    return [thing.name for thing in things]


def pages(search, **arguments):
    """Every thing of a paged search."""
    found, token = [], None
    while True:
        page = search(page_token=token, **arguments)
        found.extend(page)
        token = page.token
        if not token:
            return found
