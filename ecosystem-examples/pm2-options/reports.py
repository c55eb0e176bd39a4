#!/usr/bin/env python3
"""Writes one report and ends; it is not started again."""

import os

print(f"report of {os.environ['name']} in {os.getcwd()}")
