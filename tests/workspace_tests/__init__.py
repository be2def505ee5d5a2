"""Tests of the local workspace itself: is it as strict as the real one?"""
