package dev.weft.instrumentation.tomcat;

import dev.weft.bootstrap.Bridge;
import dev.weft.bootstrap.Listener;
import dev.weft.bootstrap.Refusal;
import dev.weft.bootstrap.Reserved;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import javax.net.ssl.SSLSession;
import org.apache.coyote.ActionCode;
import org.apache.coyote.Adapter;
import org.apache.coyote.Request;
import org.apache.coyote.Response;
import org.apache.tomcat.util.buf.MessageBytes;
import org.apache.tomcat.util.http.MimeHeaders;
import org.apache.tomcat.util.net.SocketEvent;
import org.jspecify.annotations.Nullable;

/**
 * Stands between Tomcat's protocols (HTTP/1.1 and each HTTP/2 stream) and everything behind them:
 * strips what only the mesh may say, lets in or refuses, and watches for the true end.
 */
public final class MeshAdapter implements Adapter {
  /** Answered when the mesh fails to decide: nobody enters by an error of ours. */
  private static final Refusal UNDECIDED =
      new Refusal(
          403,
          "weft; error=http_request_denied; details=\"rule=agent-error\"",
          ("{\"type\":\"about:blank\",\"title\":\"Forbidden\",\"status\":403,"
                  + "\"detail\":\"The mesh agent of this service failed to decide about the"
                  + " request; its log says why.\"}")
              .getBytes(StandardCharsets.UTF_8),
          null);

  private final Adapter next;
  private final MeshPort port;

  MeshAdapter(Adapter next, MeshPort port) {
    this.next = next;
    this.port = port;
  }

  @Override
  public void service(Request request, Response response) throws Exception {
    Listener listener = port.listener();
    if (listener == null) {
      next.service(request, response);
      return;
    }
    Exchange exchange = Exchange.of(request);
    Refusal refusal = decide(listener, exchange, request);
    if (refusal != null) {
      answer(refusal, exchange, request, response);
      return;
    }
    forward(listener, exchange, request);
    exchange.start(listener, request);
    try {
      if (http2(request) && Exchange.draining(listener)) {
        exchange.goAway();
      }
      next.service(request, response);
    } finally {
      exchange.endUnlessAsync(request);
    }
  }

  @Override
  public boolean asyncDispatch(Request request, Response response, SocketEvent event)
      throws Exception {
    try {
      return next.asyncDispatch(request, response, event);
    } finally {
      Exchange exchange = Exchange.find(request);
      if (exchange != null) {
        exchange.endUnlessAsync(request);
      }
    }
  }

  @Override
  public boolean prepare(Request request, Response response) throws Exception {
    return next.prepare(request, response);
  }

  @Override
  public void log(Request request, Response response, long time) {
    next.log(request, response, time);
  }

  @Override
  public void checkRecycled(Request request, Response response) {
    next.checkRecycled(request, response);
  }

  @Override
  public String getDomain() {
    return next.getDomain();
  }

  private static @Nullable Refusal decide(Listener listener, Exchange exchange, Request request) {
    try {
      strip(request.getMimeHeaders());
      SSLSession session = exchange.session();
      if (session != null && http2(request) && request.scheme().equals("https")) {
        // A client that knows of the TLS under it may say so; the application is not to know.
        request.scheme().setString("http");
      }
      return listener.admit(session, new IncomingRequest(request));
    } catch (Throwable t) {
      Bridge.fault(t);
      return UNDECIDED;
    }
  }

  /** Removes the headers that only the mesh may set, whoever sent them. */
  private static void strip(MimeHeaders headers) {
    for (int i = headers.size() - 1; i >= 0; i--) {
      MessageBytes name = headers.getName(i);
      if (name.startsWithIgnoreCase(Reserved.PREFIX, 0)
          || name.equalsIgnoreCase(Reserved.CLIENT_CERTIFICATE)) {
        headers.removeHeader(IncomingRequest.text(name));
        // All of that name are gone, before and after this place.
        i = headers.size();
      }
    }
  }

  /** Shows the application who calls, if it is to know. */
  private static void forward(Listener listener, Exchange exchange, Request request) {
    try {
      String caller = listener.clientCertificate(exchange.session());
      if (caller != null) {
        request.getMimeHeaders().addValue(Reserved.CLIENT_CERTIFICATE).setString(caller);
      }
    } catch (Throwable t) {
      Bridge.fault(t);
    }
  }

  private static void answer(
      Refusal refusal, Exchange exchange, Request request, Response response) {
    exchange.refuse();
    try {
      byte[] body = refusal.body();
      response.setStatus(refusal.status());
      String[] headers = refusal.headers();
      for (int i = 0; i < headers.length; i += 2) {
        response.addHeader(headers[i], headers[i + 1]);
      }
      response.setContentLength(body.length);
      if (body.length > 0) {
        response.doWrite(ByteBuffer.wrap(body));
      }
      response.action(ActionCode.CLOSE, null);
      if (http2(request) && exchange.session() == null) {
        exchange.goAway();
      }
    } catch (IOException e) {
      response.action(ActionCode.CLOSE_NOW, e);
    }
  }

  static boolean http2(Request request) {
    return request.protocol().equals("HTTP/2.0");
  }
}
