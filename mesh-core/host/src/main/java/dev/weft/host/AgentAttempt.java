package dev.weft.host;

import dev.weft.bootstrap.Attempt;
import dev.weft.bootstrap.HeadChange;
import dev.weft.bootstrap.MeshAddress;
import dev.weft.bootstrap.Refusal;
import dev.weft.bootstrap.Verdict;
import dev.weft.engine.Endpoint;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.security.cert.CertificateException;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** One attempt at one endpoint: measures it, and reports what became of it exactly once. */
final class AgentAttempt implements Attempt {
  private static final AtomicIntegerFieldUpdater<AgentAttempt> OVER =
      AtomicIntegerFieldUpdater.newUpdater(AgentAttempt.class, "over");

  private final Endpoint endpoint;
  private final EndpointAddress address;
  private final boolean verbose;
  private final Reachability reachability;
  private final long begun = System.nanoTime();
  private volatile int over;

  AgentAttempt(
      Endpoint endpoint, EndpointAddress address, boolean verbose, Reachability reachability) {
    this.endpoint = endpoint;
    this.address = address;
    this.verbose = verbose;
    this.reachability = reachability;
    endpoint.begin();
  }

  @Override
  public @Nullable Refusal refusal() {
    return null;
  }

  @Override
  public MeshAddress address() {
    return address;
  }

  @Override
  public Verdict responded(int status, @Nullable String retryAfter) {
    if (OVER.compareAndSet(this, 0, 1)) {
      long now = System.nanoTime();
      endpoint.end(now, now - begun);
      if (endpoint.health() != Endpoint.Health.READY) {
        endpoint.becomeReachable();
      }
    }
    return Verdict.DELIVER;
  }

  @Override
  public long delayNanos() {
    return 0;
  }

  @Override
  public @Nullable HeadChange change() {
    return null;
  }

  @Override
  public long timeoutNanos() {
    return 0;
  }

  @Override
  public @Nullable HeadChange responseChange() {
    return null;
  }

  @Override
  public Verdict timedOut() {
    abandoned();
    return Verdict.DELIVER;
  }

  @Override
  public Verdict failed(Throwable error, boolean unsent) {
    if (OVER.compareAndSet(this, 0, 1)) {
      endpoint.endUnobserved();
      if (neverReached(error)) {
        reachability.lost(endpoint, address);
      }
      ErrorNotes.append(error, note());
    }
    return Verdict.DELIVER;
  }

  @Override
  public void abandoned() {
    if (OVER.compareAndSet(this, 0, 1)) {
      endpoint.endUnobserved();
    }
  }

  private String note() {
    return "calling "
        + endpoint.facts().service()
        + (verbose ? " at " + endpoint.facts().address() + ":" + endpoint.facts().port() : "")
        + (address.tls() ? " over mesh TLS" : " in plaintext");
  }

  /** A refused connection, or somebody else at the address: nothing of the request was taken. */
  private static boolean neverReached(Throwable error) {
    int depth = 0;
    for (Throwable cause = error; cause != null && depth < 10; cause = cause.getCause(), depth++) {
      if (cause instanceof ConnectException
          || cause instanceof NoRouteToHostException
          || cause instanceof CertificateException
          || cause instanceof SSLException) {
        return true;
      }
    }
    return false;
  }
}
