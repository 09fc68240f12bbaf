package dev.weft.instrumentation.tomcat.inside;

import dev.weft.bridge.Bridge;
import dev.weft.bridge.Exchange;
import dev.weft.bridge.Listener;
import dev.weft.bridge.Refusal;
import dev.weft.bridge.Reserved;
import java.io.IOException;
import java.nio.ByteBuffer;
import javax.net.ssl.SSLSession;
import org.apache.coyote.ActionCode;
import org.apache.coyote.Adapter;
import org.apache.coyote.Request;
import org.apache.coyote.Response;
import org.apache.tomcat.util.buf.MessageBytes;
import org.apache.tomcat.util.http.MimeHeaders;
import org.apache.tomcat.util.net.SocketEvent;

/**
 * Stands between Tomcat's protocols (HTTP/1.1 and each HTTP/2 stream) and everything behind them:
 * strips what only the mesh may say, lets in or refuses, and watches for the true end.
 */
public final class MeshAdapter implements Adapter {
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
    RequestNote note = RequestNote.of(request);
    Exchange exchange = begin(listener, note, request);
    note.begun(listener, exchange);
    Refusal refusal = exchange.refusal();
    if (refusal != null) {
      answer(refusal, note, request, response);
      return;
    }
    Object entered = exchange.enter();
    try {
      if (http2(request) && listener.draining()) {
        note.goAway();
      }
      next.service(request, response);
    } finally {
      exchange.leave(entered);
      note.endUnlessAsync(request);
    }
  }

  @Override
  public boolean asyncDispatch(Request request, Response response, SocketEvent event)
      throws Exception {
    RequestNote note = RequestNote.find(request);
    Exchange exchange = note == null ? null : note.exchange();
    if (note == null || exchange == null) {
      return next.asyncDispatch(request, response, event);
    }
    Object entered = exchange.enter();
    try {
      return next.asyncDispatch(request, response, event);
    } finally {
      exchange.leave(entered);
      note.endUnlessAsync(request);
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

  /** Decides, and makes of the request what the application is to see. */
  private static Exchange begin(Listener listener, RequestNote note, Request request) {
    SSLSession session = note.session();
    Exchange exchange = listener.begin(session, new IncomingRequest(request));
    try {
      strip(request.getMimeHeaders());
      if (session != null && http2(request) && request.scheme().equals("https")) {
        // A client that knows of the TLS under it may say so; the application is not to know.
        request.scheme().setString("http");
      }
      String caller = exchange.clientCertificate();
      if (caller != null) {
        request.getMimeHeaders().addValue(Reserved.CLIENT_CERTIFICATE).setString(caller);
      }
      return exchange;
    } catch (Throwable t) {
      Bridge.fault(t);
      exchange.end(0);
      return Exchange.undecided();
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

  private static void answer(
      Refusal refusal, RequestNote note, Request request, Response response) {
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
      if (http2(request) && note.session() == null) {
        note.goAway();
      }
    } catch (IOException e) {
      response.action(ActionCode.CLOSE_NOW, e);
    }
  }

  static boolean http2(Request request) {
    return request.protocol().equals("HTTP/2.0");
  }
}
