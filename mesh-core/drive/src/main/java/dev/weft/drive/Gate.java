package dev.weft.drive;

import dev.weft.bridge.Incoming;
import dev.weft.bridge.Listener;
import dev.weft.bridge.Refusal;
import java.nio.ByteBuffer;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * Who decides about what comes in at one port. May throw whatever it likes: {@link GuardedListener}
 * stands before it. Safe for use by any thread.
 */
public interface Gate {
  /** As {@link Listener#sniff}. */
  Listener.Sniff sniff(ByteBuffer firstBytes);

  /** As {@link Listener#serverEngine}, but for one that cannot be made. */
  SSLEngine serverEngine(Runnable hangUp, String... alpn);

  /**
   * Decides whether a request may reach the application.
   *
   * @param session as in {@link Listener#begin}
   * @param head without the fields that only the mesh may set
   * @param hops how many processes of the mesh have passed it on
   */
  Visit admit(@Nullable SSLSession session, Incoming head, int hops);

  /** As {@link Listener#draining}. */
  boolean draining();

  /** Something begins for which draining waits. To be paired with {@link #workEnded}. */
  void workStarted();

  void workEnded();

  /** As {@link Listener#close}. */
  void close();

  /** One request, its caller known and decided about. */
  interface Visit {
    /** What to answer; null to let it in. */
    @Nullable Refusal refusal();

    /** The service that calls; null if nobody knows. */
    @Nullable String peer();

    /** As {@link dev.weft.bridge.Exchange#clientCertificate}. */
    @Nullable String clientCertificate();

    /**
     * What became of it, once it had been let in; told once.
     *
     * @param status of the response; 0 if there was none
     * @param nanos since it was let in
     */
    void served(int status, long nanos);
  }
}
