package dev.weft.instrumentation.okhttp.inside;

import dev.weft.bridge.Blocking;
import dev.weft.bridge.Failure;
import dev.weft.bridge.HeadChange;
import dev.weft.bridge.Refusal;
import dev.weft.bridge.Waiting;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.SocketTimeoutException;
import java.net.UnknownServiceException;
import java.util.concurrent.TimeUnit;
import okhttp3.Interceptor;
import okhttp3.Request;
import okhttp3.Response;
import okhttp3.internal.http2.ConnectionShutdownException;
import okhttp3.internal.http2.ErrorCode;
import okhttp3.internal.http2.StreamResetException;
import org.jspecify.annotations.Nullable;

/**
 * One request that the mesh decides about, sent by the library itself, as often as the mesh says.
 */
final class Leg implements Blocking.Sending<Response> {
  private final CallScope scope;
  private final Waiting waiting;
  private final Interceptor.Chain chain;
  private final Interceptor above;
  private final Request request;
  private final Blocking mesh;
  private @Nullable Attempt last;

  Leg(CallScope scope, Waiting waiting, Interceptor.Chain chain, Interceptor above, Blocking mesh) {
    this.scope = scope;
    this.waiting = waiting;
    this.chain = chain;
    this.above = above;
    this.request = chain.request();
    this.mesh = mesh;
  }

  /** Sends until there is something to deliver. */
  Response deliver() throws IOException {
    scope.begins(waiting);
    try {
      Response sent = mesh.send(this);
      HeadChange change = mesh.refusal() == null ? mesh.responseChange() : null;
      return change == null ? sent : Heads.changed(sent, change);
    } catch (RuntimeException | Error e) {
      mesh.ended(e); // of an interceptor of the application's
      throw e;
    } finally {
      waiting.ends();
    }
  }

  @Override
  public Response send() throws IOException {
    if (scope.canceled()) {
      mesh.abandoned();
      throw new IOException("Canceled");
    }
    Refusal refusal = mesh.refusal();
    if (refusal != null) {
      return Heads.refused(request, refusal);
    }
    waiting.ends();
    try {
      return outliving();
    } catch (IOException e) {
      if (scope.canceled()) {
        mesh.abandoned();
      }
      throw e;
    } finally {
      scope.begins(waiting);
    }
  }

  /**
   * Over a new connection to the same endpoint, if the one that was used had been idle, and died:
   * that says nothing about the endpoint.
   */
  private Response outliving() throws IOException {
    Attempt attempt = new Attempt(mesh, request.url(), scope.client());
    try {
      return send(attempt);
    } catch (IOException e) {
      if (!attempt.usedIdle()
          || !scope.client().retryOnConnectionFailure()
          || answered(e)
          || !RequestView.repeatable(request)
          || mesh.late()
          || !mesh.open()) {
        throw e;
      }
    }
    return send(new Attempt(mesh, request.url(), scope.client()));
  }

  /** Whether the error is not that of a connection that had died before. */
  private boolean answered(IOException error) {
    return error instanceof InterruptedIOException
        || error instanceof StreamResetException
        || scope.canceled();
  }

  /** Through what finds connections, with the limits of the attempt. */
  private Response send(Attempt attempt) throws IOException {
    last = attempt;
    scope.attempt(attempt);
    try {
      mesh.closesLate(attempt);
      return above.intercept(limited());
    } catch (SocketTimeoutException e) {
      throw attempt.inHandshake() ? connectTimedOut(e) : e;
    } finally {
      scope.attempt(null);
    }
  }

  private Interceptor.Chain limited() {
    int own = chain.connectTimeoutMillis();
    int millis = mesh.connectMillis(own);
    return millis == own ? chain : chain.withConnectTimeout(millis, TimeUnit.MILLISECONDS);
  }

  /** The handshake is part of connecting, as it is without mesh TLS. */
  private static SocketTimeoutException connectTimedOut(SocketTimeoutException cause) {
    SocketTimeoutException late = new SocketTimeoutException("Connect timed out");
    late.initCause(cause);
    return late;
  }

  @Override
  public boolean again(Response sent) {
    if (mesh.refusal() != null) {
      return false;
    }
    if (last == null || !last.sent()) {
      mesh.abandoned(); // it came out of the application's cache
      return false;
    }
    boolean again = mesh.responded(sent.code(), sent.header("Retry-After"));
    if (again) {
      sent.close();
    }
    return again;
  }

  @Override
  public @Nullable Failure known(IOException error) {
    if (error instanceof UnknownServiceException) {
      return Failure.OTHER; // the application's client may not make such connections
    }
    if (error instanceof StreamResetException) {
      return ((StreamResetException) error).errorCode == ErrorCode.REFUSED_STREAM
          ? Failure.UNSENT
          : Failure.CONNECTION_TERMINATED;
    }
    if (error instanceof ConnectionShutdownException || last == null || !last.sent()) {
      return Failure.UNSENT;
    }
    return null;
  }
}
