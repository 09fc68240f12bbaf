package com.example.perf;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.Collections;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSession;
import javax.net.ssl.SSLSessionContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;

/**
 * Where a program finds its certificate and its roots, and what it makes of them: mutual TLS as one
 * writes it by hand with the JDK.
 *
 * @param folder holds {@code server.p12}, {@code client.p12} and {@code trust.p12}, and the same as
 *     {@code .pem}
 */
public record TlsFiles(Path folder) {
  /** Of all three stores. They live as long as one run does. */
  public static final String PASSWORD = "changeit";

  public static final String PROTOCOL = "TLSv1.3";

  /** Pinned: the JDK alone would choose AES-256, the mesh chooses AES-128. */
  public static final String SUITE = "TLS_AES_128_GCM_SHA256";

  public Path server() {
    return folder.resolve("server.p12");
  }

  public Path client() {
    return folder.resolve("client.p12");
  }

  public Path trust() {
    return folder.resolve("trust.p12");
  }

  /** Key and chain of {@link #server()} once more, for who reads no key stores. */
  public Path serverPem() {
    return folder.resolve("server.pem");
  }

  /** Key and chain of {@link #client()}. */
  public Path clientPem() {
    return folder.resolve("client.pem");
  }

  /** The roots of {@link #trust()}. */
  public Path trustPem() {
    return folder.resolve("trust.pem");
  }

  SSLContext clientContext() throws GeneralSecurityException, IOException {
    KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    keys.init(load(client()), PASSWORD.toCharArray());
    SSLContext context = SSLContext.getInstance(PROTOCOL);
    context.init(keys.getKeyManagers(), new TrustManager[] {trustManager()}, null);
    return context;
  }

  X509TrustManager trustManager() throws GeneralSecurityException, IOException {
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(load(trust()));
    return (X509TrustManager) trust.getTrustManagers()[0];
  }

  static SSLParameters clientParameters() {
    return new SSLParameters(new String[] {SUITE}, new String[] {PROTOCOL});
  }

  static void forgetSessions(SSLContext context) {
    SSLSessionContext sessions = context.getClientSessionContext();
    for (byte[] id : Collections.list(sessions.getIds())) {
      SSLSession session = sessions.getSession(id);
      if (session != null) {
        session.invalidate();
      }
    }
  }

  private static KeyStore load(Path file) throws GeneralSecurityException, IOException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(file)) {
      store.load(in, PASSWORD.toCharArray());
    }
    return store;
  }
}
