package dev.weft.instrumentation.jdkhttpserver.inside;

import java.nio.ByteBuffer;

/** Reads what the server writes. */
final class ResponseHead {
  /** Where the status begins in {@code HTTP/1.1 200 OK}. */
  private static final int AT = 9;

  private ResponseHead() {}

  /**
   * The status of the response that these bytes begin; of several, which are interim ones but for
   * the last, the final one.
   *
   * @param none what to return if there is none
   */
  static int status(ByteBuffer bytes, int none) {
    int at = bytes.position();
    if (bytes.remaining() < AT + 3
        || bytes.get(at) != 'H'
        || bytes.get(at + 1) != 'T'
        || bytes.get(at + AT - 1) != ' ') {
      return none;
    }
    int status = 0;
    for (int i = at + AT; i < at + AT + 3; i++) {
      int digit = bytes.get(i) - '0';
      if (digit < 0 || digit > 9) {
        return none;
      }
      status = status * 10 + digit;
    }
    return status < 200 ? none : status;
  }
}
