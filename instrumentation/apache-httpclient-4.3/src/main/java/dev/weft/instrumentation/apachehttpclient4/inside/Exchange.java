package dev.weft.instrumentation.apachehttpclient4.inside;

import dev.weft.bridge.Blocking;
import dev.weft.bridge.Failure;
import dev.weft.bridge.MeshAddress;
import dev.weft.bridge.Refusal;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.SocketTimeoutException;
import javax.net.ssl.SSLException;
import org.apache.http.ConnectionClosedException;
import org.apache.http.Header;
import org.apache.http.HttpEntity;
import org.apache.http.HttpException;
import org.apache.http.HttpHeaders;
import org.apache.http.HttpHost;
import org.apache.http.NoHttpResponseException;
import org.apache.http.auth.AuthState;
import org.apache.http.client.ClientProtocolException;
import org.apache.http.client.methods.CloseableHttpResponse;
import org.apache.http.client.methods.HttpRequestWrapper;
import org.apache.http.client.protocol.HttpClientContext;
import org.apache.http.conn.ConnectTimeoutException;
import org.apache.http.conn.ConnectionPoolTimeoutException;
import org.apache.http.conn.routing.HttpRoute;
import org.apache.http.impl.execchain.ClientExecChain;
import org.apache.http.impl.execchain.RequestAbortedException;
import org.apache.http.util.EntityUtils;
import org.jspecify.annotations.Nullable;

/** One call of the mesh: sends each attempt through the library's main executor. */
final class Exchange implements Blocking.Sending<CloseableHttpResponse> {
  /** A body that is dropped is read if it is no longer than this, and there already. */
  private static final int MAX_DRAINED = 16 * 1024;

  private final Blocking call;
  private final Hold hold;
  private final ClientExecChain main;
  private final HttpRoute route;
  private final HttpRequestWrapper request;
  private final HttpClientContext context;

  /** Of the attempt at hand; null if it is a refusal. */
  private @Nullable Connecting connecting;

  Exchange(
      Blocking call,
      Hold hold,
      ClientExecChain main,
      HttpRoute route,
      HttpRequestWrapper request,
      HttpClientContext context) {
    this.call = call;
    this.hold = hold;
    this.main = main;
    this.route = route;
    this.request = request;
    this.context = context;
  }

  /** What the application gets. */
  CloseableHttpResponse response() throws IOException {
    CloseableHttpResponse response;
    try {
      response = call.send(this);
    } catch (IOException e) {
      throw hold.givenUp() ? new RequestAbortedException("Request aborted", e) : e;
    } finally {
      hold.goesOn();
    }
    if (hold.givenUp()) {
      call.abandoned();
      drop(response);
      throw new RequestAbortedException("Request aborted");
    }
    if (connecting != null) {
      Heads.apply(call.responseChange(), response);
    }
    return response;
  }

  @Override
  public CloseableHttpResponse send() throws IOException {
    Refusal refusal = call.refusal();
    MeshAddress address = call.address();
    if (refusal != null || address == null) {
      connecting = null;
      if (refusal == null) {
        throw new IOException("neither an endpoint nor an answer");
      }
      return new RefusedResponse(refusal, request.getRequestLine().getMethod());
    }
    hold.sends(call);
    connecting = new Connecting(call, address);
    HttpHost target = context.getTargetHost();
    AuthState proxy = context.getProxyAuthState();
    // The library would take the endpoint's port for the target's, and challenge for a proxy.
    context.setAttribute(HttpClientContext.HTTP_TARGET_HOST, withPort(target));
    if (route.getProxyHost() != null) {
      context.setAttribute(HttpClientContext.PROXY_AUTH_STATE, new AuthState());
    }
    context.setAttribute(Connecting.ATTRIBUTE, connecting);
    try {
      return main.execute(pinned(address), Heads.sent(request, call.change()), context, hold);
    } catch (HttpException e) {
      throw new ClientProtocolException(e); // as the client itself does
    } catch (RuntimeException | Error e) {
      if (hold.isAborted()) {
        throw new RequestAbortedException("Request aborted", e);
      }
      call.ended(e);
      throw e;
    } finally {
      context.removeAttribute(Connecting.ATTRIBUTE);
      context.setAttribute(HttpClientContext.HTTP_REQUEST, request);
      context.setAttribute(HttpClientContext.HTTP_TARGET_HOST, target);
      context.setAttribute(HttpClientContext.PROXY_AUTH_STATE, proxy);
      hold.waits();
    }
  }

  private HttpHost withPort(@Nullable HttpHost target) {
    HttpHost planned = route.getTargetHost();
    return target == null
        ? planned
        : target.getPort() >= 0
            ? target
            : new HttpHost(target.getHostName(), planned.getPort(), target.getSchemeName());
  }

  /** The endpoint's label keeps it apart from all others in the pool, and is never looked up. */
  private HttpRoute pinned(MeshAddress address) {
    HttpHost host =
        new HttpHost(
            address.getHostString(), address.getPort(), route.getTargetHost().getSchemeName());
    return new HttpRoute(host, route.getLocalAddress(), false);
  }

  @Override
  public boolean again(CloseableHttpResponse response) {
    if (connecting == null) {
      return false;
    }
    Header retryAfter = response.getFirstHeader(HttpHeaders.RETRY_AFTER);
    boolean again =
        call.responded(
            response.getStatusLine().getStatusCode(),
            retryAfter == null ? null : retryAfter.getValue());
    if (again) {
      drop(response);
    }
    return again;
  }

  /** Never waits for a peer: a connection with a body under way is closed. */
  private static void drop(CloseableHttpResponse response) {
    try {
      HttpEntity entity = response.getEntity();
      if (entity != null) {
        long length = entity.getContentLength();
        if (length >= 0 && length <= MAX_DRAINED && entity.getContent().available() >= length) {
          EntityUtils.consume(entity);
        }
      }
    } catch (IOException e) {
      // It is closed.
    }
    try {
      response.close();
    } catch (IOException e) {
      // It is.
    }
  }

  @Override
  public @Nullable Failure known(IOException error) {
    if (connecting == null || connecting.underWay() || !hold.leased()) {
      return unsent(error);
    }
    if (error instanceof SocketTimeoutException) {
      return Failure.READ_TIMEOUT;
    }
    return error instanceof NoHttpResponseException
            || error instanceof ConnectionClosedException
            || error instanceof ClientProtocolException
        ? Failure.CONNECTION_TERMINATED
        : null;
  }

  /** Of what failed before a request was begun. */
  private static Failure unsent(IOException error) {
    if (error instanceof ConnectionPoolTimeoutException) {
      return Failure.OTHER;
    }
    if (error instanceof SocketTimeoutException || error instanceof ConnectTimeoutException) {
      return Failure.CONNECTION_TIMEOUT;
    }
    if (error instanceof SSLException) {
      return Failure.TLS_ERROR;
    }
    return error instanceof InterruptedIOException || error instanceof ClientProtocolException
        ? Failure.OTHER
        : Failure.CONNECTION_REFUSED;
  }
}
