package dev.weft.engine.route;

import dev.weft.policy.HttpRoute;
import org.jspecify.annotations.Nullable;

/** A redirect, as the Gateway API makes one from the request and the filter. Immutable. */
public final class RedirectTo {
  private final HttpRoute.Redirect redirect;
  private final @Nullable PathEdit path;

  RedirectTo(HttpRoute.Redirect redirect) {
    this.redirect = redirect;
    this.path = PathEdit.of(redirect.path());
  }

  public int status() {
    return redirect.status();
  }

  /**
   * The value of {@code Location}. The port is the filter's; else, with a scheme in the filter,
   * that scheme's; else the request's. A scheme's own port is left out.
   *
   * @param matched see {@link RouteMatch#matched}
   */
  public String location(RequestHead head, int matched) {
    String scheme = redirect.scheme() != null ? redirect.scheme() : head.scheme();
    String host = redirect.hostname() != null ? redirect.hostname() : head.host();
    int port = port(head);
    StringBuilder location = new StringBuilder(64);
    location.append(scheme).append("://").append(host);
    if (port != -1 && port != (scheme.equals("https") ? 443 : 80)) {
      location.append(':').append(port);
    }
    location.append(path == null ? head.path() : path.apply(head.path(), matched));
    if (head.query() != null) {
      location.append('?').append(head.query());
    }
    return location.toString();
  }

  private int port(RequestHead head) {
    Integer asked = redirect.port();
    if (asked != null) {
      return asked;
    }
    return redirect.scheme() != null ? -1 : head.port();
  }
}
