package dev.weft.testkit.server;

/**
 * How a server is to be started.
 *
 * @param http2 speaks HTTP/2 too
 * @param ownTls speaks a TLS of the application's own, with the keys of {@code orders}
 * @param impatient cuts clients off after less than a second, as far as it can be made to
 * @param careless where the application is behind the adapter, it leaves bodies in the connection
 *     and takes them for its next request; {@code /ignore} and {@code /seen} are enough of it
 */
public record Setup(boolean http2, boolean ownTls, boolean impatient, boolean careless) {
  /** Plaintext HTTP/1.1, as it comes. */
  public static final Setup PLAIN = new Setup(false, false, false, false);

  public static final Setup HTTP_2 = new Setup(true, false, false, false);
  public static final Setup OWN_TLS = new Setup(false, true, false, false);
  public static final Setup IMPATIENT = new Setup(false, false, true, false);
  public static final Setup CARELESS = new Setup(false, false, false, true);
}
