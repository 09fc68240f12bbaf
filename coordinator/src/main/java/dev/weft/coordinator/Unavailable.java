package dev.weft.coordinator;

import org.jspecify.annotations.Nullable;

/** ZooKeeper cannot be reached: reads serve the last good, writes are refused (503). */
public final class Unavailable extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public Unavailable(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
