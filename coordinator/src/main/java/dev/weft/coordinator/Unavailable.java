package dev.weft.coordinator;

/** ZooKeeper cannot be reached: reads serve the last good, writes are refused (503). */
public final class Unavailable extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public Unavailable(String message, Throwable cause) {
    super(message, cause);
  }
}
