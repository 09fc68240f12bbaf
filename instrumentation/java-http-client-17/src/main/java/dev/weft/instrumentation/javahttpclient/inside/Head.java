package dev.weft.instrumentation.javahttpclient.inside;

import dev.weft.bridge.HeadChange;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What goes on the wire in the place of what the request object says. The object itself is never
 * changed: the client resolves redirects against it, keeps cookies and credentials by it, and shows
 * it to the application.
 */
public final class Head {
  private final @Nullable HeadChange change;
  private volatile @Nullable HttpHeaders from;
  private volatile @Nullable HttpHeaders to;

  Head(@Nullable HeadChange change) {
    this.change = change;
  }

  private static @Nullable HeadChange change(Object request) {
    CallAddress address = CallAddress.of(request);
    return address == null ? null : address.head().change;
  }

  /**
   * The Host header of HTTP/1.1. The client leaves the port out when it is the scheme's default,
   * and takes a secure request for one of https; the scheme of the URI is what counts.
   *
   * @param made what the client has made
   */
  public static String host(Object request, String made) {
    HeadChange change = change(request);
    if (change != null && change.authority() != null) {
      return change.authority();
    }
    URI uri = ((HttpRequest) request).uri();
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

  /** The request target of HTTP/1.1. */
  public static String target(Object request, String made) {
    HeadChange change = change(request);
    return change == null || change.target() == null ? made : change.target();
  }

  /** The pseudo headers of HTTP/2. */
  public static HttpHeaders pseudo(Object request, HttpHeaders made) {
    HeadChange change = change(request);
    if (change == null || (change.authority() == null && change.target() == null)) {
      return made;
    }
    Map<String, List<String>> fields = new TreeMap<>(made.map());
    if (change.authority() != null) {
      fields.put(":authority", List.of(change.authority()));
    }
    if (change.target() != null) {
      fields.put(":path", List.of(change.target()));
    }
    return HttpHeaders.of(fields, (name, value) -> true);
  }

  /** The application's header fields. */
  public static HttpHeaders fields(@Nullable InetSocketAddress authority, HttpHeaders made) {
    if (!(authority instanceof CallAddress)) {
      return made;
    }
    Head head = ((CallAddress) authority).head();
    HeadChange change = head.change;
    if (change == null) {
      return made;
    }
    HttpHeaders changed = head.to;
    if (changed == null || head.from != made) {
      changed = changed(made, change);
      head.to = changed;
      head.from = made;
    }
    return changed;
  }

  /** Fields removed, then set, then added. */
  static HttpHeaders changed(HttpHeaders made, HeadChange change) {
    Map<String, List<String>> fields = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    fields.putAll(made.map());
    if (change.authority() != null) {
      fields.remove("Host");
    }
    for (String name : change.remove()) {
      fields.remove(name);
    }
    String[] set = change.set();
    for (int i = 0; i < set.length; i += 2) {
      fields.put(set[i], List.of(set[i + 1]));
    }
    String[] add = change.add();
    for (int i = 0; i < add.length; i += 2) {
      List<String> values = new ArrayList<>(fields.getOrDefault(add[i], List.of()));
      values.add(add[i + 1]);
      fields.put(add[i], values);
    }
    return HttpHeaders.of(fields, (name, value) -> true);
  }
}
