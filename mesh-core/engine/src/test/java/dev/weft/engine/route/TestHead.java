package dev.weft.engine.route;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A request's head for tests: {@code TestHead.of("GET", "/a?b=c").with("x-user", "7")}. */
public final class TestHead implements RequestHead {
  private final String method;
  private final String path;
  private final @Nullable String query;
  private final Map<String, List<String>> headers = new LinkedHashMap<>();
  private String scheme = "http";
  private String host = "orders";
  private int port = -1;
  private boolean replayable = true;
  private boolean ownConnection;

  private TestHead(String method, String path, @Nullable String query) {
    this.method = method;
    this.path = path;
    this.query = query;
  }

  public static TestHead get(String target) {
    return of("GET", target);
  }

  public static TestHead of(String method, String target) {
    int mark = target.indexOf('?');
    return mark < 0
        ? new TestHead(method, target, null)
        : new TestHead(method, target.substring(0, mark), target.substring(mark + 1));
  }

  public TestHead with(String name, String value) {
    headers.computeIfAbsent(name.toLowerCase(Locale.ROOT), n -> new ArrayList<>()).add(value);
    return this;
  }

  public TestHead at(String newScheme, String newHost, int newPort) {
    scheme = newScheme;
    host = newHost;
    port = newPort;
    return this;
  }

  public TestHead notReplayable() {
    replayable = false;
    return this;
  }

  public TestHead onItsOwn() {
    ownConnection = true;
    return this;
  }

  @Override
  public String method() {
    return method;
  }

  @Override
  public String scheme() {
    return scheme;
  }

  @Override
  public String host() {
    return host;
  }

  @Override
  public int port() {
    return port;
  }

  @Override
  public String path() {
    return path;
  }

  @Override
  public @Nullable String query() {
    return query;
  }

  @Override
  public List<String> header(String name) {
    return headers.getOrDefault(name, List.of());
  }

  @Override
  public boolean replayable() {
    return replayable;
  }

  @Override
  public boolean ownConnection() {
    return ownConnection;
  }
}
