package dev.weft.instrumentation.httpurlconnection.inside;

import dev.weft.bridge.Blocking;
import dev.weft.bridge.Bridge;
import dev.weft.bridge.HeadChange;
import dev.weft.bridge.MeshAddress;
import dev.weft.bridge.Refusal;
import dev.weft.bridge.WeakTable;
import java.io.IOException;
import java.io.PrintStream;
import java.net.HttpURLConnection;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.URL;
import java.net.UnknownHostException;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * What the advice calls. The library's own objects are passed as {@code Object}: their packages are
 * not exported to us. A connection or client that the mesh has nothing to do with is in no table,
 * and is left alone. Nothing here throws, but for {@link #connected}.
 */
public final class Calls {
  /** The last attempt of each {@code HttpURLConnection}. */
  private static final WeakTable<Object, Call> CALLS = new Waiting();

  /** Each {@code sun.net.www.http.HttpClient} that has been connected to an endpoint. */
  private static final WeakTable<Object, Wire> WIRES = new WeakTable<>();

  // Set to null in the end, and not removed: the next call would begin with a new entry.

  /** What this thread has picked in {@code plainConnect0} for the client to be got there. */
  private static final ThreadLocal<@Nullable Pick> PICKED = new ThreadLocal<>();

  /** For what this thread is getting a client, from the pool or a new one. */
  private static final ThreadLocal<@Nullable Opening> OPENING = new ThreadLocal<>();

  /** The endpoint of which this thread is closing an idle connection. */
  private static final ThreadLocal<MeshAddress> CLOSING = new ThreadLocal<>();

  private Calls() {}

  /** Attempts whose outcome may never come. */
  static final class Waiting extends WeakTable<Object, Call> {
    @Override
    protected void collected(Call call) {
      // The application dropped the connection without asking for the response.
      call.mesh().abandoned();
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

  /** In the place of a {@link Pick}: of {@code https}, which must not be called. */
  public static final class Blocked {
    private final UnknownHostException error;

    Blocked(String host, Refusal refusal) {
      error = new UnknownHostException(host + " [weft: " + refusal.summary() + "]");
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

  // plainConnect0: the connection is being made, or taken from a cache of responses.

  /**
   * A connection is about to be made.
   *
   * @param head what the application has set of the request's head
   * @return to be handed to {@link #picked}, {@link #blocked} and {@link #connectLeft}; null if it
   *     is no business of the mesh's
   */
  public static @Nullable Object connectEntered(
      @Nullable URL url, Object caller, @Nullable Object head, boolean streaming) {
    if (url == null || !(caller instanceof HttpURLConnection)) {
      return null;
    }
    if ("https".equalsIgnoreCase(url.getProtocol())) {
      Refusal refusal = Call.refusal(url, (HttpURLConnection) caller, head, streaming);
      return refusal == null ? null : new Blocked(url.getHost(), refusal);
    }
    if (!"http".equalsIgnoreCase(url.getProtocol())) {
      return null;
    }
    Call call = Call.pick(url, (HttpURLConnection) caller, head, streaming);
    Pick pick = new Pick(url, call, PICKED.get());
    PICKED.set(pick);
    return pick;
  }

  /** Whether an endpoint was picked, so that no proxy of the application's may come into play. */
  public static boolean picked(@Nullable Object pick) {
    return pick instanceof Pick && ((Pick) pick).call != null;
  }

  /** What the application gets if there is to be no connection; null if there is. */
  public static @Nullable Throwable blocked(@Nullable Object pick) {
    return pick instanceof Blocked ? ((Blocked) pick).error : null;
  }

  /** The connection is made, or has failed, or was not needed. */
  public static void connectLeft(@Nullable Object entered, Object caller) {
    if (!(entered instanceof Pick)) {
      return;
    }
    Pick pick = (Pick) entered;
    PICKED.set(pick.outer);
    // Nobody has taken it over: the response came out of the application's cache.
    if (pick.call != null && CALLS.get(caller) != pick.call) {
      pick.call.mesh().abandoned();
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
    HttpURLConnection connection = (HttpURLConnection) caller;
    Call before = CALLS.get(connection);
    if (before != null && before.resending()) {
      before.resending(false);
      return before;
    }
    Pick pick = PICKED.get();
    Call call =
        pick != null && pick.url == url ? pick.call : Call.pick(url, connection, null, false);
    if (call == null) {
      return null;
    }
    CALLS.put(connection, call);
    if (before != null) {
      before.mesh().abandoned();
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
    return call == null || call.mesh().refusal() == null;
  }

  /** A client has been got, or could not be. */
  public static void opened(
      @Nullable Object entered, @Nullable Object client, @Nullable Throwable thrown) {
    if (entered == null) {
      return;
    }
    Opening opening = (Opening) entered;
    OPENING.set(opening.outer);
    Call call = opening.call;
    if (call == null) {
      return;
    }
    Wire wire = client == null ? null : WIRES.get(client);
    if (wire != null && wire.call() != call) {
      wire.used(call);
      call.on(wire, true);
    }
  }

  // KeepAliveCache: idle connections are kept for each endpoint.

  /** The key beside the URL under which this thread looks for an idle connection. */
  public static @Nullable Object keyToGet(@Nullable Object key) {
    if (key != null) {
      return key; // HTTPS uses the same slot
    }
    Call call = openingCall();
    return call != null ? call.mesh().address() : CLOSING.get();
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
      call = wire == null ? null : wire.call();
      if (call == null) {
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

  /** What takes the place of a socket to somewhere; null to make one. */
  public static @Nullable Socket answer(@Nullable Object connecting) {
    Refusal refusal = connecting == null ? null : ((Call) connecting).mesh().refusal();
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

  /**
   * How long the library may take to connect.
   *
   * @param own the application's limit in milliseconds; 0 for none, less for {@code otherwise}
   * @param otherwise the JVM's; 0 or less for none
   * @return milliseconds; 0 for no limit
   */
  public static int connectMillis(Object connecting, int own, int otherwise) {
    return ((Call) connecting).mesh().connectMillis(millis(own, otherwise));
  }

  /** The application's limit, or the JVM's, in milliseconds; 0 for none. */
  public static int millis(int own, int otherwise) {
    return own >= 0 ? own : Math.max(0, otherwise);
  }

  private static MeshAddress address(Object connecting) {
    MeshAddress address = ((Call) connecting).mesh().address();
    if (address == null) {
      throw new IllegalStateException("a refusal has no address");
    }
    return address;
  }

  /**
   * A socket has been connected, or could not be: puts mesh TLS on it if the endpoint speaks it,
   * and goes on to wherever the mesh says if either has failed.
   *
   * @param connected null if it could not be
   * @param thrown why
   * @param connectTimeout the application's, in milliseconds; 0 for none
   * @param readTimeout the same, or less
   * @return what the client is connected to in the end
   * @throws Throwable the library's own, if there is nothing more to try; mesh TLS that cannot be
   *     started never goes on in plaintext instead
   */
  public static Socket connected(
      Object connecting,
      Object client,
      @Nullable Socket connected,
      @Nullable Throwable thrown,
      int connectTimeout,
      int readTimeout)
      throws Throwable {
    if (thrown != null && !(thrown instanceof IOException)) {
      throw thrown;
    }
    Call call = (Call) connecting;
    return call.mesh()
        .send(
            new Connecting(
                call, client, connected, (IOException) thrown, connectTimeout, readTimeout));
  }

  /** Connects and shakes hands, the first time with what the library has connected itself. */
  static final class Connecting implements Blocking.Sending<Socket> {
    private final Call call;
    private final Object client;
    private final int connectTimeout;
    private final int readTimeout;
    private @Nullable Socket connected;
    private @Nullable IOException thrown;

    Connecting(
        Call call,
        Object client,
        @Nullable Socket connected,
        @Nullable IOException thrown,
        int connectTimeout,
        int readTimeout) {
      this.call = call;
      this.client = client;
      this.connected = connected;
      this.thrown = thrown;
      this.connectTimeout = connectTimeout;
      this.readTimeout = readTimeout;
    }

    @Override
    public Socket send() throws IOException {
      IOException first = thrown;
      Socket raw = connected;
      thrown = null;
      connected = null;
      if (first != null) {
        throw first;
      }
      Socket answer = answer(call);
      if (answer != null) {
        return answer;
      }
      MeshAddress address = address(call);
      if (raw == null) {
        raw = connect(address);
      }
      Socket ready = address.tls() ? layer(call, address, raw, connectTimeout) : raw;
      Wire wire = WIRES.get(client);
      if (wire != null) {
        wire.connected(ready, raw, address);
        call.on(wire, false);
      }
      if (call.mesh().late()) {
        ready.close();
        throw new SocketTimeoutException("connect timed out");
      }
      return ready;
    }

    private Socket connect(MeshAddress to) throws IOException {
      Socket socket = new Socket();
      try {
        socket.connect(
            new InetSocketAddress(to.getAddress(), to.getPort()),
            call.mesh().connectMillis(connectTimeout));
        if (readTimeout > 0) {
          socket.setSoTimeout(readTimeout);
        }
        return socket;
      } catch (IOException e) {
        socket.close();
        throw e;
      }
    }
  }

  private static Socket layer(Call call, MeshAddress address, Socket raw, int connectTimeout)
      throws IOException {
    Opening opening = OPENING.get();
    // What the handshake itself fetches, a list of revoked certificates say, is not for this call.
    OPENING.set(new Opening(null, opening));
    try {
      return address.layer(raw, call.mesh().connectMillis(connectTimeout));
    } catch (SocketTimeoutException e) {
      raw.close();
      // The application knows of no handshake: for it, and for the mesh, nobody was reached.
      SocketTimeoutException late = new SocketTimeoutException("Connect timed out");
      late.initCause(e);
      throw late;
    } catch (Throwable t) {
      raw.close();
      if (t instanceof IOException) {
        throw (IOException) t;
      }
      Bridge.fault(t);
      throw new SSLException("mesh TLS could not be started: " + t, t);
    } finally {
      OPENING.set(opening);
    }
  }

  // The request and its response.

  /**
   * A request is about to be written.
   *
   * @return its head as it is to be
   */
  public static Object writing(Object client, Object head) {
    Call call = using(client);
    return call == null ? head : call.writes(head);
  }

  private static @Nullable Call using(Object client) {
    Wire wire = WIRES.get(client);
    return wire == null ? null : wire.call();
  }

  /**
   * A request has been written, or not whole. The library would then make a new connection and
   * write it again, once, whatever its method.
   *
   * @return whether it is to get an error instead
   */
  public static boolean lost(Object client, @Nullable PrintStream out) {
    Call call = using(client);
    if (call == null || out == null || !out.checkError()) {
      return false;
    }
    Wire wire = WIRES.get(client);
    if (wire != null) {
      wire.close();
    }
    if (call.outlivesItsConnection()
        || call.mesh().failed(new SocketException("Error writing to server"), null)) {
      call.resending(true);
      return false;
    }
    return true;
  }

  /** Whether a client may not send a request again by itself. */
  public static boolean driven(Object client) {
    return using(client) != null;
  }

  /**
   * A response's head has been read, or there was none: tells the mesh, and sends the request
   * again, or has an answer ready, if the mesh says so.
   *
   * @param responses what has been read
   * @param body the request's body, to be written again; null if there is none
   * @param interim whether the application waits for {@code 100 Continue} only
   * @param thrown why there is none
   * @return whether another head is to be read now; false: go on with this one, or with the error
   * @throws IOException what the application is to get
   */
  public static boolean again(
      Object client,
      Object responses,
      @Nullable Object body,
      boolean interim,
      @Nullable Throwable thrown)
      throws IOException {
    Call call = using(client);
    if (call == null || !call.mesh().open()) {
      return false;
    }
    Blocking mesh = call.mesh();
    if (thrown == null) {
      int status = Inside.status(responses);
      if (status < 200) {
        return false;
      }
      String retryAfter = status < 300 ? null : Inside.value(responses, "Retry-After");
      if (!mesh.responded(status, retryAfter)) {
        forget(call);
        HeadChange change = mesh.responseChange();
        if (change != null) {
          Inside.change(responses, change);
        }
        return false;
      }
    } else if (interim && thrown instanceof SocketTimeoutException && !mesh.late()) {
      return false;
    } else if (!diedIdle(call, thrown) && !mesh.failed(thrown, null)) {
      if (mesh.late()) {
        throw new SocketTimeoutException("Read timed out");
      }
      return false;
    }
    mesh.send(
        () -> {
          Inside.close(client);
          Inside.send(client, call.head(), body, responses);
          return client;
        });
    return true;
  }

  /** Nothing is awaited of it any more. What is left to the collector is work for it. */
  private static void forget(Call call) {
    HttpURLConnection connection = call.connection();
    if (connection != null) {
      CALLS.remove(connection);
    }
  }

  /** Whether an attempt goes on after an error which says nothing but that a connection was old. */
  private static boolean diedIdle(Call call, Throwable error) {
    return error instanceof IOException
        && !(error instanceof SocketTimeoutException)
        && call.outlivesItsConnection();
  }

  /** Reads the next head that {@link #again} has asked for. */
  public static boolean parse(
      Object client, Object responses, @Nullable Object progress, Object connection)
      throws IOException {
    return Inside.parse(client, responses, progress, connection);
  }

  /** A connection gave up with an error that goes to the application. */
  public static void failed(Object caller, @Nullable Throwable error) {
    if (error != null) {
      Call call = CALLS.get(caller);
      if (call != null) {
        call.mesh().ended(error);
      }
    }
  }

  /** The application hung up. */
  public static void disconnected(Object caller) {
    Call call = CALLS.get(caller);
    if (call != null) {
      call.mesh().abandoned();
    }
  }
}
