package dev.weft.bridge;

import org.jspecify.annotations.Nullable;

/**
 * One call of the application through a library that does not block: sends attempts over an {@link
 * Carrier}, one after the other, until one is delivered. Nothing here throws.
 */
public interface Async {
  /** Begins the first attempt, on the calling thread. Once. */
  void start(Carrier carrier);

  /** Sends the copies that the mesh wants sent besides. Once, after the start. */
  void copies();

  /**
   * The library sends another request in the place of the one under way, to answer a challenge: the
   * call goes on under that, and so does the exchange.
   *
   * @param request what is sent
   * @return null if the mesh has nothing to do with it, or wants nothing sent; what it wants
   *     instead is done when the exchange has ended
   */
  @Nullable Driven continued(Request request);

  /** The application has lost interest. From any thread. */
  void cancel();
}
