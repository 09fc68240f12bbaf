package dev.weft.proxy.net;

import dev.weft.bootstrap.Bridge;
import dev.weft.bootstrap.Incoming;
import dev.weft.bootstrap.Listener;
import dev.weft.bootstrap.Refusal;
import dev.weft.bootstrap.Reserved;
import dev.weft.proxy.http.BadMessage;
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
  private final Answers answers;
  private final List<DirectAddress> application;

  /**
   * @param application where it listens
   */
  InboundSite(Listener listener, InetSocketAddress application, Answers answers) {
    this.listener = listener;
    this.answers = answers;
    this.application = List.of(new DirectAddress(application.getAddress(), application.getPort()));
  }

  @Override
  public void check(RequestHead head) throws BadMessage {
    if (head.form() == RequestHead.Form.AUTHORITY) {
      throw new BadMessage(405, "CONNECT: this is no proxy for others");
    }
  }

  /** Whatever cannot be decided is refused. */
  @Override
  public @Nullable Refusal admit(
      @Nullable SSLSession session, RequestHead head, @Nullable InetAddress source) {
    Refusal refusal;
    try {
      refusal = listener.admit(session, new Head(head, source));
    } catch (RuntimeException e) {
      Bridge.fault(e);
      return answers.refuse(403, "http_request_denied", "a fault in the proxy; its log says which");
    }
    if (refusal == null) {
      forward(session, head);
    }
    return refusal;
  }

  /** Shows the application who calls, if it is to know. */
  private void forward(@Nullable SSLSession session, RequestHead head) {
    try {
      String caller = listener.clientCertificate(session);
      if (caller != null) {
        head.fields().add(Reserved.CLIENT_CERTIFICATE, caller);
      }
    } catch (RuntimeException e) {
      Bridge.fault(e);
    }
  }

  /** A request as the application will see it: as that it is decided about. */
  private record Head(RequestHead head, @Nullable InetAddress source) implements Incoming {
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
  public void rewrite(RequestHead head) {
    Forwarding.dropReserved(head.fields());
  }

  @Override
  public void find(ProxyRequest request, EventLoop loop, Found found) {
    found.call(new DirectCall(application, request));
  }

  @Override
  public boolean repeats(String method) {
    return DirectCall.IDEMPOTENT.contains(method);
  }

  // ---- what is only counted or announced must not cost a request

  @Override
  public boolean draining() {
    try {
      return listener.draining();
    } catch (RuntimeException e) {
      Bridge.fault(e);
      return false;
    }
  }

  @Override
  public void requestStarted() {
    try {
      listener.requestStarted();
    } catch (RuntimeException e) {
      Bridge.fault(e);
    }
  }

  @Override
  public void requestEnded(
      @Nullable SSLSession session,
      RequestHead head,
      @Nullable InetAddress source,
      int status,
      long nanos) {
    try {
      listener.served(session, new Head(head, source), status, nanos);
    } catch (RuntimeException e) {
      Bridge.fault(e);
    }
    try {
      listener.requestEnded();
    } catch (RuntimeException e) {
      Bridge.fault(e);
    }
  }
}
