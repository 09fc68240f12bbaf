package dev.weft.bridge;

/**
 * Header fields that only the mesh may set. Adapters take them off every request, whoever sent it,
 * before the application sees it; no policy ever does.
 */
public final class Reserved {
  /** What their names begin with, in lower case; they have it in any. */
  public static final String PREFIX = "weft-";

  /** How many processes of the mesh have passed a request on; absent for none. In lower case. */
  public static final String HOPS = "weft-hops";

  /** How long the caller will wait for the response, in milliseconds. In lower case. */
  public static final String TIMEOUT = "weft-timeout-ms";

  /** One more, in lower case. */
  public static final String CLIENT_CERTIFICATE = "x-forwarded-client-cert";

  private Reserved() {}

  /** Whether a field is one of them. */
  public static boolean is(String name) {
    return name.regionMatches(true, 0, PREFIX, 0, PREFIX.length())
        || name.equalsIgnoreCase(CLIENT_CERTIFICATE);
  }
}
