package dev.weft.instrumentation.jdkhttpserver.inside;

import dev.weft.bridge.Bridge;
import dev.weft.bridge.Exchange;
import dev.weft.bridge.Listener;
import dev.weft.bridge.Refusal;
import dev.weft.bridge.Reserved;
import dev.weft.bridge.Unguarded;
import dev.weft.bridge.WeakTable;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.ref.WeakReference;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the advice calls. A server, a connection or an exchange that the mesh has nothing to do with
 * (an HTTPS server, or no mesh) is in no table, and is left alone. Nothing here throws.
 */
public final class Connections {
  private static final String NAME = "jdk-httpserver";

  /** The listening port of each {@code ServerImpl}. */
  private static final WeakTable<Object, Listener> LISTENERS = new WeakTable<>();

  /**
   * The stand-in of each channel. It refers to the channel; the streams of the server that hold it
   * live as long as the connection does.
   */
  private static final WeakTable<SocketChannel, WeakReference<SniffingChannel>> CONNECTIONS =
      new WeakTable<>();

  /** What this thread runs. Set and cleared within one frame. */
  private static final ThreadLocal<Running> CURRENT = new ThreadLocal<>();

  /** One run of the server's task for a request. */
  public static final class Running {
    private final @Nullable SocketChannel channel;
    private final @Nullable Running outer;
    private @Nullable Exchange entered;
    private @Nullable Object before;

    Running(@Nullable SocketChannel channel, @Nullable Running outer) {
      this.channel = channel;
      this.outer = outer;
    }

    /** From here on the thread works for a request. Once. */
    void enter(@Nullable Exchange exchange) {
      if (exchange != null && entered == null) {
        entered = exchange;
        before = exchange.enter();
      }
    }

    void leave() {
      if (entered != null) {
        entered.leave(before);
      }
    }
  }

  private Connections() {}

  /**
   * A server is about to accept connections.
   *
   * @return the listener that has been opened for it now; what to throw if it must not accept; null
   *     if the mesh has nothing to do with it
   */
  public static @Nullable Object starting(
      Object server, boolean https, ServerSocketChannel channel) {
    try {
      InetSocketAddress bound = (InetSocketAddress) channel.getLocalAddress();
      if (bound == null || LISTENERS.get(server) != null) {
        return null;
      }
      if (https) {
        String refused =
            Bridge.unguarded(
                new Unguarded(NAME, "HttpsServer", String.valueOf(bound.getPort()), true));
        return refused == null ? null : new IllegalStateException("[weft: " + refused + "]");
      }
      Listener listener = Bridge.open(NAME, bound, false);
      if (listener != null) {
        LISTENERS.put(server, listener);
      }
      return listener;
    } catch (Throwable t) {
      Bridge.fault(t);
      return Bridge.guarded() ? new IllegalStateException("[weft: " + t + "]") : null;
    }
  }

  /** The server that {@link #starting} opened a listener for could not start after all. */
  public static void notStarted(Object server) {
    close(LISTENERS.remove(server));
  }

  /** The server accepts no more; what it has accepted is still served, and still decided about. */
  public static void stopping(Object server, int delay) {
    if (delay >= 0) {
      close(LISTENERS.get(server));
    }
  }

  private static void close(@Nullable Listener listener) {
    if (listener != null) {
      listener.close();
    }
  }

  /**
   * What a new connection is to be read through. One of a guarded server that we fail to stand
   * before is closed: nobody would decide about its requests.
   */
  public static SocketChannel reader(Object server, SocketChannel channel) {
    Listener listener = null;
    try {
      listener = LISTENERS.get(server);
      if (listener == null) {
        // One that has started before us, as another agent's may.
        listener = Bridge.closed(false);
      }
      if (listener == null) {
        return channel;
      }
      SniffingChannel connection = new SniffingChannel(channel, listener);
      CONNECTIONS.put(channel, new WeakReference<>(connection));
      return connection;
    } catch (Throwable t) {
      Bridge.fault(t);
      if (listener != null || Bridge.guarded()) {
        closeQuietly(channel);
      }
      return channel;
    }
  }

  private static void closeQuietly(SocketChannel channel) {
    try {
      channel.close();
    } catch (IOException e) {
      // It is gone either way.
    }
  }

  /** What a new connection is to be written through. */
  public static SocketChannel writer(SocketChannel channel) {
    SniffingChannel connection = of(channel);
    return connection == null ? channel : connection;
  }

  private static @Nullable SniffingChannel of(@Nullable SocketChannel channel) {
    if (channel == null) {
      return null;
    }
    WeakReference<SniffingChannel> connection = CONNECTIONS.get(channel);
    return connection == null ? null : connection.get();
  }

  /** Adds what our channel holds to what a stream says is available. */
  public static int available(int own, @Nullable SocketChannel channel) {
    if (own < 0 || !(channel instanceof SniffingChannel)) {
      return own;
    }
    // Before the first read the stream counts the room in its empty buffer; no harm in adding.
    return own + ((SniffingChannel) channel).buffered();
  }

  /**
   * This thread runs an exchange of a connection.
   *
   * @return what to hand to {@link #exchangeLeft}
   */
  public static Object exchangeEntered(@Nullable SocketChannel channel) {
    Running running = new Running(channel, CURRENT.get());
    CURRENT.set(running);
    return running;
  }

  /**
   * This thread has left an exchange, which may go on elsewhere.
   *
   * @param failed whether the server gave the exchange up without closing the connection
   */
  public static void exchangeLeft(
      @Nullable Object entered, @Nullable SocketChannel channel, boolean failed) {
    Running outer = null;
    if (entered != null) {
      Running running = (Running) entered;
      running.leave();
      outer = running.outer;
    }
    if (outer == null) {
      CURRENT.remove();
    } else {
      CURRENT.set(outer);
    }
    if (failed) {
      closed(channel);
    }
  }

  private static @Nullable SniffingChannel current() {
    Running running = CURRENT.get();
    return running == null ? null : of(running.channel);
  }

  /**
   * A request's first line has been read, nothing has been routed yet. It is decided about when its
   * headers have been read as well; what the server will complain about, and read no further, at
   * once: its complaint is not for everyone.
   *
   * @param out writes to the client
   * @return the line to go on with; null, on which the server closes the connection, if the mesh
   *     has answered in its place
   */
  public static @Nullable String requested(@Nullable String line, OutputStream out) {
    try {
      return lineRead(line, out);
    } catch (Throwable t) {
      Bridge.fault(t);
      return null; // nobody enters by an error of ours
    }
  }

  private static @Nullable String lineRead(@Nullable String line, OutputStream out) {
    SniffingChannel connection = line == null ? null : current();
    if (line == null || connection == null) {
      return line;
    }
    IncomingRequest head = IncomingRequest.of(connection, line);
    if (head != null) {
      connection.reading(head, out);
      return line;
    }
    Refusal refusal = connection.begin(IncomingRequest.unreadable(connection)).refusal();
    if (refusal == null) {
      return line;
    }
    answer(connection, refusal, out);
    return null;
  }

  /**
   * A request's headers have been read. Takes out what only the mesh may say, and decides.
   *
   * @return null to go on; else the mesh has answered, and this makes the server close the
   *     connection, as if it had failed
   */
  public static @Nullable IOException headersRead(@Nullable Map<String, List<String>> headers) {
    try {
      return decide(headers);
    } catch (Throwable t) {
      Bridge.fault(t);
      return new IOException("refused by the mesh: " + t);
    }
  }

  private static @Nullable IOException decide(@Nullable Map<String, List<String>> headers) {
    SniffingChannel connection = headers == null ? null : current();
    if (headers == null || connection == null) {
      return null;
    }
    SniffingChannel.Reading reading = connection.read();
    if (reading == null) {
      strip(headers);
      if (!connection.admitted()) {
        return new IOException("refused by the mesh: it has seen no request line");
      }
      show(connection.exchange(), headers); // asked for once more
      return null;
    }
    reading.head().headers(headers);
    Exchange exchange = connection.begin(reading.head());
    strip(headers);
    Refusal refusal = exchange.refusal();
    if (refusal != null) {
      answer(connection, refusal, reading.out());
      return new IOException("refused by the mesh: " + refusal);
    }
    show(exchange, headers);
    Running running = CURRENT.get();
    if (running != null) {
      running.enter(exchange);
    }
    return null;
  }

  private static void strip(Map<String, ?> headers) {
    for (Iterator<String> names = headers.keySet().iterator(); names.hasNext(); ) {
      String name = names.next();
      if (name != null && Reserved.is(name)) {
        names.remove();
      }
    }
  }

  /** Shows the application who calls, if it is to know. */
  private static void show(@Nullable Exchange exchange, Map<String, List<String>> headers) {
    String caller = exchange == null ? null : exchange.clientCertificate();
    if (caller != null) {
      headers.put(Reserved.CLIENT_CERTIFICATE, List.of(caller));
    }
  }

  private static void answer(SniffingChannel connection, Refusal refusal, OutputStream out) {
    try {
      out.write(refusal.asHttp11());
      out.flush();
      connection.linger();
    } catch (IOException e) {
      // The client is gone, or does not read; it is not let in either way.
    } catch (Throwable t) {
      Bridge.fault(t);
    }
  }

  /** Whether the responses of a server must tell its clients to go elsewhere. */
  public static boolean draining(@Nullable Object server) {
    Listener listener = server == null ? null : LISTENERS.get(server);
    return listener != null && listener.draining();
  }

  /** Sets {@code Connection: close} on a response. */
  public static void closeAfter(@Nullable Map<String, List<String>> headers) {
    if (headers != null) {
      headers.put("Connection", Collections.singletonList("close"));
    }
  }

  /** A connection has got another state: idle when a response is complete. */
  public static void stateChanged(@Nullable SocketChannel channel, Object state) {
    if (state instanceof Enum && ((Enum<?>) state).name().equals("IDLE")) {
      closed(channel);
    }
  }

  /** A connection is being closed, or its exchange is over. */
  public static void closed(@Nullable SocketChannel channel) {
    SniffingChannel connection = of(channel);
    if (connection != null) {
      connection.requestEnded();
    }
  }
}
