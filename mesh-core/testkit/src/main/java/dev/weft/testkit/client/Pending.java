package dev.weft.testkit.client;

/** A call under way. */
public interface Pending {
  /** Waits for the end. */
  Reply await() throws Exception;

  /** Gives up. */
  void cancel();
}
