package dev.weft.coordinator.mesh;

import dev.weft.policy.TlsMode;
import dev.weft.wire.Frames;
import dev.weft.wire.InstanceState;
import dev.weft.wire.Message;
import dev.weft.wire.Port;
import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.security.KeyStore;
import java.security.MessageDigest;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/** An agent's end of the stream, with nothing but the JDK: one thread, blocking. */
public final class TestAgent implements AutoCloseable {
  private static final int TIMEOUT_MILLIS = 20_000;

  /** What a process keeps from its first certificate on. */
  public record Credentials(
      KeyPair key, List<X509Certificate> chain, List<X509Certificate> bundle) {}

  private final SSLSocket socket;
  private final DataInputStream in;
  private final List<Message> unread = new ArrayList<>();
  private boolean acknowledging = true;

  private TestAgent(SSLSocket socket) throws IOException {
    this.socket = socket;
    this.in = new DataInputStream(socket.getInputStream());
  }

  /** Connects; without credentials it pins the root of the token. */
  public static TestAgent connect(
      InetSocketAddress address, String token, @Nullable Credentials credentials) throws Exception {
    return connect(address, token, credentials, Message.ALPN);
  }

  static TestAgent connect(
      InetSocketAddress address,
      String token,
      @Nullable Credentials credentials,
      String applicationProtocol)
      throws Exception {
    return connect(address, context(token, credentials), applicationProtocol);
  }

  /** What a process keeps from one connection to the next: sessions that can be resumed, too. */
  static SSLContext context(String token, @Nullable Credentials credentials) throws Exception {
    SSLContext context = SSLContext.getInstance("TLSv1.3");
    KeyManagerFactory keys = null;
    if (credentials != null) {
      // PKCS12 derives a key from the password ten thousand times over, for each connection.
      KeyStore store = KeyStore.getInstance("JKS");
      store.load(null, null);
      store.setKeyEntry(
          "me",
          credentials.key().getPrivate(),
          new char[0],
          credentials.chain().toArray(new X509Certificate[0]));
      keys = KeyManagerFactory.getInstance("PKIX");
      keys.init(store, new char[0]);
    }
    context.init(
        keys == null ? null : keys.getKeyManagers(),
        new X509ExtendedTrustManager[] {new Pinned(token.split("\\.")[1])},
        null);
    return context;
  }

  static TestAgent connect(
      InetSocketAddress address, SSLContext context, String applicationProtocol)
      throws IOException {
    SSLSocket socket = (SSLSocket) context.getSocketFactory().createSocket();
    var parameters = socket.getSSLParameters();
    parameters.setApplicationProtocols(new String[] {applicationProtocol});
    socket.setSSLParameters(parameters);
    socket.connect(address, TIMEOUT_MILLIS);
    socket.setSoTimeout(TIMEOUT_MILLIS);
    socket.startHandshake();
    return new TestAgent(socket);
  }

  /**
   * Comes until an alert says that it is nobody, by which an agent knows that it has to join again.
   */
  static void expectAlert(InetSocketAddress address, SSLContext context) throws IOException {
    for (int i = 0; i < 20; i++) {
      try (TestAgent agent = connect(address, context, Message.ALPN)) {
        agent.expect(Message.Welcome.class);
      } catch (SSLException e) {
        return;
      } catch (SocketException e) {
        // Still writing when it was refused, it has not read why.
      }
    }
    throw new AssertionError("no alert");
  }

  /** Joins on a connection that is not used for anything else. */
  public static Credentials join(
      InetSocketAddress address, String token, String namespace, String service) throws Exception {
    KeyPair key = TestCsr.newKey();
    try (TestAgent agent = connect(address, token, null)) {
      agent.send(join(token, key, namespace, service));
      return credentials(key, agent.expect(Message.Joined.class));
    }
  }

  static Message.Join join(String token, KeyPair key, String namespace, String service)
      throws Exception {
    return new Message.Join(
        token, TestCsr.of(key), namespace, service, "00000000-0000-0000-0000-000000000000", "test");
  }

  static Credentials credentials(KeyPair key, Message.Joined joined) throws Exception {
    return new Credentials(key, certificates(joined.chain()), certificates(joined.bundle()));
  }

  /** A stream that has been greeted. */
  public static TestAgent open(
      InetSocketAddress address, String token, Credentials credentials, String instance)
      throws Exception {
    TestAgent agent = connect(address, token, credentials);
    agent.send(hello(instance, "", Map.of()));
    agent.expect(Message.Welcome.class);
    return agent;
  }

  /** Another certificate, for another key. */
  Credentials renew() throws Exception {
    KeyPair key = TestCsr.newKey();
    send(new Message.Renew(TestCsr.of(key)));
    return credentials(key, expect(Message.Joined.class));
  }

  static Message.Hello hello(String instance, String epoch, Map<String, Long> revisions) {
    return new Message.Hello(
        1, "test", instance, Map.of("version", "v1"), "", epoch, revisions, List.of(), true);
  }

  public static Message.Register register(int port, InstanceState state) {
    return register("127.0.0.1", port, state);
  }

  public static Message.Register register(String address, int port, InstanceState state) {
    return new Message.Register(
        List.of(new Port(address, port, "test", true, TlsMode.PERMISSIVE)), state);
  }

  /** Leaves pushes unacknowledged from now on. */
  void stopAcknowledging() {
    acknowledging = false;
  }

  SSLSocket socket() {
    return socket;
  }

  public void send(Message message) throws IOException {
    Frames.write(socket.getOutputStream(), message.encode());
  }

  /** Whatever it is. */
  void sendRaw(String payload) throws IOException {
    sendRaw(payload.getBytes(StandardCharsets.UTF_8));
  }

  void sendRaw(byte[] payload) throws IOException {
    Frames.write(socket.getOutputStream(), payload);
  }

  public <T extends Message> T expect(Class<T> type) throws IOException {
    return expect(type, any -> true);
  }

  /** The next message of this kind; others that come before it are kept for later. */
  public <T extends Message> T expect(Class<T> type, Predicate<T> which) throws IOException {
    for (Message message : unread) {
      if (type.isInstance(message) && which.test(type.cast(message))) {
        unread.remove(message);
        return type.cast(message);
      }
    }
    while (true) {
      Message message = read();
      if (type.isInstance(message) && which.test(type.cast(message))) {
        return type.cast(message);
      }
      unread.add(message);
    }
  }

  /** Everything that has been read and was not expected yet. */
  List<Message> unread() {
    return unread;
  }

  /** Waits until everything sent before has been answered. */
  public void ping() throws IOException {
    send(new Message.Ping());
    expect(Message.Pong.class);
  }

  /** The coordinator closes. */
  public void expectEnd() throws IOException {
    try {
      while (true) {
        unread.add(read());
      }
    } catch (EOFException | SocketException e) {
      // As expected.
    }
  }

  private Message read() throws IOException {
    Message message = Message.decode(Frames.read(in));
    if (acknowledging && message instanceof Message.Push push) {
      send(new Message.Ack(push.n()));
    }
    return message;
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }

  private static List<X509Certificate> certificates(List<byte[]> all) throws Exception {
    List<X509Certificate> certificates = new ArrayList<>();
    for (byte[] der : all) {
      certificates.add(
          (X509Certificate)
              CertificateFactory.getInstance("X.509")
                  .generateCertificate(new ByteArrayInputStream(der)));
    }
    return certificates;
  }

  /** As {@code docs/protocol.md} wants it of a joining agent. */
  private static final class Pinned extends X509ExtendedTrustManager {
    private final String pin;

    Pinned(String pin) {
      this.pin = pin;
    }

    private void check(X509Certificate[] chain) throws CertificateException {
      try {
        // Leaf, intermediate and root; then the way from each root to the one before it.
        if (chain.length < 3) {
          throw new CertificateException("expected leaf, intermediate and root");
        }
        int last = chain.length - 1;
        for (int i = 0; i <= last; i++) {
          chain[i].checkValidity();
          chain[i].verify(chain[Math.min(i + 1, last)].getPublicKey());
        }
        byte[] hash =
            MessageDigest.getInstance("SHA-256").digest(chain[last].getPublicKey().getEncoded());
        if (!Base64.getUrlEncoder().withoutPadding().encodeToString(hash).equals(pin)) {
          throw new CertificateException("root is not the pinned one");
        }
        String name = String.valueOf(List.copyOf(chain[0].getSubjectAlternativeNames()));
        if (!name.contains("spiffe://weft.internal/ns/weft-system/sa/coordinator")) {
          throw new CertificateException("not a coordinator: " + name);
        }
      } catch (CertificateException e) {
        throw e;
      } catch (java.security.GeneralSecurityException e) {
        throw new CertificateException(e);
      }
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine)
        throws CertificateException {
      check(chain);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket)
        throws CertificateException {
      check(chain);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type)
        throws CertificateException {
      check(chain);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) {
      throw new UnsupportedOperationException();
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }
}
