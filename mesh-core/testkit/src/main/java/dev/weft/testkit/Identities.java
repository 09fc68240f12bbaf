package dev.weft.testkit;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.KeyStoreException;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/**
 * Services with keys of their own: EC P-256, a self-signed certificate with the SPIFFE ID as its
 * only URI, made by {@code keytool} once a JVM. Each trusts the others, and nobody else.
 */
public final class Identities {
  private static final String PASSWORD = "changeit";
  private static final ConcurrentHashMap<String, KeyStore> STORES = new ConcurrentHashMap<>();
  private static final ConcurrentHashMap<String, SSLContext> CONTEXTS = new ConcurrentHashMap<>();
  private static final Set<Certificate> KNOWN = ConcurrentHashMap.newKeySet();

  private Identities() {}

  /** The SPIFFE ID of a service of the default namespace. */
  public static String spiffeId(String service) {
    return "spiffe://weft.internal/ns/default/sa/" + service;
  }

  /** A context that shows this service's certificate and trusts the other services. */
  public static SSLContext context(String service) {
    return CONTEXTS.computeIfAbsent(service, name -> contextOf(store(name), null));
  }

  /** A context that shows this service's certificate and trusts one other service only. */
  public static SSLContext context(String service, String expected) {
    return CONTEXTS.computeIfAbsent(
        service + " to " + expected, key -> contextOf(store(service), expected));
  }

  /** The service of the peer's certificate; null without a session or a certificate. */
  public static @Nullable String peer(@Nullable SSLSession session) {
    if (session == null) {
      return null;
    }
    try {
      X509Certificate leaf = (X509Certificate) session.getPeerCertificates()[0];
      Collection<List<?>> names = leaf.getSubjectAlternativeNames();
      String id = (String) names.iterator().next().get(1);
      return id.substring(id.lastIndexOf('/') + 1);
    } catch (SSLPeerUnverifiedException | CertificateException e) {
      return null;
    }
  }

  /** A context without a certificate, which trusts the services. */
  public static SSLContext anonymous() {
    return CONTEXTS.computeIfAbsent("", none -> contextOf(null, null));
  }

  /** A context whose certificate claims to be {@code shop}'s, and which nobody has issued. */
  public static SSLContext impostor() {
    return CONTEXTS.computeIfAbsent("?", unknown -> contextOf(generate("shop"), null));
  }

  /** A service's keys, to configure a TLS of the application's own with. */
  public static KeyStore keys(String service) {
    return store(service);
  }

  /** What protects {@link #keys}. */
  public static String password() {
    return PASSWORD;
  }

  private static SSLContext contextOf(@Nullable KeyStore store, @Nullable String expected) {
    try {
      KeyManagerFactory keys = KeyManagerFactory.getInstance("PKIX");
      keys.init(store, store == null ? null : PASSWORD.toCharArray());
      SSLContext context = SSLContext.getInstance("TLSv1.3", "SunJSSE");
      context.init(keys.getKeyManagers(), new TrustManager[] {new KnownPeers(expected)}, null);
      return context;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("cannot make a TLS context", e);
    }
  }

  private static KeyStore store(String service) {
    return STORES.computeIfAbsent(service, Identities::issue);
  }

  private static KeyStore issue(String service) {
    KeyStore store = generate(service);
    try {
      KNOWN.add(store.getCertificate(service));
    } catch (KeyStoreException e) {
      throw new IllegalStateException("cannot read the keys of " + service, e);
    }
    return store;
  }

  private static KeyStore generate(String service) {
    try {
      Path folder = Files.createTempDirectory("weft-identity");
      Path file = folder.resolve("store.p12");
      String keytool = Path.of(System.getProperty("java.home"), "bin", "keytool").toString();
      ProcessBuilder command =
          new ProcessBuilder(
                  List.of(
                      keytool,
                      "-genkeypair",
                      "-alias",
                      service,
                      "-dname",
                      "CN=" + service,
                      "-keyalg",
                      "EC",
                      "-groupname",
                      "secp256r1",
                      "-validity",
                      "2",
                      "-ext",
                      "SAN=uri:" + spiffeId(service),
                      "-storetype",
                      "PKCS12",
                      "-keystore",
                      file.toString(),
                      "-storepass",
                      PASSWORD))
              .redirectErrorStream(true);
      command.environment().remove("JAVA_TOOL_OPTIONS");
      Process process = command.start();
      String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (process.waitFor() != 0) {
        throw new IllegalStateException("keytool failed: " + said);
      }
      KeyStore store = KeyStore.getInstance("PKCS12");
      try (InputStream in = Files.newInputStream(file)) {
        store.load(in, PASSWORD.toCharArray());
      }
      Files.delete(file);
      Files.delete(folder);
      return store;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot make keys for " + service, e);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("cannot make keys for " + service, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while keytool ran", e);
    }
  }

  private static boolean is(String service, X509Certificate leaf) throws CertificateException {
    try {
      return leaf.equals(store(service).getCertificate(service));
    } catch (KeyStoreException e) {
      throw new CertificateException("keys of " + service, e);
    }
  }

  /** Trusts the certificates made here, whatever the host name: identity is in the URI. */
  private static final class KnownPeers extends X509ExtendedTrustManager {
    private final @Nullable String expected;

    KnownPeers(@Nullable String expected) {
      this.expected = expected;
    }

    private void check(X509Certificate[] chain) throws CertificateException {
      if (!KNOWN.contains(chain[0])) {
        throw new CertificateException(
            "not a service of this test: " + chain[0].getSubjectX500Principal());
      }
      if (expected != null && !is(expected, chain[0])) {
        throw new CertificateException(
            "the peer is " + chain[0].getSubjectX500Principal() + ", expected " + expected);
      }
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type)
        throws CertificateException {
      check(chain);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket)
        throws CertificateException {
      check(chain);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine)
        throws CertificateException {
      check(chain);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type)
        throws CertificateException {
      check(chain);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket)
        throws CertificateException {
      check(chain);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine)
        throws CertificateException {
      check(chain);
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }
}
