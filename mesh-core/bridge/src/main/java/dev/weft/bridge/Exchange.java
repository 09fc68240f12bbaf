package dev.weft.bridge;

import org.jspecify.annotations.Nullable;

/**
 * One request that came in, from the moment at which its head is known to the end of its response.
 * Nothing here throws. Safe for use by any thread.
 */
public interface Exchange {
  /** What to answer in the application's place; null to let it in. Its connection is closed. */
  @Nullable Refusal refusal();

  /**
   * Who the caller is, for the application: the value of its field {@link
   * Reserved#CLIENT_CERTIFICATE}; null, mostly, to set none.
   */
  @Nullable String clientCertificate();

  /**
   * This thread works for the request from now on: what it calls, and what threads call that it
   * starts meanwhile, is done for it.
   *
   * @return to be handed to {@link #leave}
   */
  @Nullable Object enter();

  /** This thread, which has entered, works for it no longer. */
  void leave(@Nullable Object entered);

  /**
   * The response is complete, or its connection is gone. Only the first call counts; one of a
   * request that was not let in does not.
   *
   * @param status of the response; 0 if there was none
   */
  void end(int status);

  /** Of a request about which no mesh has anything to say. */
  static Exchange unguarded() {
    return FixedExchange.UNGUARDED;
  }

  /** Of a request about which nothing could be decided: nobody enters by an error of ours. */
  static Exchange undecided() {
    return FixedExchange.UNDECIDED;
  }

  /** Of a request that is answered in any case. */
  static Exchange refused(Refusal refusal) {
    return new FixedExchange(refusal);
  }
}
