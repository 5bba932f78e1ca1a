"""The parity suite's options, known to pytest before it looks at any path."""

from parity_tests.options import pytest_addoption as pytest_addoption
