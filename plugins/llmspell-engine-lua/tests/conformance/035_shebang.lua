#!/usr/bin/env llmspell-lua

error("on the third line")
