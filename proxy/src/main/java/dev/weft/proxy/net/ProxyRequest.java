package dev.weft.proxy.net;

import dev.weft.bridge.Request;
import dev.weft.proxy.http.Authority;
import dev.weft.proxy.http.RequestHead;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A request as the mesh looks at it. */
final class ProxyRequest implements Request {
  private final RequestHead head;
  private final @Nullable String host;
  private final int port;
  private final boolean replayable;

  private ProxyRequest(RequestHead head, @Nullable String host, int port, boolean replayable) {
    this.head = head;
    this.host = host;
    this.port = port;
    this.replayable = replayable;
  }

  /** To whom the client says it is. */
  static ProxyRequest of(RequestHead head, boolean replayable) {
    Authority authority = head.authority();
    return new ProxyRequest(
        head,
        authority == null ? null : authority.host(),
        authority == null ? -1 : authority.port(),
        replayable);
  }

  /** To whom the port that it came to says it is. */
  ProxyRequest to(String service, int servicePort) {
    return new ProxyRequest(head, service, servicePort, replayable);
  }

  RequestHead head() {
    return head;
  }

  @Override
  public String method() {
    return head.method();
  }

  @Override
  public String scheme() {
    return "http";
  }

  @Override
  public @Nullable String host() {
    return host;
  }

  @Override
  public int port() {
    return port;
  }

  @Override
  public String path() {
    return head.form() == RequestHead.Form.AUTHORITY ? "/" : head.path();
  }

  @Override
  public @Nullable String query() {
    return head.query();
  }

  @Override
  public List<String> header(String name) {
    return head.fields().all(name);
  }

  @Override
  public boolean replayable() {
    return replayable;
  }

  /** Of HTTP/1.1. */
  @Override
  public boolean ownConnection() {
    return true;
  }
}
