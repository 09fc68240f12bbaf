package dev.weft.testkit;

import dev.weft.runtime.tls.Identity;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.reflect.Field;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SNIServerName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedKeyManager;
import javax.net.ssl.X509ExtendedTrustManager;
import net.bytebuddy.agent.ByteBuddyAgent;
import org.jspecify.annotations.Nullable;

/**
 * A client of TLS 1.3 that is not the mesh's: it believes any server, shows whatever certificate it
 * has, and comes back with the session that it made last, whatever has become of that certificate,
 * to whatever port, with whatever name.
 */
public final class OddClient {
  /** Sessions are kept by host and port; so all are of one, wherever they lead. */
  private static final String HOST = "any";

  private static final int PORT = 1;

  private static final int PRE_SHARED_KEY = 41;
  private static final Field ENCODED = encoded();

  private final SSLContext context;
  private final AtomicInteger full = new AtomicInteger();
  private volatile @Nullable Identity identity;
  private volatile int patienceMillis = 60_000;
  private volatile byte[] hello = new byte[0];

  /**
   * The one name of all connections, whose bytes change: the JDK sends a resumed session's own name
   * again, whatever is asked for.
   */
  private final SNIHostName name = new SNIHostName("x");

  /**
   * @param identity null for none
   */
  public OddClient(@Nullable Identity identity) {
    this.identity = identity;
    try {
      context = SSLContext.getInstance("TLSv1.3", "SunJSSE");
      context.init(new KeyManager[] {new Shown()}, new TrustManager[] {new Anybody()}, null);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("cannot make a TLS context", e);
    }
  }

  private static Field encoded() {
    Module base = SNIServerName.class.getModule();
    Set<Module> us = Set.of(OddClient.class.getModule());
    ByteBuddyAgent.install()
        .redefineModule(base, Set.of(), Map.of(), Map.of("javax.net.ssl", us), Set.of(), Map.of());
    try {
      Field field = SNIServerName.class.getDeclaredField("encoded");
      field.setAccessible(true);
      return field;
    } catch (NoSuchFieldException e) {
      throw new IllegalStateException("this JDK keeps names in another way", e);
    }
  }

  /** Shows this one in full handshakes from now on. The sessions that it has stay. */
  public void become(@Nullable Identity other) {
    identity = other;
  }

  /** How long reads of later connections wait. */
  public void patience(int millis) {
    patienceMillis = millis;
  }

  /** Connects; the client's side of the handshake is over when this returns. */
  public Http1 connect(int port, String sni, String... alpn) throws IOException {
    Socket raw = new Recorded(port);
    try {
      SSLSocket tls = (SSLSocket) context.getSocketFactory().createSocket(raw, HOST, PORT, true);
      rename(name, sni);
      SSLParameters parameters = tls.getSSLParameters();
      parameters.setServerNames(List.of(name));
      parameters.setProtocols(new String[] {"TLSv1.3"});
      if (alpn.length > 0) {
        parameters.setApplicationProtocols(alpn);
      }
      tls.setSSLParameters(parameters);
      tls.startHandshake();
      return Http1.over(tls);
    } catch (IOException e) {
      raw.close();
      throw e;
    }
  }

  private static void rename(SNIServerName name, String sni) {
    try {
      ENCODED.set(name, sni.getBytes(StandardCharsets.US_ASCII));
    } catch (IllegalAccessException e) {
      throw new IllegalStateException("opened above", e);
    }
  }

  /** How many handshakes have shown it a server's certificate: all but the resumed ones. */
  public int fullHandshakes() {
    return full.get();
  }

  /** Whether the last connection's first message offered a session. */
  public boolean offered() {
    return extension(PRE_SHARED_KEY) != null;
  }

  /** The name in the last connection's first message. */
  public String named() {
    ByteBuffer list = extension(0);
    if (list == null) {
      return "";
    }
    byte[] name = new byte[list.getShort(list.position() + 3)];
    list.position(list.position() + 5).get(name);
    return new String(name, StandardCharsets.US_ASCII);
  }

  private @Nullable ByteBuffer extension(int type) {
    ByteBuffer in = ByteBuffer.wrap(hello);
    in.position(5 + 4 + 2 + 32); // record, message, version, random
    in.position(in.position() + 1 + in.get(in.position())); // session
    in.position(in.position() + 2 + in.getShort(in.position())); // suites
    in.position(in.position() + 1 + in.get(in.position())); // compression
    for (in.getShort(); in.remaining() >= 4; ) {
      int found = in.getShort();
      int length = in.getShort();
      if (found == type) {
        return in.slice(in.position(), length);
      }
      in.position(in.position() + length);
    }
    return null;
  }

  /** Keeps what is written first, and is to the same port as the others. */
  private final class Recorded extends Socket {
    Recorded(int port) throws IOException {
      super(InetAddress.getLoopbackAddress(), port);
      setSoTimeout(patienceMillis);
      setTcpNoDelay(true);
    }

    @Override
    public int getPort() {
      return PORT;
    }

    @Override
    public OutputStream getOutputStream() throws IOException {
      return new FilterOutputStream(super.getOutputStream()) {
        private boolean begun;

        @Override
        public void write(byte[] bytes, int from, int length) throws IOException {
          if (!begun) {
            begun = true;
            hello = Arrays.copyOfRange(bytes, from, from + length);
          }
          out.write(bytes, from, length);
        }
      };
    }
  }

  /** Whatever it has, whatever is asked for. */
  private final class Shown extends X509ExtendedKeyManager {
    @Override
    public String @Nullable [] getClientAliases(String type, Principal @Nullable [] issuers) {
      return null;
    }

    @Override
    public @Nullable String chooseClientAlias(
        String[] types, Principal @Nullable [] issuers, @Nullable Socket socket) {
      return identity == null ? null : "own";
    }

    @Override
    public @Nullable String chooseEngineClientAlias(
        String[] types, Principal @Nullable [] issuers, @Nullable SSLEngine engine) {
      return identity == null ? null : "own";
    }

    @Override
    public String @Nullable [] getServerAliases(String type, Principal @Nullable [] issuers) {
      return null;
    }

    @Override
    public @Nullable String chooseServerAlias(
        String type, Principal @Nullable [] issuers, @Nullable Socket socket) {
      return null;
    }

    @Override
    public X509Certificate @Nullable [] getCertificateChain(String alias) {
      Identity own = identity;
      return own == null ? null : own.chain();
    }

    @Override
    public @Nullable PrivateKey getPrivateKey(String alias) {
      Identity own = identity;
      return own == null ? null : own.key();
    }
  }

  private final class Anybody extends X509ExtendedTrustManager {
    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) {
      full.incrementAndGet();
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {
      full.incrementAndGet();
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {
      full.incrementAndGet();
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }
}
