package dev.weft.drive;

import dev.weft.bridge.Failure;
import dev.weft.bridge.HeadChange;
import dev.weft.bridge.MeshAddress;
import dev.weft.bridge.Refusal;
import org.jspecify.annotations.Nullable;

/**
 * One attempt to reach one endpoint, from the pick to its outcome. Used by one call at a time; the
 * outcome may be reported from another thread than the one that began it. Exactly one of {@link
 * #responded}, {@link #failed}, {@link #timedOut} and {@link #abandoned} must be called in the end;
 * only the first counts, and the others then return {@link Verdict#DELIVER}.
 */
public interface Attempt {
  /** A decision of the mesh not to call anyone, to be turned into a response; null to go ahead. */
  @Nullable Refusal refusal();

  /**
   * Time to let pass before anything is sent, in nanoseconds; 0, but where a fault is injected. To
   * be spent before {@link #refusal} is answered, too.
   */
  long delayNanos();

  /**
   * Where to connect. Its host string is the label of the endpoint (see {@link MeshAddress}).
   *
   * @throws IllegalStateException if this attempt is a {@link #refusal}
   */
  MeshAddress address();

  /** What of the request's head is to be sent otherwise; null, mostly, for nothing. */
  @Nullable HeadChange change();

  /**
   * How long the headers of the response may take from now on, in nanoseconds; 0 for no limit.
   * Passed that, the adapter ends the exchange and calls {@link #timedOut}. Where it cannot, it
   * says so in the kit's table.
   */
  long timeoutNanos();

  /**
   * How long a new connection to the endpoint may take to be made, its TLS handshake included, in
   * nanoseconds; 0 for the library's own limit. Where the application has set one as well, the
   * shorter holds. Passed that, the adapter gives the connection up and calls {@link #failed} with
   * what the library throws when a connection takes too long. Where it cannot, it says so in the
   * kit's table.
   */
  long connectTimeoutNanos();

  /**
   * The headers of a response have arrived.
   *
   * @param retryAfter value of the {@code Retry-After} field; null if there is none
   */
  Verdict responded(int status, @Nullable String retryAfter);

  /**
   * What of the response's head is to be given to the application otherwise; null, mostly, for
   * nothing. To be asked for when a response is delivered.
   */
  @Nullable HeadChange responseChange();

  /**
   * The attempt failed before a response arrived. If the error is to be delivered, what the mesh
   * knows is appended to its message ({@code [weft: …]}); its class stays the library's own.
   *
   * @param known why, as far as the library says more than the JDK's own exceptions do; else null
   */
  Verdict failed(Throwable error, @Nullable Failure known);

  /** The time of {@link #timeoutNanos} is over without a response. */
  Verdict timedOut();

  /**
   * The caller lost interest: neither a success nor a failure of the endpoint. Also called, once
   * more, when it does so after a verdict said to try again and before the next attempt was begun:
   * that ends the call.
   */
  void abandoned();
}
