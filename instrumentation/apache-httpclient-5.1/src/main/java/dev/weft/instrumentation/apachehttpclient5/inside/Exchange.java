package dev.weft.instrumentation.apachehttpclient5.inside;

import dev.weft.bridge.Blocking;
import dev.weft.bridge.Failure;
import dev.weft.bridge.MeshAddress;
import dev.weft.bridge.Refusal;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.SocketTimeoutException;
import javax.net.ssl.SSLException;
import org.apache.hc.client5.http.ClientProtocolException;
import org.apache.hc.client5.http.HttpRoute;
import org.apache.hc.client5.http.classic.ExecChain;
import org.apache.hc.client5.http.classic.ExecRuntime;
import org.apache.hc.client5.http.impl.classic.RequestFailedException;
import org.apache.hc.client5.http.protocol.HttpClientContext;
import org.apache.hc.core5.http.ClassicHttpRequest;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.ConnectionClosedException;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpEntity;
import org.apache.hc.core5.http.HttpException;
import org.apache.hc.core5.http.HttpHeaders;
import org.apache.hc.core5.http.NoHttpResponseException;
import org.apache.hc.core5.http.io.entity.EntityUtils;
import org.apache.hc.core5.http.io.support.ClassicRequestBuilder;
import org.apache.hc.core5.http.protocol.HttpCoreContext;
import org.jspecify.annotations.Nullable;

/** One call of the mesh: sends each attempt down the chain. */
final class Exchange implements Blocking.Sending<ClassicHttpResponse> {
  /** A body that is dropped is read if it is no longer than this, and there already. */
  private static final int MAX_DRAINED = 16 * 1024;

  private final Blocking call;
  private final Hold hold;
  private final ExecRuntime runtime;
  private final ClassicHttpRequest request;
  private final ExecChain.Scope scope;
  private final ExecChain chain;

  /** Of the attempt at hand; null if it is a refusal. */
  private @Nullable EndpointRuntime endpoint;

  Exchange(
      Blocking call,
      Hold hold,
      ExecRuntime runtime,
      ClassicHttpRequest request,
      ExecChain.Scope scope,
      ExecChain chain) {
    this.call = call;
    this.hold = hold;
    this.runtime = runtime;
    this.request = request;
    this.scope = scope;
    this.chain = chain;
  }

  /** What the application gets. */
  ClassicHttpResponse response() throws IOException {
    ClassicHttpResponse response;
    try {
      response = call.send(this);
    } catch (IOException e) {
      throw hold.givenUp() ? aborted(e) : e;
    } finally {
      hold.goesOn();
    }
    if (hold.givenUp()) {
      call.abandoned();
      drop(response);
      throw aborted(null);
    }
    if (endpoint != null) {
      Heads.apply(call.responseChange(), response);
    }
    return response;
  }

  /** As the library puts it. */
  private static IOException aborted(@Nullable Throwable cause) {
    return cause == null
        ? new RequestFailedException("Request aborted")
        : new RequestFailedException("Request aborted", cause);
  }

  @Override
  public ClassicHttpResponse send() throws IOException {
    Refusal refusal = call.refusal();
    MeshAddress address = call.address();
    if (refusal != null || address == null) {
      endpoint = null;
      return refused(refusal);
    }
    hold.sends(call);
    endpoint = new EndpointRuntime(runtime, call, address);
    HttpRoute route = scope.route;
    if (route.getProxyHost() != null) {
      route = new HttpRoute(route.getTargetHost(), route.getLocalAddress(), false);
    }
    try {
      // The library writes into what it sends.
      return chain.proceed(
          ClassicRequestBuilder.copy(request).build(),
          new ExecChain.Scope(
              scope.exchangeId, route, scope.originalRequest, endpoint, scope.clientContext));
    } catch (HttpException e) {
      throw new ClientProtocolException(e.getMessage(), e); // as the client itself does
    } catch (RuntimeException | Error e) {
      if (hold.isCancelled()) {
        throw aborted(e); // the connection was taken away between two of the library's steps
      }
      call.ended(e);
      throw e;
    } finally {
      hold.waits();
    }
  }

  private ClassicHttpResponse refused(@Nullable Refusal refusal) throws IOException {
    if (refusal == null) {
      throw new IOException("neither an endpoint nor an answer");
    }
    ClassicHttpResponse response = Heads.response(refusal, request.getMethod());
    HttpClientContext context = scope.clientContext;
    context.setAttribute(HttpClientContext.HTTP_ROUTE, scope.route);
    context.setAttribute(HttpCoreContext.HTTP_REQUEST, request);
    context.setAttribute(HttpCoreContext.HTTP_RESPONSE, response);
    return response;
  }

  @Override
  public boolean again(ClassicHttpResponse response) {
    if (endpoint == null) {
      return false;
    }
    Header retryAfter = response.getFirstHeader(HttpHeaders.RETRY_AFTER);
    boolean again =
        call.responded(response.getCode(), retryAfter == null ? null : retryAfter.getValue());
    if (again) {
      drop(response);
    }
    return again;
  }

  /** Never waits for a peer: a connection with a body under way is closed. */
  private void drop(ClassicHttpResponse response) {
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
    runtime.discardEndpoint();
    try {
      response.close();
    } catch (IOException e) {
      // It is.
    }
  }

  @Override
  public @Nullable Failure known(IOException error) {
    if (endpoint == null || !endpoint.begun()) {
      // An interceptor of the application's has failed, and nobody else.
      return endpoint == null || !endpoint.connecting() ? Failure.OTHER : unsent(error);
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
    if (error instanceof SocketTimeoutException) {
      return Failure.CONNECTION_TIMEOUT;
    }
    if (error instanceof SSLException) {
      return Failure.TLS_ERROR;
    }
    return error instanceof InterruptedIOException || error instanceof ClientProtocolException
        ? Failure.OTHER // no connection of the pool was free in time, or an interceptor objects
        : Failure.CONNECTION_REFUSED;
  }
}
