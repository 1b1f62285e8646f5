try {
  await Tools.fail.execute();
} catch (e) {
  return [e.message, e.code, e.type, e.recoverable, e.suggestions, e.retryAfter ?? e.retry_after, e.context.asked];
}
