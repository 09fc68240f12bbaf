package dev.weft.instrumentation.apachehttpclient4.inside;

import dev.weft.bridge.Blocking;
import dev.weft.bridge.Waiting;
import java.io.Closeable;
import java.io.IOException;
import java.net.Socket;
import org.apache.http.HttpConnection;
import org.apache.http.client.methods.HttpExecutionAware;
import org.apache.http.client.protocol.HttpClientContext;
import org.apache.http.concurrent.Cancellable;
import org.apache.http.conn.ManagedHttpClientConnection;
import org.jspecify.annotations.Nullable;

/**
 * Where a call can be taken hold of from other threads: the application gives it up, or the time of
 * an attempt is over. What there is to be ended is first a place in the queue for a connection,
 * then the connection; while the mesh holds the call back, it is the wait.
 */
final class Hold implements HttpExecutionAware, Cancellable, Closeable {
  /** What the application aborts; null if it cannot. */
  private final @Nullable HttpExecutionAware caller;

  private final HttpClientContext context;
  private final Waiting waiting = new Waiting();
  private @Nullable Blocking call;
  private @Nullable Cancellable current;
  private @Nullable HttpConnection connection;
  private boolean leased;
  private boolean late;
  private boolean cancelled;

  Hold(@Nullable HttpExecutionAware caller, HttpClientContext context) {
    this.caller = caller;
    this.context = context;
  }

  /** The mesh has it. */
  void waits() {
    waiting.begins();
    if (caller != null) {
      caller.setCancellable(this);
      if (caller.isAborted()) {
        cancel(); // nobody has told: it was over before
      }
    }
  }

  /** The mesh has decided; on the thread that has waited. */
  void goesOn() {
    waiting.ends();
  }

  /** An attempt begins. */
  void sends(Blocking led) {
    boolean over;
    goesOn();
    synchronized (this) {
      current = null;
      connection = null;
      leased = false;
      late = false;
      call = led;
      over = cancelled;
    }
    if (over) {
      led.abandoned(); // the library's next step is its last
    }
    led.closesLate(this);
  }

  /** Whether the attempt has got a connection, made or not. */
  synchronized boolean leased() {
    return leased;
  }

  /** Whether the application has given the call up. */
  synchronized boolean givenUp() {
    return cancelled;
  }

  @Override
  public void setCancellable(Cancellable next) {
    boolean over;
    synchronized (this) {
      leased = current != null;
      current = next;
      connection = leased ? context.getConnection() : null;
      over = cancelled || late;
    }
    if (over) {
      end();
    }
  }

  /** What the library asks before each step. */
  @Override
  public synchronized boolean isAborted() {
    return cancelled || late;
  }

  /** The application gives up. */
  @Override
  public boolean cancel() {
    Blocking told;
    synchronized (this) {
      if (cancelled) {
        return false;
      }
      cancelled = true;
      told = call;
    }
    waiting.wake();
    if (told != null) {
      told.abandoned();
    }
    end();
    return true;
  }

  /** The time of the attempt is over. */
  @Override
  public void close() {
    synchronized (this) {
      late = true;
    }
    end();
  }

  private void end() {
    Cancellable end;
    HttpConnection used;
    synchronized (this) {
      end = current;
      used = connection;
    }
    if (used instanceof ManagedHttpClientConnection) {
      try {
        // From 4.4 on the library does so itself. Else TLS would wait for whoever is writing.
        Socket socket = ((ManagedHttpClientConnection) used).getSocket();
        if (socket != null) {
          socket.setSoLinger(true, 0);
        }
      } catch (IOException | RuntimeException e) {
        // It is closed.
      }
    }
    if (end != null) {
      end.cancel();
    }
  }
}
