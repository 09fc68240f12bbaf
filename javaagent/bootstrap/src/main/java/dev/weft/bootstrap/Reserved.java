package dev.weft.bootstrap;

/**
 * Header fields that only the mesh may set. Adapters take them off every request, whoever sent it,
 * before {@link Listener#admit} is asked and the application sees it.
 */
public final class Reserved {
  /** What their names begin with, in lower case; they have it in any. */
  public static final String PREFIX = "weft-";

  /** One more, in lower case. */
  public static final String CLIENT_CERTIFICATE = "x-forwarded-client-cert";

  private Reserved() {}

  /** Whether a field is one of them. */
  public static boolean is(String name) {
    return name.regionMatches(true, 0, PREFIX, 0, PREFIX.length())
        || name.equalsIgnoreCase(CLIENT_CERTIFICATE);
  }
}
