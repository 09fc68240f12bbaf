package dev.weft.instrumentation.httpurlconnection;

import dev.weft.bootstrap.Bridge;
import dev.weft.bootstrap.MeshAddress;
import dev.weft.bootstrap.Refusal;
import dev.weft.bootstrap.WeakTable;
import java.io.IOException;
import java.io.PrintStream;
import java.net.HttpURLConnection;
import java.net.Socket;
import java.net.SocketException;
import java.net.URL;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * What the advice calls. The library's own objects are passed as {@code Object}: their packages are
 * not exported to us. A connection or client that the mesh has nothing to do with is in no table,
 * and is left alone. Nothing here throws, but for {@link #connected}.
 */
public final class Calls {
  /**
   * The most that a TLS handshake may wait for the endpoint where the application sets no limit.
   */
  private static final int HANDSHAKE_MILLIS = 10_000;

  /** The last attempt of each {@code HttpURLConnection}. */
  private static final WeakTable<Object, Call> CALLS = new Waiting();

  /** Each {@code sun.net.www.http.HttpClient} that has been connected to an endpoint. */
  private static final WeakTable<Object, Wire> WIRES = new WeakTable<>();

  /** What this thread has picked in {@code plainConnect0} for the client to be got there. */
  private static final ThreadLocal<Pick> PICKED = new ThreadLocal<>();

  /** For what this thread is getting a client, from the pool or a new one. */
  private static final ThreadLocal<Opening> OPENING = new ThreadLocal<>();

  /** The endpoint of which this thread is closing an idle connection. */
  private static final ThreadLocal<MeshAddress> CLOSING = new ThreadLocal<>();

  private Calls() {}

  /** Attempts whose outcome may never come. */
  static final class Waiting extends WeakTable<Object, Call> {
    @Override
    protected void collected(Call call) {
      // The application dropped the connection without asking for the response.
      call.abandoned();
    }
  }

  /** The outcome of a pick: for which URL object, and that it may be nobody's business. */
  static final class Pick {
    private final URL url;
    private final @Nullable Call call;
    private final @Nullable Pick outer;

    Pick(URL url, @Nullable Call call, @Nullable Pick outer) {
      this.url = url;
      this.call = call;
      this.outer = outer;
    }
  }

  /**
   * One run of {@code HttpClient.New}, for an attempt or for something that is left alone. They
   * nest: a TLS handshake may fetch a list of revoked certificates.
   */
  static final class Opening {
    private final @Nullable Call call;
    private final @Nullable Opening outer;

    Opening(@Nullable Call call, @Nullable Opening outer) {
      this.call = call;
      this.outer = outer;
    }
  }

  private static @Nullable Call openingCall() {
    Opening opening = OPENING.get();
    return opening == null ? null : opening.call;
  }

  private static void leave(@Nullable Opening outer) {
    if (outer == null) {
      OPENING.remove();
    } else {
      OPENING.set(outer);
    }
  }

  // plainConnect0: the connection is being made, or taken from a cache of responses.

  /**
   * A connection is about to be made.
   *
   * @return to be handed to {@link #picked} and {@link #connectLeft}; null if it is not http
   */
  public static @Nullable Object connectEntered(@Nullable URL url) {
    if (url == null || !"http".equalsIgnoreCase(url.getProtocol())) {
      return null;
    }
    Pick pick = new Pick(url, Call.pick(url), PICKED.get());
    PICKED.set(pick);
    return pick;
  }

  /** Whether an endpoint was picked, so that no proxy of the application's may come into play. */
  public static boolean picked(@Nullable Object pick) {
    return pick != null && ((Pick) pick).call != null;
  }

  /** The connection is made, or has failed, or was not needed. */
  public static void connectLeft(@Nullable Object entered, Object caller) {
    if (entered == null) {
      return;
    }
    Pick pick = (Pick) entered;
    if (pick.outer == null) {
      PICKED.remove();
    } else {
      PICKED.set(pick.outer);
    }
    // Nobody has taken it over: the response came out of the application's cache.
    if (pick.call != null && CALLS.get(caller) != pick.call) {
      pick.call.abandoned();
    }
  }

  // HttpClient.New: a client is got for one request.

  /**
   * A client is about to be got.
   *
   * @param caller the {@code HttpURLConnection}; null for a use that we know nothing of
   * @return to be handed to {@link #opened}
   */
  public static Object opening(@Nullable URL url, @Nullable Object caller) {
    Opening opening = new Opening(begin(url, caller), OPENING.get());
    OPENING.set(opening);
    return opening;
  }

  private static @Nullable Call begin(@Nullable URL url, @Nullable Object caller) {
    if (url == null || !(caller instanceof HttpURLConnection)) {
      return null;
    }
    Pick pick = PICKED.get();
    Call call = pick != null && pick.url == url ? pick.call : Call.pick(url);
    if (call == null) {
      return null;
    }
    HttpURLConnection connection = (HttpURLConnection) caller;
    call.connection(connection);
    Call before = CALLS.put(connection, call);
    if (before != null) {
      before.superseded(new IOException("the request could not be written and is sent again"));
    }
    return call;
  }

  /** Whether it is for an attempt of the mesh, so that no proxy of the application's is used. */
  public static boolean toEndpoint(Object opening) {
    return ((Opening) opening).call != null;
  }

  /** Whether a pooled connection may serve. */
  public static boolean mayReuse(Object opening) {
    Call call = ((Opening) opening).call;
    return call == null || call.refusal() == null;
  }

  /** A client has been got, or could not be. */
  public static void opened(
      @Nullable Object entered, @Nullable Object client, @Nullable Throwable thrown) {
    if (entered == null) {
      return;
    }
    Opening opening = (Opening) entered;
    leave(opening.outer);
    Call call = opening.call;
    if (call == null) {
      return;
    }
    if (thrown != null) {
      call.failed(thrown);
      return;
    }
    Wire wire = client == null ? null : WIRES.get(client);
    if (wire != null && wire.call() != call) {
      wire.used(call);
      call.reusesSocket();
    }
  }

  // KeepAliveCache: idle connections are kept for each endpoint.

  /** The key beside the URL under which this thread looks for an idle connection. */
  public static @Nullable Object keyToGet(@Nullable Object key) {
    if (key != null) {
      return key; // HTTPS uses the same slot
    }
    Call call = openingCall();
    return call != null ? call.address() : CLOSING.get();
  }

  /** What was found: nothing, if the request must not fail for the connection's sake. */
  public static @Nullable Object got(@Nullable Object client) {
    if (client == null) {
      return null;
    }
    Call call = openingCall();
    if (call == null || call.repeatable()) {
      return client;
    }
    try {
      Wire wire = WIRES.get(client);
      if (wire != null && !wire.fit()) {
        wire.close();
        return null;
      }
    } catch (Throwable t) {
      Bridge.fault(t);
    }
    return client;
  }

  /** The key beside the URL under which a client that is idle now is kept. */
  public static @Nullable Object keyToPut(@Nullable Object key, Object client) {
    Wire wire = WIRES.get(client);
    if (wire == null) {
      return key;
    }
    wire.idle();
    return key != null ? key : wire.address();
  }

  /** An idle connection to where this client is connected is about to be closed. */
  public static void closingIdle(Object client) {
    Wire wire = WIRES.get(client);
    if (wire != null && wire.address() != null) {
      CLOSING.set(wire.address());
    }
  }

  /** It has been. */
  public static void closedIdle() {
    CLOSING.remove();
  }

  // doConnect: a socket is made, for a new client or to send a request again.

  /** The attempt for which a client makes a socket; null if the mesh has nothing to do with it. */
  public static @Nullable Object connecting(Object client) {
    if (!client.getClass().getName().equals("sun.net.www.http.HttpClient")) {
      return null;
    }
    Call call = openingCall();
    Wire wire = WIRES.get(client);
    if (call == null) {
      Call before = wire == null ? null : wire.call();
      if (before == null) {
        return null;
      }
      call = repick(before);
      if (call == null) {
        WIRES.remove(client);
        return null;
      }
    }
    if (wire == null) {
      wire = new Wire();
      WIRES.put(client, wire);
    }
    wire.used(call);
    return call;
  }

  /** The library sends a request again by itself: as a new attempt, to wherever is best now. */
  private static @Nullable Call repick(Call before) {
    before.superseded(
        new SocketException("connection closed before the response; the request is sent again"));
    Call call = Call.pick(before.url());
    HttpURLConnection caller = before.connection();
    if (call == null || caller == null) {
      return call;
    }
    call.connection(caller);
    CALLS.put(caller, call);
    return call;
  }

  /** What takes the place of a socket to somewhere; null to make one. */
  public static @Nullable Socket answer(@Nullable Object connecting) {
    Refusal refusal = connecting == null ? null : ((Call) connecting).refusal();
    if (refusal == null) {
      return null;
    }
    byte[] response = refusal.asHttp11();
    try {
      return new AnsweringSocket(response);
    } catch (SocketException e) {
      Bridge.fault(e);
      return null;
    }
  }

  /** The IP address to connect to, in the place of a host name. */
  public static String host(Object connecting) {
    return address(connecting).getAddress().getHostAddress();
  }

  /** The port to connect to. */
  public static int port(Object connecting) {
    return address(connecting).getPort();
  }

  private static MeshAddress address(Object connecting) {
    MeshAddress address = ((Call) connecting).address();
    if (address == null) {
      throw new IllegalStateException("a refusal has no address");
    }
    return address;
  }

  /**
   * Puts mesh TLS on a connected socket if the endpoint speaks it.
   *
   * @param connectTimeout the application's, in milliseconds; 0 or less for none
   * @throws IOException if that cannot be done; never goes on in plaintext instead
   */
  public static Socket connected(
      Object connecting, Object client, Socket socket, int connectTimeout) throws IOException {
    Call call = (Call) connecting;
    MeshAddress address = call.address();
    Socket ready =
        address == null || !address.tls() ? socket : layer(address, socket, connectTimeout);
    Wire wire = WIRES.get(client);
    if (wire != null) {
      wire.connected(ready, address);
    }
    return ready;
  }

  private static Socket layer(MeshAddress address, Socket raw, int connectTimeout)
      throws IOException {
    Opening opening = OPENING.get();
    // What the handshake itself fetches, a list of revoked certificates say, is not for this call.
    OPENING.set(new Opening(null, opening));
    try {
      int before = raw.getSoTimeout();
      raw.setSoTimeout(connectTimeout > 0 ? connectTimeout : HANDSHAKE_MILLIS);
      Socket tls = address.layer(raw);
      tls.setSoTimeout(before);
      return tls;
    } catch (Throwable t) {
      raw.close();
      if (t instanceof IOException) {
        throw (IOException) t;
      }
      Bridge.fault(t);
      throw new SSLException("mesh TLS could not be started: " + t, t);
    } finally {
      leave(opening);
    }
  }

  // The request and its response.

  /** Whether a request that a client has written must not be written by it again. */
  public static boolean sentForGood(Object client) {
    Wire wire = WIRES.get(client);
    Call call = wire == null ? null : wire.call();
    return call != null && !call.repeatable();
  }

  /**
   * Whether a request that must not be written again could not be written, or not whole; then its
   * connection is closed.
   */
  public static boolean lost(Object client, @Nullable PrintStream out) {
    if (out == null || !sentForGood(client) || !out.checkError()) {
      return false;
    }
    Wire wire = WIRES.get(client);
    if (wire != null) {
      wire.close();
    }
    return true;
  }

  /** A status line has been parsed. */
  public static void responded(Object caller, int status) {
    if (status > 0) {
      Call call = CALLS.get(caller);
      if (call != null) {
        call.responded(status);
      }
    }
  }

  /** A connection gave up with an error that goes to the application. */
  public static void failed(Object caller, @Nullable Throwable error) {
    if (error != null) {
      Call call = CALLS.get(caller);
      if (call != null) {
        call.failed(error);
      }
    }
  }

  /** The application hung up. */
  public static void disconnected(Object caller) {
    Call call = CALLS.get(caller);
    if (call != null) {
      call.abandoned();
    }
  }
}
