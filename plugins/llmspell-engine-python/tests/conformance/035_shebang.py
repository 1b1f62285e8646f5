#!/usr/bin/env llmspell-python

raise ValueError("on the third line")
