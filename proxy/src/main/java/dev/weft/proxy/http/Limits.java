package dev.weft.proxy.http;

/**
 * How large the parts of a message may be, in bytes. What is beyond is refused: a head has to be in
 * memory as a whole.
 *
 * @param requestLine of a request, or the status line of a response
 * @param head start line and fields together
 * @param fields how many of them; also of a trailer section
 * @param chunkLine size and extensions of one chunk
 * @param trailers all trailer fields of one message together
 */
public record Limits(int requestLine, int head, int fields, int chunkLine, int trailers) {
  /** As roomy as servers' own limits are: those know what they can take. */
  public static final Limits DEFAULT = new Limits(8 * 1024, 16 * 1024, 200, 1024, 8 * 1024);

  /** What a field takes in memory beside its octets: two strings, and their places. */
  static final int FIELD_COST = 128;
}
