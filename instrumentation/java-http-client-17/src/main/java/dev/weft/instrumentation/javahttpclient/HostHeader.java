package dev.weft.instrumentation.javahttpclient;

import java.net.URI;
import java.net.http.HttpRequest;

/**
 * The client leaves the port out of the Host header when it is the scheme's default, and takes a
 * secure request for one of https. The scheme of the URI is what counts.
 */
public final class HostHeader {
  private HostHeader() {}

  /** What the header has to be for an http URI; {@code made} for any other. */
  public static String of(HttpRequest request, String made) {
    URI uri = request.uri();
    if (!"http".equalsIgnoreCase(uri.getScheme())) {
      return made;
    }
    switch (uri.getPort()) {
      case 80:
        return uri.getHost();
      case 443:
        return uri.getHost() + ":443";
      default:
        return made;
    }
  }
}
