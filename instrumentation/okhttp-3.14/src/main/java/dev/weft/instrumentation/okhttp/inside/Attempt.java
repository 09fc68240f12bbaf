package dev.weft.instrumentation.okhttp.inside;

import dev.weft.bridge.Blocking;
import dev.weft.bridge.HeadChange;
import dev.weft.bridge.MeshAddress;
import java.io.Closeable;
import java.io.IOException;
import java.net.Socket;
import java.util.List;
import javax.net.SocketFactory;
import javax.net.ssl.HostnameVerifier;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import okhttp3.Address;
import okhttp3.CertificatePinner;
import okhttp3.Connection;
import okhttp3.ConnectionSpec;
import okhttp3.Dns;
import okhttp3.HttpUrl;
import okhttp3.OkHttpClient;
import okhttp3.Protocol;
import okhttp3.internal.connection.Exchange;
import org.jspecify.annotations.Nullable;

/**
 * An attempt at one endpoint: what the library's {@link Address} is made of for it, and what is
 * under way. Connections to that address are to this endpoint, of this service, with this TLS: its
 * host is a label of the endpoint's, which no other has, nobody pins, and is no IP address, for
 * then the library would look nothing up. Closing it ends what is under way.
 */
public final class Attempt implements Closeable {
  private static final List<Protocol> BY_ALPN = List.of(Protocol.HTTP_2, Protocol.HTTP_1_1);

  /** Some TLS, with ALPN: the mesh's sockets take nothing else of it. */
  private static final List<ConnectionSpec> MESH_TLS = List.of(ConnectionSpec.MODERN_TLS);

  private final Blocking mesh;
  private final MeshAddress address;
  private final HttpUrl url;
  private final OkHttpClient client;
  private boolean addressed;
  private boolean sent;
  private volatile boolean connecting;
  private volatile boolean handshaking;
  private @Nullable AttemptSockets sockets;
  private @Nullable AttemptTls tls;
  private volatile @Nullable Socket socket;
  private volatile @Nullable Exchange exchange;

  Attempt(Blocking mesh, HttpUrl url, OkHttpClient client) {
    this.mesh = mesh;
    this.url = url;
    this.client = client;
    MeshAddress to = mesh.address();
    if (to == null) {
      throw new IllegalStateException("an attempt without an address");
    }
    this.address = to;
  }

  /** Whether an address is that of an attempt. */
  public static boolean isMesh(Address address) {
    return address.dns() instanceof AttemptDns;
  }

  // ---- what its address is made of

  /** True once: for the first address that is made while it is under way, which is its own. */
  boolean addresses() {
    boolean first = !addressed;
    addressed = true;
    return first;
  }

  /** A short one: the library reads it by the tables of Unicode, for each address anew. */
  public String host() {
    return address.shortLabel();
  }

  public int port() {
    return address.getPort();
  }

  public Dns dns() {
    return new AttemptDns(address);
  }

  /**
   * @param own the application's
   */
  public SocketFactory sockets(SocketFactory own) {
    AttemptSockets made = new AttemptSockets(this, own);
    sockets = made;
    return made;
  }

  public @Nullable SSLSocketFactory tls() {
    tls = address.tls() ? new AttemptTls(this, address) : null;
    return tls;
  }

  public @Nullable HostnameVerifier verifier() {
    return address.tls() ? AnyHost.INSTANCE : null;
  }

  /** The client's own: it pins hosts of other names, and knows how to tidy a chain. */
  public @Nullable CertificatePinner pinner() {
    return address.tls() ? client.certificatePinner() : null;
  }

  /**
   * What is spoken in mesh TLS is agreed on there.
   *
   * @param own the application's
   */
  public List<Protocol> protocols(List<Protocol> own) {
    return address.tls() && own.contains(Protocol.H2_PRIOR_KNOWLEDGE) ? BY_ALPN : own;
  }

  /**
   * @param own the application's
   */
  public List<ConnectionSpec> specs(List<ConnectionSpec> own) {
    return address.tls() ? MESH_TLS : own;
  }

  // ---- how far it is

  /** A socket is about to be connected; from any thread. */
  void connects(Socket made) {
    connecting = true;
    socket = made;
    mesh.closesLate(this);
  }

  /** What is left for mesh TLS over a connected socket, in milliseconds; 0 for no limit. */
  int handshakes() {
    handshaking = true;
    return mesh.connectMillis(0);
  }

  void found(Exchange made) {
    handshaking = false;
    exchange = made;
    if (sockets != null) {
      sockets.forget();
    }
    if (tls != null) {
      tls.forget();
    }
    mesh.closesLate(this);
  }

  /**
   * The request is about to be written.
   *
   * @return what of its head is to be written otherwise; null for nothing
   * @throws IOException if that would be to somebody else
   */
  @Nullable HeadChange sends(@Nullable Connection over) throws IOException {
    if (over == null
        || !dns().equals(over.route().address().dns())
        || over.route().socketAddress().getPort() != address.getPort()
        || !address.getAddress().equals(over.route().socketAddress().getAddress())
        || address.tls() != over.socket() instanceof SSLSocket) {
      throw new IOException(
          "[weft: no connection to " + address.getHostString() + " but " + over + "]");
    }
    sent = true;
    return mesh.change();
  }

  /** Whether anything of the request may have been written. */
  boolean sent() {
    return sent;
  }

  /** Whether its request went over a connection that was there before. */
  boolean usedIdle() {
    return sent && !connecting;
  }

  /** Whether it has come to mesh TLS, and no further. */
  boolean inHandshake() {
    return handshaking;
  }

  /** Whether a connection was found for it, which may carry requests to this URL. */
  boolean standsFor(HttpUrl other) {
    return exchange != null && url.port() == other.port() && url.host().equals(other.host());
  }

  /** Of an exchange that shares its connection with others, only its own stream. */
  @Override
  public void close() throws IOException {
    Exchange found = exchange;
    Socket connected = socket;
    if (found != null) {
      found.cancel();
    } else if (connected != null) {
      connected.close();
    }
  }
}
