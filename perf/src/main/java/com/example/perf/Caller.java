package com.example.perf;

import java.util.concurrent.CompletableFuture;

/** One HTTP client, calling one server. Safe for use by any thread. */
interface Caller {
  /**
   * Calls, and waits for the whole body.
   *
   * @throws Exception if the call failed, or if the answer is not the expected one
   */
  void call(String path) throws Exception;

  /** Whether this client can call without a thread waiting. */
  boolean isAsync();

  /**
   * {@link #call} without waiting.
   *
   * @throws UnsupportedOperationException if this client {@linkplain #isAsync() cannot}
   */
  CompletableFuture<Void> callAsync(String path);

  /** Forgets the TLS sessions that it could resume, so that the next connection shakes hands. */
  void forgetSessions();
}
