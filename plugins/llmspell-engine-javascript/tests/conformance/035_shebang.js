#!/usr/bin/env llmspell-js

throw new Error("on the third line");
