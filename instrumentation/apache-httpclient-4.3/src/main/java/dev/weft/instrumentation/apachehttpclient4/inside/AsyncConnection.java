package dev.weft.instrumentation.apachehttpclient4.inside;

import java.io.IOException;
import java.net.InetAddress;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLSession;
import org.apache.http.HttpConnectionMetrics;
import org.apache.http.HttpException;
import org.apache.http.HttpRequest;
import org.apache.http.HttpResponse;
import org.apache.http.impl.conn.ConnectionShutdownException;
import org.apache.http.nio.NHttpClientConnection;
import org.apache.http.nio.conn.ManagedNHttpClientConnection;
import org.apache.http.nio.reactor.IOSession;
import org.apache.http.protocol.BasicHttpContext;
import org.apache.http.protocol.HttpContext;
import org.jspecify.annotations.Nullable;

/**
 * The connection of a call as the library's exchange sees it: that of the attempt at hand, without
 * mesh TLS.
 */
final class AsyncConnection implements ManagedNHttpClientConnection {
  private final AsyncExchange exchange;

  /** Where the library's exchange puts itself, to hear of events. */
  private final HttpContext context = new BasicHttpContext();

  AsyncConnection(AsyncExchange exchange) {
    this.exchange = exchange;
  }

  private @Nullable NHttpClientConnection own() {
    AsyncAttempt attempt = exchange.attempt();
    return attempt == null ? null : attempt.connection();
  }

  private NHttpClientConnection open() {
    NHttpClientConnection own = own();
    if (own == null) {
      throw new ConnectionShutdownException();
    }
    return own;
  }

  private ManagedNHttpClientConnection managed() {
    return (ManagedNHttpClientConnection) open();
  }

  /** Gives it back. */
  void release(@Nullable Object state, long duration, TimeUnit unit) {
    AsyncAttempt attempt = exchange.attempt();
    if (attempt != null) {
      attempt.release(state, duration, unit);
    }
  }

  @Override
  public HttpContext getContext() {
    return context;
  }

  /** Not for a redirect, which is a call of its own: the library asks for another connection. */
  @Override
  public boolean isOpen() {
    NHttpClientConnection own = own();
    return own != null && own.isOpen() && exchange.isOf();
  }

  /** Whoever has made the attempt has looked. */
  @Override
  public boolean isStale() {
    return false;
  }

  @Override
  public void close() throws IOException {
    exchange.letsGo();
    NHttpClientConnection own = own();
    if (own != null) {
      own.close();
    }
  }

  @Override
  public void shutdown() throws IOException {
    exchange.letsGo();
    NHttpClientConnection own = own();
    if (own != null) {
      own.shutdown();
    }
  }

  @Override
  public @Nullable SSLSession getSSLSession() {
    return null;
  }

  // As the library has it.

  @Override
  public void requestInput() {
    NHttpClientConnection own = own();
    if (own != null) {
      own.requestInput();
    }
  }

  @Override
  public void suspendInput() {
    NHttpClientConnection own = own();
    if (own != null) {
      own.suspendInput();
    }
  }

  @Override
  public void requestOutput() {
    NHttpClientConnection own = own();
    if (own != null) {
      own.requestOutput();
    }
  }

  @Override
  public void suspendOutput() {
    NHttpClientConnection own = own();
    if (own != null) {
      own.suspendOutput();
    }
  }

  @Override
  public void setSocketTimeout(int timeout) {
    NHttpClientConnection own = own();
    if (own != null) {
      own.setSocketTimeout(timeout);
    }
  }

  @Override
  public int getSocketTimeout() {
    return open().getSocketTimeout();
  }

  @Override
  public HttpConnectionMetrics getMetrics() {
    return open().getMetrics();
  }

  @Override
  public InetAddress getLocalAddress() {
    return managed().getLocalAddress();
  }

  @Override
  public int getLocalPort() {
    return managed().getLocalPort();
  }

  @Override
  public InetAddress getRemoteAddress() {
    return managed().getRemoteAddress();
  }

  @Override
  public int getRemotePort() {
    return managed().getRemotePort();
  }

  @Override
  public void submitRequest(HttpRequest request) throws IOException, HttpException {
    open().submitRequest(request);
  }

  @Override
  public boolean isRequestSubmitted() {
    return open().isRequestSubmitted();
  }

  @Override
  public void resetOutput() {
    open().resetOutput();
  }

  @Override
  public void resetInput() {
    open().resetInput();
  }

  @Override
  public int getStatus() {
    return open().getStatus();
  }

  @Override
  public HttpRequest getHttpRequest() {
    return open().getHttpRequest();
  }

  @Override
  public HttpResponse getHttpResponse() {
    return open().getHttpResponse();
  }

  @Override
  public String getId() {
    return managed().getId();
  }

  @Override
  public void bind(IOSession session) {
    managed().bind(session);
  }

  @Override
  public IOSession getIOSession() {
    return managed().getIOSession();
  }
}
