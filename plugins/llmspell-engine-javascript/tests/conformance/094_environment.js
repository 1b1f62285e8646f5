return [ENGINE, /^\d+\.\d+/.test(VERSION), SANDBOX_ENABLED];
