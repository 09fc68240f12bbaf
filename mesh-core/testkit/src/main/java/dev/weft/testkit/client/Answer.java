package dev.weft.testkit.client;

/**
 * What a {@link KitServer} does to a request.
 *
 * @param headers name, value, name, value
 */
public record Answer(Kind kind, int status, String body, String... headers) {
  /** What becomes of the exchange. */
  public enum Kind {
    REPLY,
    /** Nothing is answered, and the connection or stream ended. */
    HANG_UP,
    /** Nothing is answered, ever. */
    STALL,
    /** HTTP/2 only: said not to have been processed. */
    REFUSE
  }

  public static Answer of(int status, String body, String... headers) {
    return new Answer(Kind.REPLY, status, body, headers);
  }

  public static Answer ok(String body) {
    return of(200, body);
  }

  public static Answer hangUp() {
    return new Answer(Kind.HANG_UP, 0, "");
  }

  public static Answer stall() {
    return new Answer(Kind.STALL, 0, "");
  }

  public static Answer refuse() {
    return new Answer(Kind.REFUSE, 0, "");
  }
}
