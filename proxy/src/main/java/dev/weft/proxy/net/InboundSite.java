package dev.weft.proxy.net;

import dev.weft.bridge.Exchange;
import dev.weft.bridge.Incoming;
import dev.weft.bridge.Listener;
import dev.weft.bridge.Request;
import dev.weft.bridge.Reserved;
import dev.weft.proxy.http.BadMessage;
import dev.weft.proxy.http.Fields;
import dev.weft.proxy.http.Forwarding;
import dev.weft.proxy.http.Framing;
import dev.weft.proxy.http.RequestHead;
import io.netty.channel.EventLoop;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Locale;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/** The port that others call: in front of the application's own, which is on loopback. */
final class InboundSite implements Site {
  private final Listener listener;
  private final List<DirectAddress> application;

  /**
   * @param application where it listens
   */
  InboundSite(Listener listener, InetSocketAddress application) {
    this.listener = listener;
    this.application = List.of(new DirectAddress(application.getAddress(), application.getPort()));
  }

  @Override
  public void check(RequestHead head) throws BadMessage {
    if (head.form() == RequestHead.Form.AUTHORITY) {
      throw new BadMessage(405, "CONNECT: this is no proxy for others");
    }
  }

  @Override
  public Exchange begin(
      @Nullable SSLSession session, RequestHead head, @Nullable InetAddress source) {
    Fields fields = head.fields();
    Head asked = new Head(head, source, fields.all(Reserved.HOPS), fields.all(Reserved.TIMEOUT));
    Forwarding.dropReserved(fields);
    Exchange exchange = listener.begin(session, asked);
    String caller = exchange.clientCertificate();
    if (caller != null) {
      fields.add(Reserved.CLIENT_CERTIFICATE, caller);
    }
    return exchange;
  }

  /**
   * A request as the application will see it: as that it is decided about.
   *
   * @param hops what it said for the mesh, and is no longer in it
   * @param timeout the same
   */
  private record Head(
      RequestHead head, @Nullable InetAddress source, List<String> hops, List<String> timeout)
      implements Incoming {
    @Override
    public String method() {
      return head.method();
    }

    @Override
    public String target() {
      return head.path();
    }

    @Override
    public @Nullable String query() {
      return head.query();
    }

    @Override
    public @Nullable String authority() {
      return null; // in HTTP/1 that is the field Host
    }

    @Override
    public List<String> header(String name) {
      List<String> said = head.fields().allAlike(name);
      if (!said.isEmpty()) {
        return said;
      }
      // What is about the connection is not in the fields.
      switch (name.toLowerCase(Locale.ROOT)) {
        case Reserved.HOPS:
          return hops;
        case Reserved.TIMEOUT:
          return timeout;
        case "transfer-encoding":
          return head.framing().kind() == Framing.Kind.CHUNKED ? List.of("chunked") : said;
        case "upgrade":
          return head.asksForWebSocket() ? List.of("websocket") : said;
        default:
          return said;
      }
    }
  }

  @Override
  public void find(ProxyRequest request, EventLoop loop, Found found) {
    found.call(new DirectCall(application, request));
  }

  @Override
  public boolean repeats(String method) {
    return Request.idempotent(method);
  }

  @Override
  public boolean draining() {
    return listener.draining();
  }
}
