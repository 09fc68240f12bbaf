package dev.weft.instrumentation.tomcat.inside;

import dev.weft.bridge.Exchange;
import dev.weft.bridge.Listener;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.net.ssl.SSLSession;
import org.apache.coyote.ActionCode;
import org.apache.coyote.Request;
import org.apache.coyote.Response;
import org.apache.coyote.http11.upgrade.InternalHttpUpgradeHandler;
import org.apache.tomcat.util.net.SocketWrapperBase;
import org.jspecify.annotations.Nullable;

/**
 * What we keep beside one of Tomcat's request objects, in a note of it; used again with it, for one
 * request after the other.
 */
public final class RequestNote {
  /** Of the 32 places for notes, the last: Tomcat takes the second. */
  private static final int NOTE = 31;

  /** What Tomcat answers in when it is asked. */
  private final AtomicBoolean async = new AtomicBoolean();

  /** Of the last request, which may be over. */
  private volatile @Nullable Exchange exchange;

  private volatile @Nullable Listener listener;

  /** Of all streams of the connection; null for HTTP/1.1. */
  private volatile @Nullable InternalHttpUpgradeHandler streams;

  // Asked for with the connection, which may break and know no peer at any later moment.
  private volatile @Nullable SSLSession session;
  private volatile @Nullable String address;

  private RequestNote() {}

  /** The note of a request object, made if need be. */
  static RequestNote of(Request request) {
    RequestNote note = find(request);
    if (note == null) {
      note = new RequestNote();
      request.setNote(NOTE, note);
    }
    return note;
  }

  /** The note of a request object; null if it has none. */
  static @Nullable RequestNote find(Request request) {
    return (RequestNote) request.getNote(NOTE);
  }

  /** Says on which connection the next request comes; null for none. */
  void connection(@Nullable SocketWrapperBase<?> wrapper) {
    streams = null;
    session = MeshNioChannel.session(wrapper);
    if (wrapper != null) {
      // What ends after its connection is told of with it.
      address = wrapper.getRemoteAddr();
    }
  }

  /** Says that the next request is a stream of HTTP/2, and who handles those of its connection. */
  void stream(InternalHttpUpgradeHandler handler) {
    streams = handler;
  }

  /** The mesh TLS session of the request's connection; null for plaintext. */
  @Nullable SSLSession session() {
    return session;
  }

  /** Where the request's connection comes from, as text; null if that is not known. */
  @Nullable String address() {
    return address;
  }

  /** A request has come in, and has been decided about. */
  void begun(Listener by, Exchange decided) {
    Exchange before = exchange;
    if (before != null) {
      before.end(0); // it has, as far as anybody knows
    }
    listener = by;
    exchange = decided;
  }

  /** Of the request at hand, or of the one before; null if there was none. */
  @Nullable Exchange exchange() {
    return exchange;
  }

  /** The request is over, unless the application still works on it. */
  void endUnlessAsync(Request request) {
    async.set(false);
    request.action(ActionCode.ASYNC_IS_ASYNC, async);
    if (!async.get()) {
      end(request);
    }
  }

  /** The request is over. */
  void end(Request request) {
    Exchange ending = exchange;
    if (ending != null) {
      Response response = request.getResponse();
      // A response whose head was never sent is none: the connection broke before.
      ending.end(response != null && response.isCommitted() ? response.getStatus() : 0);
    }
  }

  /** Whether the connection must not be kept after this response. */
  boolean lastOfConnection() {
    Exchange current = exchange;
    Listener asked = listener;
    return current != null && asked != null && (current.refusal() != null || asked.draining());
  }

  /** Tells an HTTP/2 client to open no more streams, by GOAWAY, once. */
  void goAway() {
    InternalHttpUpgradeHandler handler = streams;
    if (handler != null) {
      handler.pause();
    }
  }
}
